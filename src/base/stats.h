#pragma once

#include <stddef.h>

/**
 * What a handful of samples says.  Nothing here assumes a distribution: times have a hard floor and
 * a long tail.  The samples may come in any order and are left as they are; none may be NaN.  What
 * is undefined (no samples, a deviation of one) is NaN.
 */
double vg_stats_mean(const double *x, size_t n);
double vg_stats_deviation(const double *x, size_t n);   // of a sample: divided by n - 1

// Ascending, in place.
void vg_stats_sort(double *x, size_t n);

/**
 * The p-quantile between the order statistics x_(1) <= ... <= x_(n):
 *
 *     h = (n - 1) p + 1,   x_(floor h) + (h - floor h) (x_(floor h + 1) - x_(floor h))
 *
 * Source: Hyndman, Fan, "Sample quantiles in statistical packages", 1996, type 7 (the default of
 * numpy and R).
 */
double vg_stats_quantile(const double *x, size_t n, double p);
double vg_stats_median(const double *x, size_t n);

struct vg_interval {
    double low, high;
    double coverage;   // the probability that it holds the median, at least
};

/**
 * An interval for the median of what the samples were drawn from, whatever that is: the number of
 * samples below the median is Binomial(n, 1/2), so
 *
 *     P(x_(k) <= median <= x_(n+1-k)) >= 1 - 2 P(Binomial(n, 1/2) <= k - 1)
 *
 * and the largest k whose bound reaches the confidence is taken.  Too few samples for any (n < 6
 * for 0.95) give the whole range, k = 1, and its coverage, which is then less than asked.
 *
 * Source: David, Nagaraja, "Order Statistics", 3rd ed., section 7.1.
 */
struct vg_interval vg_stats_median_interval(const double *x, size_t n, double confidence);

// Shannon's entropy in bits of the samples' histogram: bins of equal width from the least to the
// greatest, 0 if all are equal.  It stops growing when more samples show nothing new.
double vg_stats_entropy(const double *x, size_t n, size_t bins);
