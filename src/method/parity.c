#include "method/parity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tensorwriter.h"
#include "method/judge.h"
#include "method/replay.h"

struct run {
    struct vg_replay replay;
    struct vg_parity *report;
};

// Takes `got`, in the order of files, as the value of a tensor of the trace.
static int take(struct run *r, const char *name, float *got, int64_t count)
{
    int rc = VG_OK;
    const struct vg_tensorfile_entry *e;
    struct vg_parity *p = r->report;
    VG_TRY(vg_tensorfile_need(r->replay.file, name, &e));
    if ((int64_t) e->count != count) {
        rc = vg_fail(VG_ERR_SHAPE, "%s: tensor '%s' has %zu elements, the model computes %lld",
                     r->replay.path, name, e->count, (long long) count);
        goto out;
    }
    struct vg_parity_entry j = vg_judge(r->replay.file, e, got);
    j.name = vg_arena_string(p->arena, "%s", name);
    p->entries = vg_grow(p->entries, p->count + 1, sizeof *p->entries);
    p->entries[p->count++] = j;
    p->failed += !j.passed;
    if (p->computed)
        vg_tensorwriter_add(p->computed, name, VG_F32, e->rank, e->dim,
                            vg_arena_copy(p->arena, got, count * sizeof *got));
out:
    return rc;
}

static int compare(struct run *r, const char *prefix, const char *name, const struct vg_tensor *t,
                   const struct vg_tensor *as, bool channels_first)
{
    float *got = vg_alloc(vg_elems(t), sizeof *got);
    char *full = vg_format("%s%s", prefix, name);
    int rc = vg_weights_get(r->replay.trainer->plan, t, as, channels_first, got);
    if (rc == VG_OK)
        rc = take(r, full, got, vg_elems(t));
    free(full);
    free(got);
    return rc;
}

static int compare_losses(struct run *r, int64_t step)
{
    int rc = VG_OK;
    char prefix[48];
    const struct vg_model *m = &r->replay.trainer->model;
    snprintf(prefix, sizeof prefix, "step%lld.", (long long) step);
    VG_TRY(compare(r, prefix, "loss", m->loss, m->loss, false));
    snprintf(prefix, sizeof prefix, "step%lld.loss.", (long long) step);
    for (const struct vg_port *p = m->parts; p->tensor; p++)
        VG_TRY(compare(r, prefix, p->name, p->tensor, p->tensor, false));
out:
    return rc;
}

static int compare_first_step(struct run *r)
{
    int rc = VG_OK;
    const struct vg_graph *g = r->replay.trainer->graph;
    for (const struct vg_port *p = r->replay.trainer->model.outputs; p->tensor; p++)
        VG_TRY(compare(r, "step0.out.", p->name, p->tensor, p->tensor, p->channels_first));
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        if (t->kind == VG_PARAM && !t->base)
            VG_TRY(compare(r, "step0.grad.", t->name, t->grad_slot, t, false));
    }
out:
    return rc;
}

static int compare_final(struct run *r)
{
    int rc = VG_OK;
    const struct vg_graph *g = r->replay.trainer->graph;
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        if (vg_weights_lasting(t) && !vg_replay_of_optimiser(t) &&
            !vg_replay_teacher(&r->replay, t))
            VG_TRY(compare(r, "final.", t->name, t, t, false));
    }
out:
    return rc;
}

static int replay(struct run *r, struct vg_dev *dev)
{
    int rc = VG_OK;
    VG_TRY(vg_replay_begin(&r->replay, dev, &(struct vg_trainer_opts) { .real = r->report->real }));
    for (int64_t step = 0; step < r->replay.steps; step++) {
        VG_TRY(vg_replay_step(&r->replay, step));
        VG_TRY(compare_losses(r, step));
        if (step == 0)
            VG_TRY(compare_first_step(r));
    }
    VG_TRY(compare_final(r));
out:
    return rc;
}

int vg_parity_run(struct vg_parity **out, struct vg_dev *dev, const char *trace, enum vg_dtype real,
                  bool keep)
{
    int rc = VG_OK;
    struct vg_parity *p = vg_alloc(1, sizeof *p);
    struct run r = { .report = p };
    *out = NULL;
    p->arena = vg_arena_create();
    p->real = real;
    if (keep)
        p->computed = vg_tensorwriter_create();

    VG_TRY(vg_replay_open(&r.replay, trace));
    p->method = r.replay.method->name;
    VG_TRY(replay(&r, dev));
    *out = p;
    p = NULL;
out:
    vg_replay_finish(&r.replay);
    vg_parity_destroy(&p);
    return rc;
}

int vg_parity_write(struct vg_parity *p, const char *path)
{
    vg_tensorwriter_meta(p->computed, "method", p->method);
    vg_tensorwriter_meta(p->computed, "computed_in", vg_dtype_name(p->real));
    return vg_tensorwriter_write(p->computed, path);
}

void vg_parity_destroy(struct vg_parity **p)
{
    if (!*p)
        return;
    vg_tensorwriter_destroy(&(*p)->computed);
    free((*p)->entries);
    vg_arena_destroy(&(*p)->arena);
    free(*p);
    *p = NULL;
}
