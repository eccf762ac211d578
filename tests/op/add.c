#include "op/add.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    struct array *a = trial_in(t, "a"), *b = trial_in(t, "b"), *y = trial_out(t, "y");
    struct array *da = trial_din(t, "a"), *db = trial_din(t, "b");

    for (int64_t i = 0; i < b->elems; i++)
        db->v[i] = 0;
    for (int64_t i = 0; i < a->elems; i++) {
        y->v[i] = a->v[i] + b->v[i % b->elems];
        da->v[i] = t->dy.v[i];
        db->v[i % b->elems] += t->dy.v[i];
    }
    db->terms = (double) (a->elems / b->elems);
}

const struct oracle oracle_add = {
    .op = &vg_op_add,
    .reference = reference,
    .slopes = { "add a=3x4 b=3x4", "add a=2x3x4 b=3x4", "add a=5x3 b=3" },
    .refusals = {
        { "add a=3x5 b=3", "add: b is [3], wanted the shape of a [3, 5] or its last dimensions" },
        { "add a=5 b=3x5", "add: b is [3, 5], wanted the shape of a [5] or its last dimensions" },
        { "add a=3x5 b=1x5",
          "add: b is [1, 5], wanted the shape of a [3, 5] or its last dimensions" },
    },
};
