#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/signedrank.h"

enum { FEW = 10 };

// P(W <= s) by all 2^n ways the tosses can fall.
static double counted(int n, int s)
{
    int found = 0;
    for (int way = 0; way < 1 << n; way++) {
        int sum = 0;
        for (int rank = 1; rank <= n; rank++)
            sum += way >> (rank - 1) & 1 ? rank : 0;
        found += sum <= s;
    }
    return found / ldexp(1, n);
}

// Ranks of |d| with their signs: what w is by its definition.
static int rank_sum(const double *d, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; d[i] > 0 && j < n; j++)
            sum += fabs(d[j]) <= fabs(d[i]);
    return sum;
}

Test(signed_rank, p_is_that_of_all_signs)
{
    for (int n = 1; n <= FEW; n++) {
        struct vg_rng r = { .seed = (uint64_t) n };
        double d[FEW];
        for (int i = 0; i < n; i++)
            d[i] = 0.7 + vg_rng_gauss(&r);
        const int w = rank_sum(d, n), other = n * (n + 1) / 2 - w;
        const double p = fmin(1, 2 * counted(n, w < other ? w : other));
        cr_expect_float_eq(vg_signed_rank(d, (size_t) n, 0.95).p, p, 1e-14, "%d values", n);
    }
}

// Powers of two: no two averages are equal, so each tells its place.
static size_t place_of_low(size_t n, double confidence)
{
    double d[32], low;
    size_t below = 0;
    for (size_t i = 0; i < n; i++)
        d[i] = ldexp(1, (int) i);
    low = vg_signed_rank(d, n, confidence).interval.low;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            below += 0.5 * (d[i] + d[j]) < low;
    return below;
}

// The greatest rank sums that are significant, as tables have had them since Wilcoxon and Wilcox
// 1964 (two-sided): below the k-th average lie k - 1 others.
Test(signed_rank, intervals_end_where_the_tables_do)
{
    static const struct {
        size_t n, sum;
        double confidence;
    } table[] = { { 6, 0, 0.95 },   { 7, 2, 0.95 },   { 8, 3, 0.95 },   { 10, 8, 0.95 },
                  { 12, 13, 0.95 }, { 16, 29, 0.95 }, { 20, 52, 0.95 }, { 25, 89, 0.95 },
                  { 8, 0, 0.99 },   { 12, 7, 0.99 },  { 20, 37, 0.99 }, { 25, 68, 0.99 } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        cr_expect_eq(place_of_low(table[i].n, table[i].confidence), table[i].sum, "%zu at %g",
                     table[i].n, table[i].confidence);
}

Test(signed_rank, five_differences_cover_less_than_asked)
{
    const double d[] = { 3, 1, 2, 5, 4 };
    const struct vg_signed_rank r = vg_signed_rank(d, 5, 0.95);
    cr_expect_eq(r.centre, 3);
    cr_expect_eq(r.interval.low, 1);
    cr_expect_eq(r.interval.high, 5);
    cr_expect_float_eq(r.interval.coverage, 1 - 2 / 32.0, 1e-15);
    cr_expect_float_eq(r.p, 2 / 32.0, 1e-15);
    cr_expect_geq(vg_signed_rank((double[]) { 3, 1, 2, 5, 4, 6 }, 6, 0.95).interval.coverage, 0.95);
}

Test(signed_rank, zeros_count_for_neither_side_and_none_says_nothing)
{
    cr_expect_eq(vg_signed_rank((double[]) { 0, 0, 0, 0, 0, 0, 0 }, 7, 0.95).p, 1);
    const struct vg_signed_rank r = vg_signed_rank(NULL, 0, 0.95);
    cr_expect(isnan(r.centre) && isnan(r.interval.low) && r.interval.coverage == 0 && r.p == 1);
}

// Where exact and normal meet, k may differ by one rank: it is some 2100 averages.
Test(signed_rank, the_normal_distribution_goes_on_where_exact_ends)
{
    double x[VG_SIGNED_RANK_EXACT + 1], coverage[2];
    struct vg_rng r = { .seed = 3 };
    for (int i = 0; i <= VG_SIGNED_RANK_EXACT; i++)
        x[i] = 0.3 + vg_rng_gauss(&r);
    const struct vg_signed_rank a = vg_signed_rank(x, VG_SIGNED_RANK_EXACT, 0.95),
                                b = vg_signed_rank(x, VG_SIGNED_RANK_EXACT + 1, 0.95);
    coverage[0] = a.interval.coverage;
    coverage[1] = b.interval.coverage;
    for (int i = 0; i < 2; i++) {
        cr_expect_geq(coverage[i], 0.95);
        cr_expect_leq(coverage[i], 0.9515, "one rank is 0.0008 of probability there");
    }
    cr_expect_float_eq(a.interval.low, b.interval.low, 0.03);
    cr_expect_float_eq(a.interval.high, b.interval.high, 0.03);
    cr_expect_float_eq(log(a.p), log(b.p), 0.5);
}

// Two modes and outliers, drawn alike on both sides: t intervals of such differences are nowhere
// near as narrow, and these still miss no more than 1 in 20.
Test(signed_rank, intervals_hold_the_centre_whatever_the_values_are)
{
    enum { TRIALS = 1000, PAIRS = 12 };
    int held = 0;
    struct vg_rng r = { .seed = 11 };
    for (int t = 0; t < TRIALS; t++) {
        double d[PAIRS];
        for (int i = 0; i < PAIRS; i++) {
            d[i] = 0.03;
            for (int side = -1; side <= 1; side += 2)
                d[i] += side * (0.01 * vg_rng_gauss(&r) + (vg_rng_gauss(&r) > 0.8 ? 0.55 : 0));
        }
        const struct vg_interval k = vg_signed_rank(d, PAIRS, 0.95).interval;
        held += k.low <= 0.03 && 0.03 <= k.high;
    }
    cr_expect_geq(held, 929, "three deviations of Binomial(1000, 0.95) below its mean");
}
