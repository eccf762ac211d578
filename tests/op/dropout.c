#include "base/rng.h"
#include "op/dropout.h"
#include "tests/oracle.h"

// The node is the graph's first, so its stream is 0; the step is what inputs start as, 0.
static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const float rate = (float) trial_number(t, "rate", 0.1f);
    const double factor = 1 / (1 - (double) rate);
    for (int64_t i = 0; i < x->elems; i++) {
        const bool kept = vg_rng_uniform(vg_graph_seed(t->g), 0, 0, i) >= rate;
        y->v[i] = kept ? factor * x->v[i] : 0;
        dx->v[i] = kept ? factor * t->dy.v[i] : 0;
    }
}

const struct oracle oracle_dropout = {
    .op = &vg_op_dropout,
    .reference = reference,
    .slopes = { "dropout x=5x7 rate=0.4" },
    .refusals = {
        { "dropout x=3 rate=1", "dropout: rate is 1, wanted 0 or more and less than 1" },
        { "dropout x=3 rate=-0.5", "dropout: rate is -0.5, wanted 0 or more and less than 1" },
    },
};
