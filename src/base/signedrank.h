#pragma once

#include <stddef.h>

#include "base/stats.h"

/**
 * Wilcoxon's signed ranks: where the centre of n paired differences lies.  They are supposed to be
 * independent and symmetric around it, and of no distribution: a difference of two values that
 * were drawn alike is symmetric around 0 however odd their own distribution is, two modes and far
 * outliers among it.  With the Walsh averages (d_i + d_j) / 2, i <= j, N = n (n + 1) / 2 of them,
 *
 *     centre    their median (Hodges and Lehmann)
 *     interval  the k-th least to the k-th greatest, k the most with 2 P(W <= k - 1) <= 1 -
 *               confidence; too few differences for any (n < 6 for 0.95) give k = 1, all of the
 *               range, and less coverage than asked
 *     p         two-sided, of a centre of 0: 2 P(W <= min(w, N - w)), w the averages above 0 and
 *               half of those that are 0, rounded to the side of the larger p
 *
 * where W is the sum of those of the ranks 1 .. n that n tosses of a coin pick: exact up to
 * VG_SIGNED_RANK_EXACT, beyond by the normal distribution with half a rank for continuity.
 *
 * Source: Lehmann, "Nonparametrics: Statistical Methods Based on Ranks", 3.2, 4.2, 4.5; Hodges,
 * Lehmann, "Estimates of location based on rank tests", 1963.
 */
struct vg_signed_rank {
    double centre;
    struct vg_interval interval;
    double p;
};

enum {
    VG_SIGNED_RANK_EXACT = 64,
    VG_SIGNED_RANK_MOST = 4096,   // n may be no more: the averages are kept
};

// No d may be NaN.  Of none, everything is NaN but p, which is 1.
struct vg_signed_rank vg_signed_rank(const double *d, size_t n, double confidence);
