#include <criterion/criterion.h>
#include <math.h>

#include "base/rng.h"
#include "bench/settle.h"

Test(settle, entropy_is_that_of_the_histogram)
{
    struct vg_settle *s = vg_settle_create(10);
    const double x[] = { 5, 7, 12, 25, 31, 39, 38, 9 };   // bins of 3, 1, 1, 3
    cr_expect_float_eq(vg_settle_entropy(s), 0, 0);
    for (size_t i = 0; i < 8; i++)
        vg_settle_add(s, x[i]);
    const double a = 3.0 / 8, b = 1.0 / 8;
    cr_expect_float_eq(vg_settle_entropy(s), -2 * a * log2(a) - 2 * b * log2(b), 1e-12);
    cr_expect_not(vg_settle_done(s), "fewer than 10");
    vg_settle_destroy(&s);
    cr_expect_null(s);
}

Test(settle, equal_samples_are_settled_at_once)
{
    struct vg_settle *s = vg_settle_create(1);
    for (int i = 0; i < 10; i++) {
        cr_expect_not(vg_settle_done(s));
        vg_settle_add(s, 41.5);
    }
    cr_expect(vg_settle_done(s));
    vg_settle_destroy(&s);
}

// Always new values: the entropy is log2(n), which rises by more than the least slope until n is
// 1 / (ln 2 * 0.000838) = 1722 in the middle of the window.
Test(settle, a_drift_is_not_settled)
{
    struct vg_settle *s = vg_settle_create(1);
    for (int i = 0; i < 1500; i++) {
        vg_settle_add(s, 2 * i);
        cr_expect_not(vg_settle_done(s), "after %d", i + 1);
    }
    vg_settle_destroy(&s);
}

Test(settle, noise_settles_and_a_new_level_unsettles_it)
{
    struct vg_settle *s = vg_settle_create(1);
    int i = 0;
    while (i < 5000 && !vg_settle_done(s))
        vg_settle_add(s, 100 + 4 * vg_rng_normal(1, 0, 0, i++));
    cr_expect_gt(i, 50);
    cr_expect_lt(i, 5000);
    for (int more = 0; more < 100; more++)
        vg_settle_add(s, 300 + 4 * vg_rng_normal(1, 0, 1, more));
    cr_expect_not(vg_settle_done(s));
    vg_settle_destroy(&s);
}
