// y = x / (1 - rate) where u >= rate, 0 elsewhere; dx the same of dy.  u is uniform in [0, 1) and
// drawn anew in backward: rng.cl keyed by seed, step, node and element, so no mask is kept.
//
// A flat pass (vector.cl) over x, y [elems].  step_no holds one number.

// The numbers of elements at .. at + VEC - 1.  One block of rng.cl has four, and written with
// `block * 4 +` a compiler sees that they are of one.
#define DRAW(i) rng_uniform(key0, key1, step_no, stream, block * 4 + (i))
realv draw(uint key0, uint key1, uint step_no, uint stream, uint at)
{
#if VEC == 4
    const uint block = at / 4;
    return (realv) (DRAW(0), DRAW(1), DRAW(2), DRAW(3));
#else
    return rng_uniform(key0, key1, step_no, stream, at);
#endif
}

GROUP(WG)
void dropout_apply(global const real *x, global const int *step_no, global real *y,
                   const int elems, const int key0, const int key1, const int stream,
                   const acc rate, const acc factor)
{
    for (EACH(at, elems)) {
        const realv u = draw((uint) key0, (uint) key1, (uint) *step_no, (uint) stream, (uint) at);
        STOREV(u >= rate ? LOADV(x, at) * factor : (realv) 0, y, at);
    }
}
