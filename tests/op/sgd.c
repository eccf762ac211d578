#include <math.h>
#include <stdio.h>
#include <string.h>

#include "op/sgd.h"
#include "tests/oracle.h"

static void step(struct trial *t, const struct array *w, const struct array *g)
{
    char name[64];
    snprintf(name, sizeof name, "optimizer.momentum.%s", w->name);
    const struct array *buf = trial_in(t, name);
    struct array *new_buf = trial_out(t, name), *new_w = trial_out(t, w->name);
    const double momentum = (float) trial_number(t, "momentum", 0.9f);
    const double decay = w->rank == 1 ? 0 : (float) trial_number(t, "decay", 1e-4f);
    const double lr = trial_in(t, "lr")->v[0] * (strcmp(w->name, "q") ? 1 : 0.5);

    for (int64_t i = 0; i < w->elems; i++) {
        const double fresh = g->v[i] + decay * w->v[i];
        new_buf->v[i] = momentum * buf->v[i] + fresh;
        new_w->v[i] = w->v[i] - lr * new_buf->v[i];
        new_buf->scale = fmax(new_buf->scale, fabs(buf->v[i]) + fabs(fresh));
        new_w->scale = fmax(new_w->scale, fabs(w->v[i]) + lr * fabs(new_buf->v[i]));
    }
}

static void reference(struct trial *t)
{
    for (int i = 0; i < t->ins; i++) {
        char name[64];
        snprintf(name, sizeof name, "d%s", t->in[i].name);
        if (strlen(t->in[i].name) == 1 && trial_has(t, name))
            step(t, &t->in[i], trial_in(t, name));
        else if (!strcmp(t->in[i].name, "idle"))
            memcpy(trial_out(t, "idle")->v, t->in[i].v, t->in[i].elems * sizeof(double));
    }
    struct array *y = trial_out(t, "y");   // the last parameter of the case
    for (int i = 1; i < t->outs; i++)
        if (strlen(t->out[i].name) == 1 && t->out[i].elems == y->elems) {
            memcpy(y->v, t->out[i].v, y->elems * sizeof *y->v);
            y->scale = t->out[i].scale;
        }
}

const struct oracle oracle_sgd = {
    .op = &vg_op_sgd,
    .reference = reference,
    .refusals = {
        { "sgd many=2 dp=3", "sgd: the learning rate is [2], wanted one number" },
        { "sgd", "sgd: no parameter has a gradient" },
        { "sgd dp=3 momentum=1", "sgd: the momentum is 1, wanted 0 <= momentum < 1" },
        { "sgd dp=3x2 decay=-1", "sgd: the weight decay is -1, wanted >= 0" },
    },
};
