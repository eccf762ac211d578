// The gradient of a sum over an axis: dx[o][a][i] = factor * dy[o][i].
//
//   dx [outer][axis][inner]      dy [outer][inner]
//
// A flat pass over dx (vector.cl); VEC divides inner, or the axis with ROWS_ONLY, where
// inner is 1.

#ifndef ROWS_ONLY
#define ROWS_ONLY 0
#endif

GROUP(WG)
void spread_axis(global const real *dy, global real *dx, const int elems, const int axis,
                 const int inner, const acc factor)
{
    for (EACH(at, elems)) {
#if ROWS_ONLY
        const realv v = dy[(uint) at / (uint) axis];
#else
        const size_t outer = (uint) at / (uint) (axis * inner);
        const realv v = LOADV(dy, outer * inner + (uint) at % (uint) inner);
#endif
        STOREV(v * factor, dx, at);
    }
}
