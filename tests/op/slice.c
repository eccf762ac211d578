#include "op/slice.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const int axis = (int) trial_number(t, "axis", 0);
    const int64_t begin = (int64_t) trial_number(t, "begin", 0);
    const int64_t end = (int64_t) trial_number(t, "end", 1);
    int64_t inner = 1, next = 0;
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dim[i];
    // What is kept follows in y in the order it has in x.
    for (int64_t i = 0; i < x->elems; i++) {
        const int64_t place = i / inner % x->dim[axis];
        const bool kept = place >= begin && place < end;
        dx->v[i] = kept ? t->dy.v[next] : 0;
        if (kept)
            y->v[next++] = x->v[i];
    }
}

const struct oracle oracle_slice = {
    .op = &vg_op_slice,
    .reference = reference,
    .slopes = { "slice x=2x5x3 axis=1 begin=1 end=4", "slice x=6 begin=2 end=3" },
    .refusals = {
        { "slice x=3x5 axis=2", "slice: axis is 2, wanted one of the 2 of x [3, 5]" },
        { "slice x=3x5 axis=1 begin=2 end=6",
          "slice: rows 2 to 6, wanted some of the 5 of x [3, 5]" },
        { "slice x=3x5 axis=1 begin=2 end=2",
          "slice: rows 2 to 2, wanted some of the 5 of x [3, 5]" },
    },
};
