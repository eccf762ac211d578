#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ranktest.h"
#include "base/student.h"

// Values that R computed, a line each; tests/base/known/statistics.R says how.
enum { MOST = 300 };

struct known {
    FILE *file;
    char *line;
    size_t room;
    double x[MOST];
    size_t count;
};

static struct known open_known(void)
{
    struct known k = { .file = fopen("tests/base/known/statistics.txt", "r") };
    cr_assert(k.file, "tests run in the root of the source");
    return k;
}

// The numbers of the next line that begins with the word.
static bool next(struct known *k, const char *word)
{
    const size_t length = strlen(word);
    while (getline(&k->line, &k->room, k->file) > 0) {
        if (strncmp(k->line, word, length) || k->line[length] != ' ')
            continue;
        k->count = 0;
        for (char *at = k->line + length, *end; k->count < MOST; at = end) {
            const double value = strtod(at, &end);
            if (end == at)
                break;
            k->x[k->count++] = value;
        }
        return true;
    }
    fclose(k->file);
    free(k->line);
    return false;
}

static double far(double is, double wanted)
{
    return is == wanted ? 0 : fabs(is - wanted) / fmax(1e-6, fabs(wanted));
}

Test(student, tails_and_quantiles_are_those_of_r)
{
    int lines = 0;
    struct known k = open_known();
    while (next(&k, "tail")) {
        const double p = vg_student_tail(k.x[0], k.x[1]);
        cr_expect_leq(far(p, k.x[2]), 1e-10, "%s is %.17g", k.line, p);
        lines++;
    }
    k = open_known();
    while (next(&k, "quantile")) {
        const double t = vg_student_quantile(k.x[0], k.x[1]);
        cr_expect_leq(far(t, k.x[2]), 1e-10, "%s is %.17g", k.line, t);
        lines++;
    }
    cr_expect_eq(lines, 12 * (8 + 6));
    cr_expect_eq(vg_student_quantile(0.5, 3), 0);
}

Test(student, differences_are_those_of_r)
{
    int lines = 0;
    struct known k = open_known();
    while (next(&k, "welch")) {
        const size_t n = (size_t) k.x[0], m = (size_t) k.x[1];
        const struct vg_estimate a = vg_estimate_mean(k.x + 3, n),
                                 b = vg_estimate_mean(k.x + 3 + n, m);
        const struct vg_interval i = vg_estimate_difference(&a, &b, k.x[2]);
        cr_expect_leq(far(i.low, k.x[3 + n + m]), 1e-10, "%s is %.17g", k.line, i.low);
        cr_expect_leq(far(i.high, k.x[4 + n + m]), 1e-10, "%s is %.17g", k.line, i.high);
        lines++;
    }
    cr_expect_eq(lines, 27);
}

Test(student, a_known_variance_beside_an_estimated_one)
{
    const struct vg_estimate point = { 1, 0, 5 }, known = { 3, 4, INFINITY };
    struct vg_interval i = vg_estimate_difference(&point, &known, 0.95);
    cr_expect_float_eq(i.high, 2 + 2 * 1.959963984540054, 1e-12);
    i = vg_estimate_difference(&point, &(struct vg_estimate) { 3, 0, 2 }, 0.95);
    cr_expect(i.low == 2 && i.high == 2);
}

static void expect_ranks(const char *kind, int wanted_lines)
{
    char word[32];
    int lines = 0;
    snprintf(word, sizeof word, "rank %s", kind);
    struct known k = open_known();
    while (next(&k, word)) {
        const size_t n = (size_t) k.x[0], m = (size_t) k.x[1];
        const struct vg_rank_test t = vg_rank_test(k.x + 2, n, k.x + 2 + n, m);
        cr_expect_eq(t.exact, !strcmp(kind, "exact"));
        cr_expect_eq(t.u, k.x[2 + n + m], "%s", k.line);
        cr_expect_leq(far(t.p, k.x[3 + n + m]), 1e-10, "%s is %.17g", k.line, t.p);
        lines++;
    }
    cr_expect_eq(lines, wanted_lines);
}

Test(ranktest, small_counts_are_exact)
{
    expect_ranks("exact", 40);
}

Test(ranktest, large_counts_are_normal)
{
    expect_ranks("normal", 8);
}

Test(ranktest, no_values_or_all_the_same_say_nothing)
{
    const double same[40] = { 0 };
    cr_expect_eq(vg_rank_test(same, 0, same, 3).p, 1);
    cr_expect_eq(vg_rank_test(same, 4, same, 3).p, 1);
    cr_expect_eq(vg_rank_test(same, 40, same, 40).p, 1);
}
