#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/changepoint.h"
#include "base/file.h"
#include "base/rng.h"
#include "tests/base/known.h"

enum { MOST = 128 };

static const double PROMISED = 1e-10;

static void expect(const char *what, double is, double wanted)
{
    const bool same = is == wanted || fabs(is - wanted) <= PROMISED * fabs(wanted);
    cr_expect(same, "%s: is %.17g, wanted %.17g", what, is, wanted);
}

// ---- recorded series ----------------------------------------------------------------------------

// One series of tests/base/known/changes.txt while its lines are read.
struct recorded {
    char name[64];
    double least, x[MOST];
    size_t n, met;   // changes of the file so far
    struct vg_change *changes;
    size_t count;
};

static void finish(struct recorded *r)
{
    cr_expect_eq(r->met, r->count, "%s: %zu changes, wanted %zu", r->name, r->count, r->met);
    free(r->changes);
    *r = (struct recorded) { 0 };
}

static void find(struct recorded *r, char *line)
{
    r->n = known_numbers(&line, r->x, MOST);
    r->count =
        vg_changes_find(r->x, r->n, &(struct vg_changes_how) { .least = r->least }, &r->changes);
}

// The places are known from how the series was made, not from any algorithm.
static void expect_truth(const struct recorded *r, char *line)
{
    double truth[8];
    const size_t count = known_numbers(&line, truth, 8);
    cr_expect_eq(r->count, count, "%s: %zu changes, there are %zu", r->name, r->count, count);
    for (size_t i = 0; i < count && i < r->count; i++)
        cr_expect_eq((double) r->changes[i].at, truth[i], "%s: change %zu is at %zu, wanted %g",
                     r->name, i, r->changes[i].at, truth[i]);
}

static void expect_change(struct recorded *r, char *line)
{
    double v[7];
    cr_assert_eq(known_numbers(&line, v, 7), 7, "%s", r->name);
    if (r->met++ >= r->count)
        return;
    const struct vg_change *c = &r->changes[r->met - 1];
    cr_expect_eq((double) c->at, v[0], "%s: at %zu, wanted %g", r->name, c->at, v[0]);
    cr_expect(isfinite(r->x[c->last]) && c->last < c->at, "%s", r->name);
    for (size_t i = c->last + 1; i < c->at; i++)
        cr_expect(isnan(r->x[i]), "%s: %zu lies between", r->name, i);
    expect(r->name, c->before, v[1]);
    expect(r->name, c->after, v[2]);
    expect(r->name, c->magnitude, v[3]);
    expect(r->name, c->q, v[4]);
    expect(r->name, c->t, v[5]);
    expect(r->name, c->p, v[6]);
}

Test(changepoint, recorded_series_have_their_known_changes)
{
    char *text;
    int series = 0;
    struct recorded r = { 0 };
    cr_assert_eq(vg_file_read("tests/base/known/changes.txt", 1 << 20, &text, NULL), 0);
    for (struct known f = { text }; known_next(&f);) {
        char *line = f.line;
        if (!strcmp(f.word, "series")) {
            if (series++ > 0)
                finish(&r);
            snprintf(r.name, sizeof r.name, "%s", strsep(&line, " "));
            r.least = strtod(line, NULL);
        } else if (!strcmp(f.word, "values")) {
            find(&r, line);
        } else if (!strcmp(f.word, "truth")) {
            expect_truth(&r, line);
        } else {
            cr_assert_str_eq(f.word, "change");
            expect_change(&r, line);
        }
    }
    finish(&r);
    cr_expect_eq(series, 32, "%d series", series);
    free(text);
}

// ---- properties ---------------------------------------------------------------------------------

static double normal(struct vg_rng *r)
{
    const double u = vg_rng_next(r), v = vg_rng_next(r);
    return sqrt(-2 * log1p(-u)) * cos(2 * M_PI * v);
}

static void fill(struct vg_rng *r, double *x, size_t n, size_t period)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 100 + normal(r) + (period && i / period % 2 ? 10 : 0);
}

// Longer than a window: the stretches overlap, so no change is lost or told twice at their edges.
Test(changepoint, long_series)
{
    enum { N = 5000, PERIOD = 250 };
    static double x[N];
    struct vg_change *c;
    fill(&(struct vg_rng) { .seed = 3 }, x, N, PERIOD);
    const size_t count = vg_changes_find(x, N, NULL, &c);
    cr_expect_eq(count, N / PERIOD - 1, "%zu", count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(c[i].at, (i + 1) * PERIOD, "%zu", c[i].at);
    free(c);
}

// p is corrected for the places looked at, so series of nothing but noise stay below max_p.
Test(changepoint, noise_is_called_a_change_as_rarely_as_promised)
{
    enum { N = 80, SERIES = 600 };
    struct vg_rng r = { .seed = 9 };
    double x[N];
    int called = 0;
    for (int s = 0; s < SERIES; s++) {
        struct vg_change *c;
        fill(&r, x, N, 0);
        called += vg_changes_find(x, N, &(struct vg_changes_how) { .max_p = 0.02 }, &c) > 0;
        free(c);
    }
    // Four standard errors above the share that is allowed.
    const double allowed = 0.02 + 4 * sqrt(0.02 * 0.98 / SERIES);
    cr_expect_leq((double) called / SERIES, allowed, "%d of %d", called, SERIES);
}

// The same series in other units, or upside down, changes where it did.
Test(changepoint, units_do_not_matter)
{
    enum { N = 90 };
    double x[N], y[N];
    struct vg_change *c, *d;
    fill(&(struct vg_rng) { .seed = 11 }, x, N, 30);
    for (int i = 0; i < N; i++)
        y[i] = -0x1p-40 * x[i];
    const size_t count = vg_changes_find(x, N, NULL, &c);
    cr_assert_eq(count, 2);
    cr_assert_eq(vg_changes_find(y, N, NULL, &d), 2);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(c[i].at, d[i].at);
        cr_expect_eq(c[i].p, d[i].p);
        cr_expect_eq(c[i].magnitude, d[i].magnitude);
    }
    free(c);
    free(d);
}

Test(changepoint, divergence_of_too_few_is_nan)
{
    const double x[] = { 1, 2, 5 };
    cr_expect(isnan(vg_divergence(x, 1, x, 3)));
    cr_expect(isnan(vg_divergence(x, 3, x, 1)));
    // By hand, { 1, 2 } and { 2, 5 }: 4/4 (2/4 (1 + 4 + 0 + 3) - 1 - 3) = 0.
    cr_expect_eq(vg_divergence(x, 2, x + 1, 2), 0);
    // { 1, 2 } and { 5, 5 }: 2/4 (4 + 4 + 3 + 3) - 1 - 0 = 6.
    cr_expect_eq(vg_divergence(x, 2, (double[]) { 5, 5 }, 2), 6);
}
