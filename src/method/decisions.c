#include "method/decisions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "method/replay.h"

// ---- one node -----------------------------------------------------------------------------------

struct side {
    struct vg_replay replay;
    float *value;   // of a node, or int32_t
};

static int read_side(struct side *s, const struct vg_tensor *t)
{
    s->value = vg_grow(s->value, vg_elems(t), sizeof *s->value);
    return vg_plan_read(s->replay.trainer->plan, t, s->value);
}

// What a node decided on a side: its own tensor there, the tapes being the same.
static const struct vg_tensor *decided(const struct side *s, int node)
{
    const struct vg_node *n = vg_graph_node(s->replay.trainer->graph, node);
    return n->op->decision ? n->op->decision(n) : NULL;
}

static double root_mean_square(const float *v, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double) v[i] * v[i];
    return sqrt(sum / (double) n);
}

static double distance(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += pow((double) a[i] - b[i], 2);
    return sqrt(sum / (double) n);
}

// How far apart the tensors are that both sides hold, and the most that element i, which differs,
// is away from zero.
static void measure(struct vg_decisions *d, const struct side sides[2], int64_t elems,
                    bool (*differs)(float, float))
{
    const float *narrow = sides[0].value, *wide = sides[1].value;
    const double scale = root_mean_square(wide, elems);
    d->apart = distance(narrow, wide, elems) / scale;
    for (int64_t i = 0; i < elems && differs; i++)
        if (differs(narrow[i], wide[i]))
            d->near = fmax(d->near, fmax(fabs(narrow[i]), fabs(wide[i])) / scale);
}

// ---- rectifiers and poolings --------------------------------------------------------------------

static bool other_half(float a, float b)
{
    return (a == 0) != (b == 0);
}

static int64_t differing(const struct side sides[2], bool real, int64_t elems)
{
    const int32_t *a = (const int32_t *) sides[0].value, *b = (const int32_t *) sides[1].value;
    int64_t n = 0;
    for (int64_t i = 0; i < elems; i++)
        n += real ? other_half(sides[0].value[i], sides[1].value[i]) : a[i] != b[i];
    return n;
}

// The values of the node whose decisions differ.
static int look_closer(struct vg_decisions *d, struct side sides[2], int node)
{
    int rc = VG_OK;
    const struct vg_node *n = vg_graph_node(sides[0].replay.trainer->graph, node);
    for (int i = 0; i < 2; i++)
        VG_TRY(read_side(&sides[i], vg_graph_node(sides[i].replay.trainer->graph, node)->out[0]));
    measure(d, sides, vg_elems(n->out[0]),
            decided(&sides[0], node) == n->out[0] ? other_half : NULL);
    snprintf(d->where, sizeof d->where, "%s %s", n->op->name, n->scope);
out:
    return rc;
}

static int compare_node(struct vg_decisions *d, struct side sides[2], int node, int64_t step)
{
    int rc = VG_OK;
    const struct vg_tensor *t = decided(&sides[0], node);
    if (!t)
        return VG_OK;
    d->made += vg_elems(t);
    if (d->other > 0)
        return VG_OK;
    for (int i = 0; i < 2; i++)
        VG_TRY(read_side(&sides[i], decided(&sides[i], node)));
    d->other = differing(sides, vg_is_real(t), vg_elems(t));
    if (d->other > 0) {
        d->step = step;
        d->units = vg_elems(t);
        VG_TRY(look_closer(d, sides, node));
    }
out:
    return rc;
}

// ---- updates by sign ----------------------------------------------------------------------------

static bool other_sign(float a, float b)
{
    return a * (double) b < 0;
}

