#include <math.h>

#include "op/l2norm.h"
#include "tests/oracle.h"

// One row of n: y and, from dy, dx.
static void row(int64_t n, double eps, const double *x, const double *dy, double *y, double *dx)
{
    double square = 0, along = 0;
    for (int64_t c = 0; c < n; c++)
        square += x[c] * x[c];

    const double norm = fmax(sqrt(square), eps);
    for (int64_t c = 0; c < n; c++) {
        y[c] = x[c] / norm;
        along += y[c] * dy[c];
    }
    for (int64_t c = 0; c < n; c++)
        dx[c] = norm > eps ? (dy[c] - y[c] * along) / norm : dy[c] / eps;
}

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x"), *y = trial_out(t, "y");
    const int64_t n = x->dim[x->rank - 1];
    for (int64_t at = 0; at < x->elems; at += n)
        row(n, trial_number(t, "eps", 1e-12), x->v + at, t->dy.v + at, y->v + at, dx->v + at);
    y->terms = dx->terms = (double) n;
}

const struct oracle oracle_l2norm = {
    .op = &vg_op_l2norm,
    .reference = reference,
    // In the second case rows are shorter than eps, so that they are clamped.
    .slopes = { "l2norm x=2x3", "l2norm x=4x3 eps=50" },
    .refusals = {
        { "l2norm x=\"\"", "l2norm: x is a scalar" },
        { "l2norm x=3x5 eps=0", "l2norm: eps is 0, wanted > 0" },
    },
};
