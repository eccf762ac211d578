#include <math.h>

#include "op/l2norm.h"
#include "tests/oracle.h"

// One row of n whose numbers are `stride` apart: y and, from dy, dx.
static void row(int64_t n, int64_t stride, double eps, const double *x, const double *dy, double *y,
                double *dx)
{
    double square = 0, along = 0;
    for (int64_t c = 0; c < n * stride; c += stride)
        square += x[c] * x[c];

    const double norm = fmax(sqrt(square), eps);
    for (int64_t c = 0; c < n * stride; c += stride) {
        y[c] = x[c] / norm;
        along += y[c] * dy[c];
    }
    for (int64_t c = 0; c < n * stride; c += stride)
        dx[c] = norm > eps ? (dy[c] - y[c] * along) / norm : dy[c] / eps;
}

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x"), *y = trial_out(t, "y");
    const int axis = (int) trial_number(t, "axis", x->rank - 1);
    const int64_t n = x->dim[axis];
    int64_t inner = 1;
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dim[i];

    for (int64_t r = 0; r < x->elems / n; r++) {
        const int64_t at = r / inner * n * inner + r % inner;
        row(n, inner, trial_number(t, "eps", 1e-12), x->v + at, t->dy.v + at, y->v + at,
            dx->v + at);
    }
    y->terms = dx->terms = (double) n;
}

const struct oracle oracle_l2norm = {
    .op = &vg_op_l2norm,
    .reference = reference,
    // In the second case rows are shorter than eps, so that they are clamped.
    .slopes = { "l2norm x=2x3", "l2norm x=4x3 eps=50", "l2norm x=2x3x2 axis=1",
                "l2norm x=3x2 axis=0 eps=50" },
    .refusals = {
        { "l2norm x=\"\"", "l2norm: x is a scalar" },
        { "l2norm x=3x5 eps=0", "l2norm: eps is 0, wanted > 0" },
        { "l2norm x=3x5 axis=2", "l2norm: axis is 2, wanted one of the 2 of x [3, 5]" },
    },
};
