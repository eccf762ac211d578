#include "op/decorrelation.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    struct array *c = trial_in(t, "c"), *dc = trial_din(t, "c"), *y = trial_out(t, "y");
    const int64_t k = c->dim[c->rank - 1];
    const double each = 1 / (double) c->elems;

    y->v[0] = 0;
    for (int64_t n = 0; n < c->elems / (k * k); n++)
        for (int64_t i = 0; i < k; i++)
            for (int64_t j = 0; j < k; j++) {
                const int64_t at = (n * k + i) * k + j;
                y->v[0] += i == j ? 0 : c->v[at] * c->v[at] * each;
                dc->v[at] = i == j ? 0 : 2 * c->v[at] * each * t->dy.v[0];
            }
    y->terms = (double) c->elems;
}

const struct oracle oracle_decorrelation = {
    .op = &vg_op_decorrelation,
    .reference = reference,
    .slopes = { "decorrelation c=2x3x3" },
    .refusals = {
        { "decorrelation c=9", "decorrelation: c is [9], wanted [N, K, K]" },
        { "decorrelation c=2x3x4", "decorrelation: c is [2, 3, 4], wanted [N, K, K]" },
    },
};
