#pragma once

#include <stddef.h>

#include "base/stats.h"

/**
 * Student's t, and intervals of differences that rest on it.  df is the degrees of freedom, any
 * number > 0; INFINITY is the normal distribution.
 *
 *     vg_student_tail      P(T > t)
 *     vg_student_quantile  the t with P(T <= t) = p, 0 < p < 1
 *
 * By the incomplete beta function: P(|T| > t) = I_x(df / 2, 1 / 2) with x = df / (df + t^2).
 * The relative error is below 1e-10 up to df = 1e5; beyond, the absolute error is, by Fisher's
 * expansion around the normal distribution.
 * Source: Abramowitz, Stegun, "Handbook of Mathematical Functions", 26.5.8, 26.7.1, 26.7.3;
 * Fisher, "Expansion of Student's integral in powers of 1/n", 1925.
 */
double vg_student_tail(double t, double df);
double vg_student_quantile(double p, double df);

// Something estimated: its value, the square of its standard error, and what that error rests on
// (INFINITY: it is known rather than estimated).
struct vg_estimate {
    double value, variance, df;
};

// The mean of independent values; of one value the variance is NAN.
struct vg_estimate vg_estimate_mean(const double *x, size_t n);

/**
 * The interval of b - a for independent a and b whose variances may differ:
 *
 *     b - a -+ t sqrt(va + vb),   df = (va + vb)^2 / (va^2 / dfa + vb^2 / dfb)
 *
 * No variance at all gives the point b - a.  Source: Welch, "The generalization of 'Student's'
 * problem when several different population variances are involved", 1947.
 */
struct vg_interval vg_estimate_difference(const struct vg_estimate *a, const struct vg_estimate *b,
                                          double confidence);
