#include "op/relu.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x"), *y = trial_out(t, "y");
    for (int64_t i = 0; i < x->elems; i++) {
        y->v[i] = x->v[i] > 0 ? x->v[i] : 0;
        dx->v[i] = x->v[i] > 0 ? t->dy.v[i] : 0;
    }
}

const struct oracle oracle_relu = {
    .op = &vg_op_relu,
    .reference = reference,
    .slopes = { "relu x=4x9" },   // none of the numbers drawn is within 1e-4 of the kink
    .refusals = { { "relu x=3 whole=1", "relu: x holds whole numbers, wanted floats" } },
};
