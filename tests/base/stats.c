#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "base/stats.h"

static const double six[] = { 3.5, 1.25, 9, 2, 7.75, 4 };

// One rounding an operation; the sums here have at most six terms, none larger than 100.
static const double tol = 8 * 100 * DBL_EPSILON;

// By hand: the sum is 27.5; the squares around the mean, as numpy.std(x, ddof=1) has them too.
Test(stats, mean_and_deviation)
{
    cr_expect_float_eq(vg_stats_mean(six, 6), 27.5 / 6, tol);
    cr_expect_float_eq(vg_stats_deviation(six, 6), 3.125166662222459, tol);
    cr_expect_float_eq(vg_stats_deviation((double[]) { 1, 3 }, 2), sqrt(2), tol);
    cr_expect(isnan(vg_stats_mean(six, 0)));
    cr_expect(isnan(vg_stats_deviation(six, 1)));
    // Half of these lie one below the mean of 2^50 and half one above: the deviation is
    // sqrt(1000 / 999), which the difference of the sums of squares would lose.
    double far[1000];
    for (int i = 0; i < 1000; i++)
        far[i] = 0x1p50 + (i % 2 ? 1 : -1);
    cr_expect_float_eq(vg_stats_deviation(far, 1000), sqrt(1000.0 / 999), tol);
}

// Sorted: 1.25 2 3.5 4 7.75 9.  h - 1 = 5 p, so p = 0.1 lies half way from the first to the second;
// numpy.quantile(x, p) gives the same.
Test(stats, quantiles_of_type_7)
{
    static const struct {
        double p, value;
    } known[] = { { 0, 1.25 }, { 0.1, 1.625 }, { 0.25, 2.375 }, { 0.5, 3.75 },
                  { 0.6, 4 },  { 0.9, 8.375 }, { 1, 9 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_float_eq(vg_stats_quantile(six, 6, known[i].p), known[i].value, tol);
    cr_expect_eq(vg_stats_median(six, 6), 3.75);
    cr_expect_eq(vg_stats_median(six, 5), 3.5);
    cr_expect_eq(vg_stats_quantile(six, 1, 0.3), 3.5);
    cr_expect(isnan(vg_stats_median(six, 0)));
    cr_expect_eq(six[0], 3.5);   // left as they were
}

// Ranks and coverage by exact integers: the largest k with 1 - 2 sum(C(n, j), j < k) / 2^n >= c.
Test(stats, median_intervals_have_the_ranks_of_the_binomial)
{
    static const struct {
        int n;
        double confidence;
        int low, high;
        double coverage;
    } known[] = {
        { 1, 0.95, 1, 1, 0 },   // too few: the whole range
        { 5, 0.95, 1, 5, 0.9375 },
        { 6, 0.95, 1, 6, 0.96875 },
        { 9, 0.95, 2, 8, 0.9609375 },
        { 9, 0.99, 1, 9, 0.99609375 },
        { 10, 0.95, 2, 9, 0.978515625 },
        { 25, 0.95, 8, 18, 0.9567147493362427 },
        { 25, 0.99, 6, 20, 0.9959226846694946 },
        { 30, 0.95, 10, 21, 0.9572260547429323 },
        { 100, 0.95, 40, 61, 0.9647997997822952 },
        { 100, 0.99, 37, 64, 0.9933628794840739 },
        { 101, 0.95, 41, 61, 0.9539559330706572 },
        { 2001, 0.95, 957, 1045, 0.9508724843431974 },   // where 2^-n is no double any more
        { 2001, 0.99, 943, 1059, 0.9905080960317636 },
    };
    double ranks[2001];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const int n = known[i].n;
        for (int r = 0; r < n; r++)
            ranks[(r * 7 + 3) % n] = r + 1;   // in some other order (no n here shares 7)
        const struct vg_interval v =
            vg_stats_median_interval(ranks, (size_t) n, known[i].confidence);
        cr_expect_eq(v.low, known[i].low, "n %d: low is %g", n, v.low);
        cr_expect_eq(v.high, known[i].high, "n %d: high is %g", n, v.high);
        // Logarithms of n! are as large as n ln n: that many times the rounding, at most.
        cr_expect_float_eq(v.coverage, known[i].coverage, 8 * n * log(n + 1) * DBL_EPSILON);
    }
    const struct vg_interval none = vg_stats_median_interval(ranks, 0, 0.95);
    cr_expect(isnan(none.low) && isnan(none.high) && none.coverage == 0);
}

// The promise itself, on draws from a skewed distribution whose median is ln 2.
Test(stats, median_intervals_hold_the_median_as_often_as_promised)
{
    enum { N = 25, DRAWS = 4000 };
    struct vg_rng r = { .seed = 17 };
    int held = 0;
    for (int d = 0; d < DRAWS; d++) {
        double x[N];
        for (int i = 0; i < N; i++)
            x[i] = -log1p(-vg_rng_next(&r));
        const struct vg_interval v = vg_stats_median_interval(x, N, 0.95);
        held += v.low <= log(2) && log(2) <= v.high;
    }
    // Four standard errors of the share, whose expectation for a continuous one is the coverage.
    const double p = 0.9567147493362427, error = sqrt(p * (1 - p) / DRAWS);
    cr_expect_float_eq((double) held / DRAWS, p, 4 * error);
}

Test(stats, entropy_of_known_histograms)
{
    const double even[] = { 0, 1, 2, 3, 0, 1, 2, 3 }, uneven[] = { 0, 0, 0, 1 }, same[] = { 5, 5 };
    cr_expect_float_eq(vg_stats_entropy(even, 8, 4), 2, tol);   // four bins of a quarter
    cr_expect_float_eq(vg_stats_entropy(even, 8, 2), 1, tol);
    cr_expect_float_eq(vg_stats_entropy(uneven, 4, 10), 2 - 0.75 * log2(3), tol);
    cr_expect_eq(vg_stats_entropy(same, 2, 10), 0);
    cr_expect(isnan(vg_stats_entropy(same, 0, 10)));
}
