// y = x Phi(x), Phi the distribution of the normal numbers; dx = dy (Phi(x) + x phi(x)).
// Flat passes (vector.cl) over x, y, dy, dx [elems].
//
// With z = |x| / sqrt 2 and t = 1 / (1 + 0.3275911 z), erfc(z) = (a1 t + .. + a5 t^5) exp(-z^2)
// within 1.5e-7 (Abramowitz, Stegun, Handbook of Mathematical Functions, 7.1.26).  That exponential
// is also the one of phi, and all of it works on vectors, which the erfc of some devices does not.
// In double the device's own erfc is taken: 1.5e-7 is a rounding of float.

#define INV_SQRT_2PI 0.39894228040143268f

// Phi(x), from density = exp(-x^2 / 2).
realv below(realv x, realv density)
{
#if REAL_F64
    return 0.5 * erfc(x * -0.70710678118654752);
#else
    const realv t = 1 / (1 + (0.3275911f * 0.70710678118654752f) * fabs(x));
    realv tail = 1.061405429f * t - 1.453152027f;
    tail = tail * t + 1.421413741f;
    tail = tail * t - 0.284496736f;
    tail = tail * t + 0.254829592f;
    tail *= 0.5f * t * density;
    return x < 0 ? tail : 1 - tail;
#endif
}

GROUP(WG)
void gelu_fwd(global const real *x, global real *y, const int elems)
{
    for (EACH(at, elems)) {
        const realv v = LOADV(x, at);
        STOREV(v * below(v, exp(-0.5f * v * v)), y, at);
    }
}

GROUP(WG)
void gelu_bwd(global const real *x, global const real *dy, global real *dx, const int elems)
{
    for (EACH(at, elems)) {
        const realv v = LOADV(x, at), density = exp(-0.5f * v * v);
        STOREV(LOADV(dy, at) * (below(v, density) + INV_SQRT_2PI * v * density), dx, at);
    }
}
