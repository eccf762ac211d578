#include "op/mse.h"

#include <math.h>

#include "tests/oracle.h"

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *target = trial_in(t, "target");
    struct array *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const double n = (double) x->elems;

    y->v[0] = 0;
    for (int64_t i = 0; i < x->elems; i++) {
        const double d = x->v[i] - target->v[i], each = 2 / n * t->dy.v[0];
        y->v[0] += d * d / n;
        dx->v[i] = each * d;
        dx->scale = fmax(dx->scale, fabs(each) * (fabs(x->v[i]) + fabs(target->v[i])));
    }
    y->terms = n;
    dx->terms = 3;
}

const struct oracle oracle_mse = {
    .op = &vg_op_mse,
    .reference = reference,
    .slopes = { "mse x=2x3 target=2x3", "mse x=5 target=5" },
    .refusals = {
        { "mse x=\"\" target=\"\"", "mse: x is a scalar" },
        { "mse x=3x5 target=5x3", "mse: the target is [5, 3], wanted [3, 5] as x" },
    },
};
