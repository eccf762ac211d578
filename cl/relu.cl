// y = max(x, 0); dx = dy where y > 0.  Flat passes (vector.cl) over x, y, dy, dx [elems].
// Both are written so that what is not a number stays so.

GROUP(WG)
void relu_fwd(global const real *x, global real *y, const int elems)
{
    for (EACH(at, elems))
        STOREV(LOADV(x, at) < 0 ? (realv) 0 : LOADV(x, at), y, at);
}

GROUP(WG)
void relu_bwd(global const real *y, global const real *dy, global real *dx, const int elems)
{
    for (EACH(at, elems))
        STOREV(LOADV(y, at) <= 0 ? (realv) 0 : LOADV(dy, at), dx, at);
}
