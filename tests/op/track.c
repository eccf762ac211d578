#include <math.h>

#include "op/track.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *before = trial_in(t, "state");
    struct array *after = trial_out(t, "state"), *y = trial_out(t, "y");
    const double keep = (float) trial_number(t, "keep", 0.9f);

    for (int64_t i = 0; i < x->elems; i++) {
        y->v[i] = after->v[i] = keep * before->v[i] + (1 - keep) * x->v[i];
        y->scale = after->scale = fmax(y->scale, fabs(before->v[i]) + fabs(x->v[i]));
    }
}

const struct oracle oracle_track = {
    .op = &vg_op_track,
    .reference = reference,
    .refusals = {
        { "track x=3x5 same=1", "track: what is written is not a state" },
        { "track x=3x5 longer=1", "track: x is [3, 5], wanted the elements of the state [20]" },
        { "track x=3x5 keep=1.5", "track: keep is 1.5, wanted 0 .. 1" },
    },
};