static int compare_gradient(struct vg_decisions *d, struct side sides[2], int index, int64_t step)
{
    int rc = VG_OK;
    const struct vg_tensor *t = vg_graph_tensor(sides[0].replay.trainer->graph, index);
    const int64_t elems = vg_elems(t);
    for (int i = 0; i < 2; i++)
        VG_TRY(read_side(&sides[i],
                         vg_graph_tensor(sides[i].replay.trainer->graph, index)->grad_slot));
    const double zero = 1e-12 * root_mean_square(sides[1].value, elems);
    for (int64_t i = 0; i < elems; i++)
        if (fabs(sides[1].value[i]) <= zero)
            sides[0].value[i] = 0;
        else
            d->other += other_sign(sides[0].value[i], sides[1].value[i]);
    if (d->other > 0) {
        d->step = step;
        d->update = true;
        d->units = elems;
        measure(d, sides, elems, other_sign);
        snprintf(d->where, sizeof d->where, "adamw %s", t->name);
    }
out:
    return rc;
}

static int compare_update(struct vg_decisions *d, struct side sides[2], int64_t step)
{
    int rc = VG_OK;
    const struct vg_graph *g = sides[0].replay.trainer->graph;
    for (int i = 0; i < vg_graph_tensors(g) && d->other == 0; i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        if (t->kind == VG_PARAM && !t->base && t->grad_slot)
            VG_TRY(compare_gradient(d, sides, i, step));
    }
out:
    return rc;
}

// ---- both replays -------------------------------------------------------------------------------

static int compare_steps(struct vg_decisions *d, struct side sides[2])
{
    int rc = VG_OK;
    const struct vg_graph *g = sides[0].replay.trainer->graph;
    for (int64_t step = 0; step < sides[0].replay.steps; step++) {
        for (int i = 0; i < 2; i++)
            VG_TRY(vg_replay_step(&sides[i].replay, step));
        for (int node = 0; node < vg_graph_nodes(g); node++) {
            VG_TRY(compare_node(d, sides, node, step));
            if (vg_graph_node(g, node)->op->by_sign && d->other == 0)
                VG_TRY(compare_update(d, sides, step));
        }
    }
out:
    return rc;
}

int vg_decisions_compare(struct vg_decisions *d, struct vg_dev *dev, const char *trace)
{
    static const enum vg_dtype reals[2] = { VG_F32, VG_F64 };
    int rc = VG_OK;
    struct side sides[2] = { 0 };
    *d = (struct vg_decisions) { 0 };
    for (int i = 0; i < 2; i++) {
        const struct vg_trainer_opts opts = { .real = reals[i], .keep_decisions = true };
        VG_TRY(vg_replay_open(&sides[i].replay, trace));
        VG_TRY(vg_replay_begin(&sides[i].replay, dev, &opts));
    }
    VG_TRY(compare_steps(d, sides));
out:
    for (int i = 0; i < 2; i++) {
        vg_replay_finish(&sides[i].replay);
        free(sides[i].value);
    }
    return rc;
}

// The step that computed an entry: "step2.loss" 2, what is final the last one.
static int64_t step_of(const char *name)
{
    return strncmp(name, "step", 4) ? INT64_MAX : strtoll(name + 4, NULL, 10);
}

// "adamw NAME" decided by the gradient that the trace calls "step0.grad.NAME".
static bool is_gradient_of(const char *entry, const char *where)
{
    static const char prefix[] = "step0.grad.";
    const char *name = strchr(where, ' ');
    return !strncmp(entry, prefix, strlen(prefix)) && name &&
           !strcmp(entry + strlen(prefix), name + 1);
}

// What the rule allows in the decision's step.
static double tolerance_of(const struct vg_decisions *d, const struct vg_parity *p)
{
    double most = 0;
    for (int i = 0; i < p->count; i++) {
        const struct vg_parity_entry *e = &p->entries[i];
        if (d->update && d->step == 0 && is_gradient_of(e->name, d->where))
            return e->allowed;
        if (step_of(e->name) == d->step && !strstr(e->name, ".grad."))
            most = fmax(most, e->allowed);
    }
    return most;
}

bool vg_decisions_explain(const struct vg_decisions *d, const struct vg_parity *narrow)
{
    const bool decided = d->other > 0 && d->apart <= tolerance_of(d, narrow);
    for (int i = 0; i < narrow->count; i++) {
        const struct vg_parity_entry *e = &narrow->entries[i];
        const bool follows = decided && step_of(e->name) >= d->step + d->update;
        if (!e->passed && !vg_parity_excused(e) && !follows)
            return false;
    }
    return true;
}
