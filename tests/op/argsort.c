#include "op/argsort.h"

#include "tests/oracle.h"

// By insertion: a number goes in front of what is larger.
static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *order = trial_out(t, "y");
    const struct array *rank = trial_out(t, "rank");
    const int64_t cols = x->dim[1];

    for (int64_t row = 0; row < x->elems; row += cols) {
        double *sorted = order->v + row;
        for (int64_t c = 0; c < cols; c++) {
            int64_t at = c;
            for (; at > 0 && x->v[row + (int64_t) sorted[at - 1]] > x->v[row + c]; at--)
                sorted[at] = sorted[at - 1];
            sorted[at] = (double) c;
        }
        for (int64_t k = 0; k < cols; k++)
            rank->v[row + (int64_t) sorted[k]] = (double) k;
    }
}

const struct oracle oracle_argsort = {
    .op = &vg_op_argsort,
    .reference = reference,
    .refusals = {
        { "argsort x=7", "argsort: x is [7], wanted [R, C] of floats" },
        { "argsort x=2x3x4", "argsort: x is [2, 3, 4], wanted [R, C] of floats" },
    },
};
