#include <string.h>

#include "op/gather.h"
#include "tests/oracle.h"

// The cases' permutation turns image n by n + 1 rows.
static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const int64_t rows = x->dim[x->rank - 2], cols = x->dim[x->rank - 1], count = y->dim[1];
    const int64_t begin = (int64_t) trial_number(t, "begin", 0);

    if (dx)
        memset(dx->v, 0, dx->elems * sizeof *dx->v);
    for (int64_t i = 0; i < y->elems; i++) {
        const int64_t n = i / cols / count, j = i / cols % count;
        const int64_t row = (begin + j + n + 1) % rows + (x->rank == 3 ? n * rows : 0);
        y->v[i] = x->v[row * cols + i % cols];
        if (dx)
            dx->v[row * cols + i % cols] += t->dy.v[i];
    }
}

const struct oracle oracle_gather = {
    .op = &vg_op_gather,
    .reference = reference,
    .slopes = { "gather x=2x5x3 begin=1 count=3", "gather x=3x4x2" },
    .refusals = {
        { "gather x=7", "gather: x is [7], wanted [N, T, D] or [T, D]" },
        { "gather x=2x5x3 rows=4",
          "gather: an index is [2, 4], wanted whole numbers for the rows of x [2, 5, 3]" },
        { "gather x=2x5x3 begin=3 count=3", "gather: 3 rows from 3 on, wanted some of 5" },
        { "gather x=2x5x3 count=0", "gather: 0 rows from 0 on, wanted some of 5" },
        { "gather x=5x3", "gather: x [5, 3] is shared by all images and wants a gradient" },
    },
};
