// Passes over chunks of tensors that lie in slabs; the tables come from src/graph/segments.c.
//
// A work-group has a chunk: its work-items go over it in vectors of WIDE, WG of them at a time.
// Chunks are whole vectors long, so there is no rest.

#ifndef WG
#define WG 64
#endif
#ifndef WIDE
#define WIDE 4   // 4, 8 or 16
#endif

struct chunk {
    int at[3], length, segment, flags;
    float decay, rate;
};

#if WIDE == 16
typedef real16 wide;
#define wide_load(p, i) vload16(0, (p) + (i))
#define wide_store(v, p, i) vstore16(v, 0, (p) + (i))
#elif WIDE == 8
typedef real8 wide;
#define wide_load(p, i) vload8(0, (p) + (i))
#define wide_store(v, p, i) vstore8(v, 0, (p) + (i))
#else
typedef real4 wide;
#define wide_load(p, i) vload4(0, (p) + (i))
#define wide_store(v, p, i) vstore4(v, 0, (p) + (i))
#endif

// i goes over the elements of a chunk that belong to this work-item.
#define each_wide(i, chunk)                                                                        \
    for (int i = (int) get_local_id(0) * WIDE; i < (chunk).length; i += WG * WIDE)

acc wide_total(const wide v)
{
#if WIDE == 16
    const real8 a = v.lo + v.hi;
    const real4 b = a.lo + a.hi;
#elif WIDE == 8
    const real4 b = v.lo + v.hi;
#else
    const real4 b = v;
#endif
    return (b.x + b.z) + (b.y + b.w);
}
