#include <math.h>

#include "op/sumnorm.h"
#include "tests/oracle.h"

static void column(int64_t n, int64_t stride, double eps, const double *x, const double *dy,
                   double *y, double *dx)
{
    double sum = 0, along = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i * stride] + eps;
    for (int64_t i = 0; i < n; i++) {
        y[i * stride] = (x[i * stride] + eps) / sum;
        along += y[i * stride] * dy[i * stride];
    }
    for (int64_t i = 0; i < n; i++)
        dx[i * stride] = (dy[i * stride] - along) / sum;
}

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x"), *y = trial_out(t, "y");
    const int axis = (int) trial_number(t, "axis", 0);
    const int64_t n = x->dim[axis];
    int64_t inner = 1;
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dim[i];

    for (int64_t c = 0; c < x->elems / n; c++) {
        const int64_t at = c / inner * n * inner + c % inner;
        column(n, inner, trial_number(t, "eps", 1e-7), x->v + at, t->dy.v + at, y->v + at,
               dx->v + at);
    }
    y->terms = dx->terms = (double) n + 2;
    if (n == 1)   // dy - dy y: all of it cancels
        for (int64_t i = 0; i < x->elems; i++)
            dx->scale = fmax(dx->scale, fabs(t->dy.v[i]) / x->v[i]);
}

const struct oracle oracle_sumnorm = {
    .op = &vg_op_sumnorm,
    .reference = reference,
    .slopes = { "sumnorm x=2x3x2 axis=1 eps=0.5", "sumnorm x=5 axis=0 eps=1" },
    .refusals = {
        { "sumnorm x=2x3 axis=2", "sumnorm: axis 2 of x [2, 3], wanted 0 .. 1" },
        { "sumnorm x=2x3 axis=-1", "sumnorm: axis -1 of x [2, 3], wanted 0 .. 1" },
    },
};
