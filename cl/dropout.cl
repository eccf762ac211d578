// y = x / (1 - rate) where u >= rate, 0 elsewhere; dx the same of dy.  u is uniform in [0, 1) and
// drawn anew in backward: rng.cl keyed by seed, step, node and element, so no mask is kept.
//
// A flat pass over x, y [elems] with one number at a time: VEC is 1.  step_no holds one number.

GROUP(WG)
void dropout_apply(global const real *x, global const int *step_no, global real *y,
                   const int elems, const int key0, const int key1, const int stream,
                   const acc rate, const acc factor)
{
    for (EACH(at, elems)) {
        const acc u = rng_uniform((uint) key0, (uint) key1, (uint) *step_no, (uint) stream, at);
        y[at] = u >= rate ? x[at] * factor : 0;
    }
}
