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
    // Phi comes from a formula within 0.75e-7 (cl/gelu.cl), less than one rounding of a float; its
    // polynomial and exponential gather about as many roundings as they have terms.
    y->terms = dx->terms = 8;
}

const struct oracle oracle_gelu = {
    .op = &vg_op_gelu,
    .reference = reference,
    .slopes = { "gelu x=4x9" },
    .refusals = { { "gelu x=3 whole=1", "gelu: x holds whole numbers, wanted floats" } },
};
