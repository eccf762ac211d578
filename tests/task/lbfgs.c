#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#include "base/err.h"
#include "task/lbfgs.h"

enum { N = 40 };

// f = sum curvature[i] (x[i] - i)^2 / 2, curvatures from 1 to 1e4.
static double curvature(int i)
{
    return pow(10, 4.0 * i / (N - 1));
}

static int bowl(void *arg, const double *x, double *f, double *g)
{
    *f = 0;
    for (int i = 0; i < N; i++) {
        g[i] = curvature(i) * (x[i] - i);
        *f += 0.5 * g[i] * (x[i] - i);
    }
    return VG_OK;
}

Test(lbfgs, finds_the_bottom_of_a_narrow_bowl)
{
    double x[N] = { 0 };
    const double tolerance = 1e-6;
    struct vg_lbfgs_result r;
    const struct vg_lbfgs_opts o = {
        .n = N, .iterations = 1000, .tolerance = tolerance, .objective = bowl
    };
    cr_assert_eq(vg_lbfgs(&o, x, &r), VG_OK);
    cr_expect(r.converged);
    for (int i = 0; i < N; i++)   // a gradient of at most the tolerance is that near
        cr_expect_float_eq(x[i], i, tolerance / curvature(i) + 1e-12, "x[%d] = %.9g", i, x[i]);
}

// Rosenbrock's valley, whose bottom is at (1, 1).
static int valley(void *arg, const double *x, double *f, double *g)
{
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    *f = a * a + 100 * b * b;
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return VG_OK;
}

Test(lbfgs, follows_a_bent_valley)
{
    double x[2] = { -1.2, 1 };
    struct vg_lbfgs_result r;
    const struct vg_lbfgs_opts o = {
        .n = 2, .iterations = 200, .tolerance = 1e-8, .objective = valley
    };
    cr_assert_eq(vg_lbfgs(&o, x, &r), VG_OK);
    cr_expect(r.converged);
    // The least curvature at the bottom is 0.4 (Hessian 802, -400; -400, 200).
    cr_expect_float_eq(x[0], 1, 1e-7);
    cr_expect_float_eq(x[1], 1, 1e-7);
}

Test(lbfgs, begins_at_the_bottom_and_stays)
{
    double x[2] = { 1, 1 };
    struct vg_lbfgs_result r;
    const struct vg_lbfgs_opts o = {
        .n = 2, .iterations = 5, .tolerance = 1e-8, .objective = valley
    };
    cr_assert_eq(vg_lbfgs(&o, x, &r), VG_OK);
    cr_expect(r.converged);
    cr_expect_eq(r.iterations, 0);
    cr_expect_eq(r.evaluations, 1);
}

Test(lbfgs, ends_after_the_iterations_it_was_given)
{
    double x[2] = { -1.2, 1 };
    struct vg_lbfgs_result r;
    const struct vg_lbfgs_opts o = {
        .n = 2, .iterations = 3, .tolerance = 1e-8, .objective = valley
    };
    cr_assert_eq(vg_lbfgs(&o, x, &r), VG_OK);
    cr_expect_not(r.converged);
    cr_expect_eq(r.iterations, 3);
    cr_expect_lt(r.f, 24.2);   // where it began
}

static int stop_at_second(void *arg, int iteration, double f)
{
    return iteration == 2 ? vg_fail(VG_ERR_INTERRUPTED, "enough") : VG_OK;
}

static int broken(void *arg, const double *x, double *f, double *g)
{
    return vg_fail(VG_ERR_DEVICE, "no device any more");
}

Test(lbfgs, passes_on_what_fails)
{
    double x[2] = { -1.2, 1 };
    struct vg_lbfgs_result r;
    struct vg_lbfgs_opts o = {
        .n = 2, .iterations = 9, .tolerance = 1e-8, .objective = valley, .after = stop_at_second
    };
    cr_expect_eq(vg_lbfgs(&o, x, &r), VG_ERR_INTERRUPTED);
    cr_expect_eq(r.iterations, 2);
    vg_error_clear();
    o.objective = broken;
    cr_expect_eq(vg_lbfgs(&o, x, &r), VG_ERR_DEVICE);
}
