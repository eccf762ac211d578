#include <math.h>
#include <stdio.h>
#include <string.h>

#include "op/adamw.h"
#include "tests/oracle.h"

static struct array *state(struct trial *t, bool after, const char *kind, const char *name)
{
    char full[64];
    snprintf(full, sizeof full, "optimizer.%s.%s", kind, name);
    return after ? trial_out(t, full) : trial_in(t, full);
}

static void step(struct trial *t, const struct array *w, const struct array *g)
{
    const struct array *m = state(t, false, "m", w->name), *v = state(t, false, "v", w->name);
    struct array *new_m = state(t, true, "m", w->name), *new_v = state(t, true, "v", w->name);
    struct array *new_w = trial_out(t, w->name);
    const double beta1 = (float) trial_number(t, "beta1", 0.9f);
    const double beta2 = (float) trial_number(t, "beta2", 0.95f);
    const double eps = (float) trial_number(t, "eps", 1e-8f);
    const double decay = w->rank == 1 ? 0 : (float) trial_number(t, "decay", 0.05f);
    const double lr = trial_in(t, "lr")->v[0] * (strcmp(w->name, "q") ? 1 : 0.5);
    const double count = trial_number(t, "t", 3);

    for (int64_t i = 0; i < w->elems; i++) {
        new_m->v[i] = beta1 * m->v[i] + (1 - beta1) * g->v[i];
        new_v->v[i] = beta2 * v->v[i] + (1 - beta2) * g->v[i] * g->v[i];
        const double m_hat = new_m->v[i] / (1 - pow(beta1, count));
        const double v_hat = new_v->v[i] / (1 - pow(beta2, count));
        const double change = lr * m_hat / (sqrt(v_hat) + eps);
        new_w->v[i] = w->v[i] * (1 - lr * decay) - change;
        new_m->scale = fmax(new_m->scale, fabs(m->v[i]) + fabs(g->v[i]));
        new_w->scale = fmax(new_w->scale, fabs(w->v[i]) + fabs(change));
    }
    new_w->terms = 8;   // a product, a root, a quotient, a difference, with their inputs' roundings
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

const struct oracle oracle_adamw = {
    .op = &vg_op_adamw,
    .reference = reference,
    .refusals = {
        { "adamw many=2 dp=3", "adamw: the learning rate is [2], wanted one number" },
        { "adamw", "adamw: no parameter has a gradient" },
        { "adamw dp=3 beta1=1", "adamw: the betas are 1 and 0.95, wanted 0 <= beta < 1" },
        { "adamw dp=3 eps=0", "adamw: eps is 0, wanted > 0" },
        { "adamw dp=3x2 decay=-1", "adamw: the weight decay is -1, wanted >= 0" },
    },
};
