#include <math.h>

#include "op/gelu.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x"), *y = trial_out(t, "y");
    for (int64_t i = 0; i < x->elems; i++) {
        const double v = x->v[i], below = 0.5 * (1 + erf(v / sqrt(2)));
        y->v[i] = v * below;
        dx->v[i] = t->dy.v[i] * (below + v * exp(-v * v / 2) / sqrt(2 * acos(-1)));
    }
    // erfc may be off by 16 ulp (OpenCL 1.2, table 7.1), twice what 8 roundings of 1 term allow.
    y->terms = dx->terms = 4;
}

const struct oracle oracle_gelu = {
    .op = &vg_op_gelu,
    .reference = reference,
    .slopes = { "gelu x=4x9" },
    .refusals = { { "gelu x=3 whole=1", "gelu: x holds whole numbers, wanted floats" } },
};
