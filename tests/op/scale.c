#include "op/scale.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const double factor = (float) trial_number(t, "factor", 2);
    for (int64_t i = 0; i < x->elems; i++) {
        y->v[i] = factor * x->v[i];
        dx->v[i] = factor * t->dy.v[i];
    }
}

const struct oracle oracle_scale = {
    .op = &vg_op_scale,
    .reference = reference,
    .slopes = { "scale x=4x3 factor=-1.5" },
    .refusals = {
        { "scale x=3 factor=1e30 times=1e30", "scale: factor is inf, wanted a finite number" },
    },
};
