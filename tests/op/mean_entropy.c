#include <math.h>

#include "op/mean_entropy.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    struct array *p = trial_in(t, "p"), *dp = trial_din(t, "p"), *y = trial_out(t, "y");
    y->v[0] = y->scale = log((double) p->elems);
    for (int64_t k = 0; k < p->elems; k++) {
        const double term = p->v[k] * log(p->v[k]);
        y->v[0] += term;
        y->scale += fabs(term);
        dp->v[k] = t->dy.v[0] * (log(p->v[k]) + 1);
        dp->scale = fmax(dp->scale, fabs(t->dy.v[0] * log(p->v[k])));
    }
    y->terms = (double) p->elems + 4;
    dp->terms = 4;
}

const struct oracle oracle_mean_entropy = {
    .op = &vg_op_mean_entropy,
    .reference = reference,
    .slopes = { "mean_entropy p=5" },
    .refusals = { { "mean_entropy p=2x8", "mean_entropy: p is [2, 8], wanted [K]" } },
};
