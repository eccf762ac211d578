// y = factor * x, a flat pass (vector.cl) over x, y [elems].  The gradient is the same pass over
// dy.

GROUP(WG)
void scale_fwd(global const real *x, global real *y, const int elems, const acc factor)
{
    for (EACH(at, elems))
        STOREV(LOADV(x, at) * factor, y, at);
}
