#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/student.h"
#include "base/ttest.h"
#include "tests/base/known.h"

// What the statistics promise, relative to the value; the tables have 20 digits.
static const double PROMISED = 1e-10;

static void expect(const char *what, double is, double wanted)
{
    const bool same = is == wanted || fabs(is - wanted) <= PROMISED * fabs(wanted);
    cr_expect(same, "%s: is %.17g, wanted %.17g", what, is, wanted);
}

static void expect_test(const char *what, struct vg_ttest is, const double wanted[3])
{
    expect(what, is.t, wanted[0]);
    expect(what, is.df, wanted[1]);
    expect(what, is.p, wanted[2]);
}

Test(ttest, agrees_with_values_computed_elsewhere)
{
    enum { MOST = 64 };
    char *text;
    double x[MOST], y[MOST], v[4];
    size_t n = 0, m = 0;
    int students = 0, tests = 0;
    cr_assert_eq(vg_file_read("tests/base/known/ttest.txt", 1 << 20, &text, NULL), 0);
    for (struct known f = { text }; known_next(&f);) {
        char *at = f.line, what[64];
        snprintf(what, sizeof what, "%s %.40s", f.word, f.line);
        if (!strcmp(f.word, "student") && known_numbers(&at, v, 3) == 3) {
            expect(what, 2 * vg_student_tail(fabs(v[0]), v[1]), v[2]);
            students++;
        } else if (!strcmp(f.word, "samples")) {
            n = known_numbers(&at, x, MOST);
            at++;   // the bar
            m = known_numbers(&at, y, MOST);
        } else {
            cr_assert_eq(known_numbers(&at, v, 3), 3, "%s", what);
            expect_test(what,
                        !strcmp(f.word, "welch") ? vg_ttest_welch(x, n, y, m)
                                                 : vg_ttest_student(x, n, y, m),
                        v);
            tests++;
        }
    }
    cr_expect(students > 40 && tests == 19, "%d %d", students, tests);
    free(text);
}

Test(ttest, what_cannot_be_tested_is_nan)
{
    const double x[] = { 1, 2 };
    cr_expect(isnan(vg_ttest_student(x, 1, x, 1).p));
    cr_expect(isnan(vg_ttest_student(x, 0, x, 2).t));
    cr_expect(!isnan(vg_ttest_student(x, 1, x, 2).p));
    cr_expect(isnan(vg_ttest_welch(x, 1, x, 2).df));
}

// Ten times 0.1 is not 1: a mean over them must not vary by how many there are.
Test(ttest, equal_values_are_equal_however_many)
{
    double x[30];
    for (int i = 0; i < 30; i++)
        x[i] = 0.1;
    for (size_t n = 2; n < 29; n++) {
        cr_expect_eq(vg_ttest_student(x, n, x + n, 30 - n).p, 1);
        cr_expect_eq(vg_ttest_welch(x, n, x + n, 30 - n).t, 0);
    }
}
