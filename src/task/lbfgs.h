#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * Minimises a smooth function of many variables: L-BFGS with a backtracking line search.
 *
 *     x <- x + t d,   d = -H g,   H from the last `memory` pairs (s, y) of steps and changes of g
 *
 * t is halved from 1 until f(x + t d) <= f(x) + 1e-4 t <g, d>.  Values come from float arithmetic,
 * so a rise within its rounding passes.  On a convex function it ends where the gradient is small,
 * wherever it began: what is found does not depend on a learning rate.
 *
 * Source    Nocedal, Wright, "Numerical optimization", 2nd ed., algorithms 7.4 and 7.5.
 */
typedef int vg_objective(void *arg, const double *x, double *f, double *gradient);

struct vg_lbfgs_opts {
    int64_t n;
    int memory;         // pairs; 0 means 10
    int iterations;     // at most
    double tolerance;   // of the largest element of the gradient
    vg_objective *objective;
    void *arg;
    // After every iteration; what is not VG_OK ends the search and is returned.  NULL: none.
    int (*after)(void *arg, int iteration, double f);
};

struct vg_lbfgs_result {
    int iterations, evaluations;
    double f, gradient;   // at the end; the gradient's largest element
    bool converged;       // the tolerance was reached
};

// x is where it begins and, also after a failure, the best that was found.
int vg_lbfgs(const struct vg_lbfgs_opts *o, double *x, struct vg_lbfgs_result *r);
