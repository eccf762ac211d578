#include "base/student.h"

#include <assert.h>
#include <float.h>
#include <math.h>

// log(Gamma(a + 1/2) / Gamma(a)).  The difference of two large logarithms keeps few digits, so a
// large a takes the asymptotic series (Tricomi, Erdelyi 1951), whose next term is below 1e-14.
static double log_half_step(double a)
{
    int sign;
    if (a < 50)
        return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign);
    const double r = 1 / a, r2 = r * r;
    return 0.5 * log(a) - r * (1.0 / 8 - r2 * (1.0 / 192 - r2 / 640));
}

// The continued fraction of the incomplete beta function, by Lentz's method.
static double fraction(double x, double a, double b)
{
    enum { MOST = 100000 };
    const double tiny = DBL_MIN / DBL_EPSILON;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < MOST; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        for (int half = 0; half < 2; half++) {
            const double term = half ? odd : even;
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            value *= c * d;
        }
        if (fabs(c * d - 1) < 4 * DBL_EPSILON)
            break;
    }
    return value;
}

// P(|T| > t), the incomplete beta function I_x(a, 1/2) with x = df / (df + t^2) and a = df / 2.
// x^a goes by way of t^2 / df, since a large df leaves x no digits below 1.
static double two_tails(double square, double df)
{
    const double a = df / 2, x = df / (df + square), y = square / (df + square);
    const double front =
        exp(-a * log1p(square / df) + 0.5 * log(y) + log_half_step(a)) / sqrt(M_PI);
    if (x < (a + 1) / (a + 2.5))
        return front * fraction(x, a, 0.5) / a;
    return 1 - front * fraction(y, 0.5, a) / 0.5;
}

static double normal_tail(double t)
{
    return 0.5 * erfc(t * M_SQRT1_2);
}

// Fisher's expansion around the normal distribution, to 1 / df^2.
static double series(double t, double df)
{
    const double s = t * t, first = t * (s + 1) / 4,
                 second = t * (((3 * s - 7) * s - 5) * s - 3) / 96;
    return normal_tail(t) + exp(-0.5 * s) / sqrt(2 * M_PI) * (first + second / df) / df;
}

double vg_student_tail(double t, double df)
{
    enum { FEW = 100000 };
    assert(df > 0);
    if (isinf(df))
        return normal_tail(t);
    if (df > FEW)
        return series(t, df);
    const double square = t * t;
    const double two = square == 0 ? 1 : isinf(square) ? 0 : two_tails(square, df);
    return t > 0 ? two / 2 : 1 - two / 2;
}

static double density(double t, double df)
{
    if (isinf(df))
        return exp(-0.5 * t * t) / sqrt(2 * M_PI);
    return exp(log_half_step(df / 2) - 0.5 * log(df * M_PI) - 0.5 * (df + 1) * log1p(t * t / df));
}

// Newton's steps: for t > 0 the tail is convex and falls, so from below they stay below the root.
static double solve(double tail, double df, double t)
{
    enum { MOST = 2000 };
    for (int i = 0; i < MOST; i++) {
        const double step = (vg_student_tail(t, df) - tail) / density(t, df);
        t += step;
        if (!(step > 1e-14 * t))   // a step down is rounding
            break;
    }
    return t;
}

// The tails of t are heavier than the normal ones, so the normal quantile is below the root.
double vg_student_quantile(double p, double df)
{
    assert(p > 0 && p < 1);
    const double tail = p < 0.5 ? p : 1 - p, z = solve(tail, INFINITY, 0);
    const double t = isinf(df) ? z : solve(tail, df, z);
    return p < 0.5 ? -t : t;
}

struct vg_estimate vg_estimate_mean(const double *x, size_t n)
{
    const double deviation = vg_stats_deviation(x, n);
    return (struct vg_estimate) { vg_stats_mean(x, n), deviation * deviation / (double) n,
                                  (double) n - 1 };
}

struct vg_interval vg_estimate_difference(const struct vg_estimate *a, const struct vg_estimate *b,
                                          double confidence)
{
    assert(confidence > 0 && confidence < 1);
    const double difference = b->value - a->value, variance = a->variance + b->variance;
    if (variance == 0)
        return (struct vg_interval) { difference, difference, confidence };
    const double df = variance * variance /
                      (a->variance * a->variance / a->df + b->variance * b->variance / b->df);
    const double half = vg_student_quantile(0.5 + confidence / 2, df) * sqrt(variance);
    return (struct vg_interval) { difference - half, difference + half, confidence };
}
