// What a device can do at most: arithmetic without memory, memory without arithmetic.
//
//   ceiling_fma   every work-item runs CHAINS independent chains of fma on vectors of WIDTH floats,
//                 `rounds` times 16 links; flops = items * CHAINS * WIDTH * 16 * rounds * 2.
//                 out[item] gets a sum, so that nothing can be left out.
//   ceiling_copy  to[i] = from[i] for n vectors of WIDTH floats; item i, i + items, ...
//   ceiling_run   the same, but an item's vectors follow each other: what a core fetches ahead

#ifndef WIDTH
#define WIDTH 4     // 1 4 8 16
#endif
#ifndef CHAINS
#define CHAINS 4
#endif
#ifndef WG
#define WG 64
#endif

#if WIDTH == 1
#define VECTOR float
#define SUM(v) (v)
#else
#define FLOATS_(n) float##n
#define FLOATS(n) FLOATS_(n)
#define VECTOR FLOATS(WIDTH)
#define SUM(v) ((v).s0 + (v).s1 + (v).s2 + (v).s3)
#endif

#define GROUP(n) kernel __attribute__((reqd_work_group_size(n, 1, 1)))

GROUP(WG) void ceiling_fma(global float *out, const float a, const float b, const int rounds)
{
    const int item = get_global_id(0);
    VECTOR x[CHAINS];
    _Pragma("unroll") for (int c = 0; c < CHAINS; c++) x[c] = (VECTOR) (item + c);
    for (int r = 0; r < rounds; r++) {
        _Pragma("unroll") for (int link = 0; link < 16; link++)
            _Pragma("unroll") for (int c = 0; c < CHAINS; c++)
                x[c] = fma(x[c], (VECTOR) a, (VECTOR) b);
    }
    VECTOR sum = x[0];
    _Pragma("unroll") for (int c = 1; c < CHAINS; c++) sum += x[c];
    out[item] = SUM(sum);
}

GROUP(WG) void ceiling_copy(global const VECTOR *from, global VECTOR *to, const uint n)
{
    for (uint i = get_global_id(0); i < n; i += get_global_size(0))
        to[i] = from[i];
}

GROUP(WG) void ceiling_run(global const VECTOR *from, global VECTOR *to, const uint n)
{
    const uint run = (n + get_global_size(0) - 1) / get_global_size(0);
    const uint begin = get_global_id(0) * run, end = min(begin + run, n);
    for (uint i = begin; i < end; i++)
        to[i] = from[i];
}
