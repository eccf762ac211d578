// Neighbouring numbers as one value: VEC of them, 1, 2, 4, 8 or 16.
//
// LOADV and STOREV want `at` to be a multiple of VEC: tensors begin at the device's alignment,
// which is at least that of the longest vector, so such an access is aligned and compiles to one
// move.

//
// for (EACH(at, elems)) is a pass over a flat tensor, VEC dividing elems: a work-group has SPAN
// neighbours and its work-items go over them side by side, at being the first of VEC.

#ifndef WG
#define WG 64
#endif
#ifndef VEC
#define VEC 4
#endif
#ifndef SPAN
#define SPAN 1024
#endif

#if VEC == 1
typedef real realv;
typedef int intv, truthv;
#define CONVERT_REALV(v) ((real) (v))
#define CONVERT_INTV(v) (v)
#define CONVERT_TRUTHV(v) (v)
#else
typedef JOIN(REAL, VEC) realv;
typedef JOIN(int, VEC) intv;
typedef JOIN(TRUTH, VEC) truthv;   // what chooses between two realv; an intv between two intv
#define CONVERT_REALV(v) JOIN(JOIN(convert_, REAL), VEC)(v)
#define CONVERT_INTV(v) JOIN(convert_int, VEC)(v)
#define CONVERT_TRUTHV(v) JOIN(JOIN(convert_, TRUTH), VEC)(v)
#endif

#define LOADV(p, at) (*(global const realv *) ((p) + (at)))
#define STOREV(v, p, at) (*(global realv *) ((p) + (at)) = (v))
#define LOADVI(p, at) (*(global const intv *) ((p) + (at)))
#define STOREVI(v, p, at) (*(global intv *) ((p) + (at)) = (v))

#define EACH(at, elems)                                                                            \
    size_t at = (size_t) get_group_id(0) * SPAN + get_local_id(0) * VEC,                           \
           at##_end = min((size_t) (get_group_id(0) + 1) * SPAN, (size_t) (elems));                \
    at < at##_end;                                                                                 \
    at += WG * VEC

// Sum and maximum over the VEC numbers, as a tree.
#define ACROSS_TREE(name, join)                                                                    \
    acc name##1(acc v) { return v; }                                                               \
    acc name##2(real2 v) { return join(v.x, v.y); }                                                \
    acc name##4(real4 v) { return name##2(join(v.lo, v.hi)); }                                     \
    acc name##8(real8 v) { return name##4(join(v.lo, v.hi)); }                                     \
    acc name##16(real16 v) { return name##8(join(v.lo, v.hi)); }
#define SUM_OF(a, b) ((a) + (b))
ACROSS_TREE(sum_across, SUM_OF)
ACROSS_TREE(top_across, fmax)
#define SUM_ACROSS(v) JOIN(sum_across, VEC)(v)
#define TOP_ACROSS(v) JOIN(top_across, VEC)(v)
