#include "base/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

double vg_stats_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double) n;
}

// Around the mean rather than from the sum of squares, which cancels where times differ by little.
double vg_stats_deviation(const double *x, size_t n)
{
    const double mean = vg_stats_mean(x, n);
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean);
    return n < 2 ? NAN : sqrt(square / (double) (n - 1));
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

void vg_stats_sort(double *x, size_t n)
{
    if (n > 0)
        qsort(x, n, sizeof *x, by_value);
}

static double *sorted(const double *x, size_t n)
{
    double *copy = vg_alloc(n, sizeof *copy);
    if (n > 0)
        memcpy(copy, x, n * sizeof *copy);
    vg_stats_sort(copy, n);
    return copy;
}

double vg_stats_quantile(const double *x, size_t n, double p)
{
    assert(p >= 0 && p <= 1);
    if (n == 0)
        return NAN;
    double *s = sorted(x, n);
    const double h = (double) (n - 1) * p;   // from 0
    const size_t below = (size_t) h, above = below + 1 < n ? below + 1 : below;
    const double value = s[below] + (h - (double) below) * (s[above] - s[below]);
    free(s);
    return value;
}

double vg_stats_median(const double *x, size_t n)
{
    return vg_stats_quantile(x, n, 0.5);
}

// P(Binomial(n, 1/2) = k), by logarithms: 2^-n itself is zero from n = 1075 on.
static double coin(size_t n, size_t k)
{
    int sign;
    const double ways = lgamma_r((double) n + 1, &sign) - lgamma_r((double) k + 1, &sign) -
                        lgamma_r((double) (n - k) + 1, &sign);
    return exp(ways - (double) n * M_LN2);
}

struct vg_interval vg_stats_median_interval(const double *x, size_t n, double confidence)
{
    assert(confidence > 0 && confidence < 1);
    if (n == 0)
        return (struct vg_interval) { NAN, NAN, 0 };
    size_t k = 1;
    double tail = coin(n, 0), coverage = 1 - 2 * tail;   // tail: P(Binomial <= k - 1)
    while (2 * (k + 1) <= n + 1) {
        tail += coin(n, k);
        if (1 - 2 * tail < confidence)
            break;
        coverage = 1 - 2 * tail;
        k++;
    }
    double *s = sorted(x, n);
    const struct vg_interval i = { s[k - 1], s[n - k], coverage > 0 ? coverage : 0 };
    free(s);
    return i;
}

double vg_stats_entropy(const double *x, size_t n, size_t bins)
{
    assert(bins > 0);
    if (n == 0)
        return NAN;
    double low = x[0], high = x[0], entropy = 0;
    for (size_t i = 1; i < n; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    size_t *count = vg_alloc(bins, sizeof *count);
    for (size_t i = 0; i < n; i++) {
        const double at = high > low ? (x[i] - low) / (high - low) * (double) bins : 0;
        count[at < (double) bins ? (size_t) at : bins - 1]++;
    }
    for (size_t b = 0; b < bins; b++)
        if (count[b] > 0)
            entropy -= (double) count[b] / (double) n * log2((double) count[b] / (double) n);
    free(count);
    return entropy;
}
