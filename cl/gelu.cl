// y = x Phi(x), Phi the distribution of the normal numbers; dx = dy (Phi(x) + x phi(x)).
// Flat passes (vector.cl) over x, y, dy, dx [elems].

#define INV_SQRT_2 0.70710678118654752f
#define INV_SQRT_2PI 0.39894228040143268f

// Phi(x) by the complement of erf, which keeps its digits where x is far below 0.
realv below(realv x)
{
    return 0.5f * erfc(-x * INV_SQRT_2);
}

GROUP(WG)
void gelu_fwd(global const real *x, global real *y, const int elems)
{
    for (EACH(at, elems)) {
        const realv v = LOADV(x, at);
        STOREV(v * below(v), y, at);
    }
}

GROUP(WG)
void gelu_bwd(global const real *x, global const real *dy, global real *dx, const int elems)
{
    for (EACH(at, elems)) {
        const realv v = LOADV(x, at), density = INV_SQRT_2PI * exp(-0.5f * v * v);
        STOREV(LOADV(dy, at) * (below(v) + v * density), dx, at);
    }
}
