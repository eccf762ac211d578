// y = x / (1 - rate) where u >= rate, 0 elsewhere; dx the same of dy.  u is uniform in [0, 1) and
// drawn anew in backward: rng.cl keyed by seed, step, node and element, so no mask is kept.
//
// A flat pass (vector.cl) over x, y [elems], VEC 16, 4 or 1.  step_no holds one number.

// The numbers of elements at .. at + VEC - 1; four are one block of rng.cl.  Sixteen lanes that
// each draw a whole block for one number are still several times faster than four blocks in turn.
#if VEC == 16
#define LANE_NO ((uint16) (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define DRAW(at)                                                                                   \
    rng_uniform16((uint) key0, (uint) key1, (uint) *step_no, (uint) stream, (at) + LANE_NO)
#elif VEC == 4
#define DRAW(at) rng_uniform4((uint) key0, (uint) key1, (uint) *step_no, (uint) stream, (at) / 4)
#else
#define DRAW(at) rng_uniform((uint) key0, (uint) key1, (uint) *step_no, (uint) stream, at)
#endif

GROUP(WG)
void dropout_apply(global const real *x, global const int *step_no, global real *y,
                   const int elems, const int key0, const int key1, const int stream,
                   const acc rate, const acc factor)
{
    for (EACH(at, elems)) {
        const realv u = CONVERT_REALV(DRAW((uint) at));
        STOREV(u >= rate ? LOADV(x, at) * factor : (realv) 0, y, at);
    }
}
