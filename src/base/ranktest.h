#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * The rank-sum test of Wilcoxon, Mann and Whitney: whether values of y tend to be larger than those
 * of x.  Nothing is assumed of the distribution; ties share their mean rank.
 *
 *     u  pairs with y > x, and half of those with y = x;  p  two-sided:
 *
 * up to 30 values in all, the part of all ways to deal the pooled ranks out whose rank sum is at
 * least as far from its mean as this one (exact, ties or none); beyond, the normal approximation
 * with the variance corrected for ties and half a rank for continuity.
 *
 * No value may be NaN.  Without values on one side, or if all are equal, p is 1.
 *
 * Source: Lehmann, "Nonparametrics: Statistical Methods Based on Ranks", 1.2 and 1.4 (ties).
 */
struct vg_rank_test {
    double u, p;
    bool exact;
};

enum { VG_RANK_EXACT = 30 };

struct vg_rank_test vg_rank_test(const double *x, size_t nx, const double *y, size_t ny);
