#include <math.h>
#include <stdio.h>
#include <string.h>

#include "op/lars.h"
#include "tests/oracle.h"

static double norm(const struct array *a)
{
    double square = 0;
    for (int64_t i = 0; i < a->elems; i++)
        square += a->v[i] * a->v[i];
    return sqrt(square);
}

static double top_of(const struct array *a)
{
    double top = 0;
    for (int64_t i = 0; i < a->elems; i++)
        top = fmax(top, fabs(a->v[i]));
    return top;
}

// Parameter w of gradient g; "q" is excluded.
static void step(struct trial *t, const struct array *w, const struct array *g)
{
    char name[64];
    snprintf(name, sizeof name, "optimizer.momentum.%s", w->name);
    const struct array *buf = trial_in(t, name);
    struct array *new_w = trial_out(t, w->name), *new_buf = trial_out(t, name);
    const bool adapted = strcmp(w->name, "q") != 0;
    const double eta = (float) trial_number(t, "eta", 0.001), lr = trial_in(t, "lr")->v[0];
    const double momentum = (float) trial_number(t, "momentum", 0.9);
    const double decay = adapted ? (float) trial_number(t, "decay", 0) : 0;
    const double scale = adapted ? eta * norm(w) / (norm(g) + decay * norm(w) + 1e-8) : 1;

    for (int64_t i = 0; i < w->elems; i++) {
        new_buf->v[i] = momentum * buf->v[i] + (g->v[i] + decay * w->v[i]) * (scale * lr);
        new_w->v[i] = w->v[i] - new_buf->v[i];
    }
    // No chain of additions is longer than 1024 in a chunk; the root of a sum has half its error.
    new_buf->terms = 8 + fmin((double) w->elems, 1024) / 4;
    new_buf->scale = top_of(buf) + scale * lr * (top_of(g) + decay * top_of(w));
    new_w->terms = new_buf->terms;
    new_w->scale = top_of(w) + new_buf->scale;
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
            y->terms = t->out[i].terms;
            y->scale = t->out[i].scale;
        }
}

const struct oracle oracle_lars = {
    .op = &vg_op_lars,
    .reference = reference,
    .refusals = {
        { "lars many=2 dp=3", "lars: the learning rate is [2], wanted one number" },
        { "lars", "lars: no parameter has a gradient" },
        { "lars dp=3 eta=0", "lars: eta is 0, wanted > 0" },
        { "lars dp=3 momentum=1", "lars: the momentum is 1, wanted 0 <= momentum < 1" },
        { "lars dp=3 decay=-1", "lars: the weight decay is -1, wanted >= 0" },
    },
};
