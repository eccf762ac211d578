#include <math.h>
#include <stdio.h>
#include <string.h>

#include "op/ema.h"
#include "tests/oracle.h"

static void step(struct trial *t, const struct array *online, const char *rest)
{
    char name[64];
    snprintf(name, sizeof name, "target.%s", rest);
    const struct array *before = trial_in(t, name);
    struct array *after = trial_out(t, name);
    const double m = trial_in(t, "m")->v[0];
    for (int64_t i = 0; i < online->elems; i++) {
        after->v[i] = m * before->v[i] + (1 - m) * online->v[i];
        after->scale = fmax(after->scale, fabs(before->v[i]) + fabs(online->v[i]));
    }
    memcpy(trial_out(t, online->name)->v, online->v, online->elems * sizeof *online->v);
    struct array *y = trial_out(t, "y");   // the target's last parameter
    if (y->elems == after->elems)
        memcpy(y->v, after->v, y->elems * sizeof *y->v);
}

static void reference(struct trial *t)
{
    for (int i = 0; i < t->ins; i++)
        if (!strncmp(t->in[i].name, "online.", 7))
            step(t, &t->in[i], t->in[i].name + 7);
}

const struct oracle oracle_ema = {
    .op = &vg_op_ema,
    .reference = reference,
    .refusals = {
        { "ema x=3 many=2", "ema: m is [2], wanted one number" },
        { "ema x=3 nowhere=1", "ema: a prefix is empty, wanted those of two branches" },
    },
};
