#include "method/decisions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dev/dev.h"
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

static bool differs(const struct side sides[2], bool real, int64_t i)
{
    if (!real)
        return ((const int32_t *) sides[0].value)[i] != ((const int32_t *) sides[1].value)[i];
    return (sides[0].value[i] == 0) != (sides[1].value[i] == 0);
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

// The values of the node whose decisions differ: how far apart, how near to a tie.
static int look_closer(struct vg_decisions *d, struct side sides[2], int node)
{
    int rc = VG_OK;
    const struct vg_node *n = vg_graph_node(sides[0].replay.trainer->graph, node);
    const int64_t elems = vg_elems(n->out[0]);
    const bool rectifies = decided(&sides[0], node) == n->out[0];
    for (int i = 0; i < 2; i++)
        VG_TRY(read_side(&sides[i], vg_graph_node(sides[i].replay.trainer->graph, node)->out[0]));
    const double scale = root_mean_square(sides[1].value, elems);
    d->apart = distance(sides[0].value, sides[1].value, elems) / scale;
    for (int64_t i = 0; i < elems && rectifies; i++)
        if (differs(sides, true, i))
            d->near = fmax(d->near, fmax(sides[0].value[i], sides[1].value[i]) / scale);
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
    const int64_t elems = vg_elems(t);
    d->made += elems;
    if (d->other > 0)
        return VG_OK;
    for (int i = 0; i < 2; i++)
        VG_TRY(read_side(&sides[i], decided(&sides[i], node)));
    for (int64_t i = 0; i < elems; i++)
        d->other += differs(sides, vg_is_real(t), i);
    if (d->other > 0) {
        d->step = step;
        d->units = elems;
        VG_TRY(look_closer(d, sides, node));
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
        for (int node = 0; node < vg_graph_nodes(g); node++)
            VG_TRY(compare_node(d, sides, node, step));
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

bool vg_decisions_explain(const struct vg_decisions *d, const struct vg_parity *narrow)
{
    if (d->other == 0 || !(d->apart <= 1e-5))
        return false;
    for (int i = 0; i < narrow->count; i++)
        if (!narrow->entries[i].passed && step_of(narrow->entries[i].name) < d->step)
            return false;
    return true;
}
