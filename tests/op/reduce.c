#include "op/reduce.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x");
    struct array *y = trial_out(t, "y");
    const int axis = (int) trial_number(t, "axis", 0);
    const int64_t length = x->dim[axis];
    const double f = trial_number(t, "mean", 0) != 0 ? 1 / (double) length : 1;

    int64_t inner = 1;
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dim[i];
    for (int64_t i = 0; i < y->elems; i++)
        y->v[i] = 0;
    for (int64_t i = 0; i < x->elems; i++) {
        const int64_t to = i / inner / length * inner + i % inner;
        y->v[to] += f * x->v[i];
        dx->v[i] = f * t->dy.v[to];
    }
    y->terms = (double) length;
    y->scale = f;   // of one term: a sum may cancel
}

const struct oracle oracle_reduce = {
    .op = &vg_op_reduce,
    .reference = reference,
    .slopes = { "reduce x=6", "reduce x=2x5x3 axis=1 mean=1", "reduce x=3x4 axis=1" },
    .refusals = {
        { "reduce x=\"\"", "reduce: axis is 0, wanted one of the 0 of x []" },
        { "reduce x=3x5 axis=2", "reduce: axis is 2, wanted one of the 2 of x [3, 5]" },
        { "reduce x=3x5 axis=-1", "reduce: axis is -1, wanted one of the 2 of x [3, 5]" },
    },
};
