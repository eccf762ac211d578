#include "op/concat.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    const struct array *a = trial_in(t, "a"), *b = trial_in(t, "b"), *y = trial_out(t, "y");
    const struct array *da = trial_din(t, "a"), *db = trial_din(t, "b");
    const int axis = (int) trial_number(t, "axis", 0);
    int64_t inner = 1, next_a = 0, next_b = 0;
    for (int i = axis + 1; i < a->rank; i++)
        inner *= a->dim[i];
    // Each of the two follows in y in its own order.
    for (int64_t i = 0; i < y->elems; i++) {
        if (i / inner % y->dim[axis] < a->dim[axis]) {
            da->v[next_a] = t->dy.v[i];
            y->v[i] = a->v[next_a++];
        } else {
            db->v[next_b] = t->dy.v[i];
            y->v[i] = b->v[next_b++];
        }
    }
}

const struct oracle oracle_concat = {
    .op = &vg_op_concat,
    .reference = reference,
    .slopes = { "concat a=2x1x3 b=2x2x3 axis=1", "concat a=3 b=2" },
    .refusals = {
        { "concat a=3x5 b=3x5 axis=2", "concat: axis is 2, wanted one of the 2 of a [3, 5]" },
        { "concat a=3x5 b=2x4", "concat: b is [2, 4], wanted a's [3, 5] but for axis 0" },
        { "concat a=3x5 b=3 axis=0", "concat: b is [3], wanted a's [3, 5] but for axis 0" },
    },
};
