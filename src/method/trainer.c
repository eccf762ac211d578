#include "method/trainer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "graph/grad.h"
#include "method/published.h"

int vg_trainer_create(struct vg_trainer **out, const struct vg_method *method,
                      const struct vg_settings *s, struct vg_dev *dev, uint64_t seed,
                      int accumulate)
{
    return vg_trainer_create_as(out, method, s, dev, seed, accumulate,
                                &(struct vg_trainer_opts) { .real = VG_F32 });
}

int vg_trainer_create_as(struct vg_trainer **out, const struct vg_method *method,
                         const struct vg_settings *s, struct vg_dev *dev, uint64_t seed,
                         int accumulate, const struct vg_trainer_opts *opts)
{
    int rc = VG_OK;
    struct vg_trainer *t = vg_alloc(1, sizeof *t);
    *out = NULL;
    t->method = method;
    t->settings = s;
    t->accumulate = accumulate;
    t->parts = vg_alloc(VG_PORTS, sizeof *t->parts);
    t->at = (struct vg_moment) { 0, 1, 1, vg_setting_int(s, "batch") * accumulate };
    t->graph = vg_graph_create(seed);
    vg_graph_real(t->graph, opts->real);
    vg_graph_accumulate(t->graph, accumulate);
    method->build(t->graph, s, &t->model);   // a failure is the graph's, and the plan's to report
    if (opts->keep_decisions)
        vg_graph_keep_decisions(t->graph);
    VG_TRY(vg_plan_create(&t->plan, t->graph, dev));
    VG_TRY(vg_plan_init(t->plan));
    if (method->begin)
        VG_TRY(method->begin(t->plan, s));
    *out = t;
    t = NULL;
out:
    vg_trainer_destroy(&t);
    return rc;
}

void vg_trainer_destroy(struct vg_trainer **t)
{
    if (!*t)
        return;
    vg_plan_destroy(&(*t)->plan);
    vg_graph_destroy(&(*t)->graph);
    free((*t)->parts);
    free(*t);
    *t = NULL;
}

static int write_scalars(struct vg_trainer *t)
{
    int rc = VG_OK;
    for (const struct vg_port *s = t->model.scalars; s->tensor; s++) {
        const bool constant = t->constant_lr > 0 && !strcmp(s->name, "lr");
        const double value =
            constant ? t->constant_lr : t->method->scalar(t->settings, &t->at, s->name);
        VG_TRY(vg_plan_write_scalar(t->plan, s->tensor, value));
    }
out:
    return rc;
}

// Which batch of the run this is: what randomness is keyed by.
static int32_t batch_number(const struct vg_trainer *t)
{
    return (int32_t) (t->at.step * t->accumulate + t->part);
}

static int draw(struct vg_trainer *t, const struct vg_tensor *x, uint32_t stream)
{
    enum { FIRST = 0xd0000000u };   // apart from the numbers of nodes, which dropout uses
    float *values = vg_alloc(vg_elems(x), sizeof *values);
    for (int64_t i = 0; i < vg_elems(x); i++)
        values[i] = vg_rng_uniform(vg_graph_seed(t->graph), (uint32_t) batch_number(t),
                                   FIRST + stream, (uint64_t) i);
    const int rc = vg_plan_write(t->plan, x, values);
    free(values);
    return rc;
}

static int write_batch_inputs(struct vg_trainer *t)
{
    int rc = VG_OK;
    const int32_t number = batch_number(t);
    const struct vg_tensor *counter = vg_graph_find(t->graph, "step");
    for (int i = 0; t->model.inputs[i].tensor && !t->given; i++)
        if (t->model.inputs[i].drawn)
            VG_TRY(draw(t, t->model.inputs[i].tensor, (uint32_t) i));
    if (counter)
        VG_TRY(vg_plan_write(t->plan, counter, &number));
out:
    return rc;
}

static int read_scalar(struct vg_trainer *t, const struct vg_tensor *x, double *out)
{
    float value;
    const int rc = vg_plan_read(t->plan, x, &value);
    *out = value;
    return rc;
}

static int read_losses(struct vg_trainer *t, double *loss, double *parts)
{
    int rc = VG_OK;
    VG_TRY(read_scalar(t, t->model.loss, loss));
    for (const struct vg_port *p = t->model.parts; parts && p->tensor; p++)
        VG_TRY(read_scalar(t, p->tensor, parts++));
out:
    return rc;
}

// The next batch overwrites the losses of this one.
static int add_losses(struct vg_trainer *t)
{
    int rc = VG_OK;
    double loss, parts[VG_PORTS] = { 0 };
    VG_TRY(read_losses(t, &loss, parts));
    t->loss = (t->part == 0 ? 0 : t->loss) + loss;
    for (int i = 0; i < VG_PORTS; i++)
        t->parts[i] = (t->part == 0 ? 0 : t->parts[i]) + parts[i];
out:
    return rc;
}

static int one_of_several(struct vg_trainer *t)
{
    int rc = VG_OK;
    if (t->part == 0)
        VG_TRY(vg_run_passes(t->plan, 1u << VG_PREPARE));
    VG_TRY(vg_run_passes(t->plan, 1u << VG_FORWARD | 1u << VG_BACKWARD));
    VG_TRY(add_losses(t));
    if (t->part == t->accumulate - 1)
        VG_TRY(vg_run_passes(t->plan, 1u << VG_UPDATE));
out:
    return rc;
}

int vg_trainer_step(struct vg_trainer *t)
{
    int rc = VG_OK;
    if (t->part == 0)
        VG_TRY(write_scalars(t));
    VG_TRY(write_batch_inputs(t));
    VG_TRY(t->accumulate > 1 ? one_of_several(t) : vg_run(t->plan));
    t->part = (t->part + 1) % t->accumulate;
    t->at.step += t->part == 0;
out:
    return rc;
}

int vg_trainer_losses(struct vg_trainer *t, double *loss, double *parts)
{
    if (t->accumulate == 1)
        return read_losses(t, loss, parts);
    *loss = t->loss / t->accumulate;
    for (int i = 0; parts && t->model.parts[i].tensor; i++)
        parts[i] = t->parts[i] / t->accumulate;
    return VG_OK;
}

// ---- checkpoints --------------------------------------------------------------------------------

void vg_trainer_meta(struct vg_weights_meta *meta, const struct vg_method *method,
                     const char *settings, const char *step)
{
    const struct vg_weights_meta all[VG_TRAINER_META] = {
        { "format", "visage checkpoint 1" },
        { "method", method->name },
        { "settings", settings },
        { "step", step },
        { "backbone", method->backbone },
        { "pixels", vg_augment_norm(method->augment) },
    };
    memcpy(meta, all, sizeof all);
}

int vg_trainer_save(struct vg_trainer *t, const char *path, const struct vg_weights_meta *more)
{
    enum { MOST = 24 };
    char step[24], seed[24];
    char *settings = vg_settings_text(t->settings);
    snprintf(step, sizeof step, "%" PRId64, t->at.step);
    snprintf(seed, sizeof seed, "%" PRIu64, vg_graph_seed(t->graph));
    struct vg_weights_meta meta[MOST] = {
        { "seed", seed },
    };
    vg_trainer_meta(meta + 1, t->method, settings, step);
    for (int i = 1 + VG_TRAINER_META; more && more->key && i + 1 < MOST; more++)
        meta[i++] = *more;
    const int rc = vg_weights_save(t->plan, path, meta);
    free(settings);
    return rc;
}

int vg_trainer_load(struct vg_trainer *t, const char *path)
{
    int rc = VG_OK;
    struct vg_tensorfile *f = NULL;
    VG_TRY(vg_tensorfile_open(&f, path));
    const char *method = vg_tensorfile_meta(f, "method"), *step = vg_tensorfile_meta(f, "step");
    if (!method || strcmp(method, t->method->name) != 0 || !step) {
        rc = vg_fail(VG_ERR_FORMAT, "%s: a checkpoint of '%s', wanted one of %s", path,
                     method ? method : "no method", t->method->name);
        goto out;
    }
    VG_TRY(vg_weights_load(t->plan, f, "", ""));
    t->at.step = strtoll(step, NULL, 10);
out:
    vg_tensorfile_close(&f);
    return rc;
}

int vg_trainer_start_from(struct vg_trainer *t, const char *path)
{
    int rc = VG_OK;
    struct vg_tensorfile *f = NULL;
    struct vg_weightmap *m = NULL;
    const struct vg_layout *layout;
    VG_TRY(vg_tensorfile_open(&f, path));
    VG_TRY(vg_layout_guess(f, path, t->method->name, &layout));
    VG_TRY(vg_weightmap_create(&m, path, f, layout, t->graph, t->method->teacher));
    VG_TRY(vg_weightmap_load(m, t->plan));
    vg_note("starting from %d tensors of %s", vg_weightmap_count(m), path);
    if (vg_weightmap_resized(m) > 0)
        vg_note("tables of positions resized: %d", vg_weightmap_resized(m));
out:
    vg_weightmap_destroy(&m);
    vg_tensorfile_close(&f);
    return rc;
}

int vg_trainer_is_of(const char *path, const struct vg_method *method, const struct vg_settings *s,
                     bool *same)
{
    int rc = VG_OK;
    struct vg_tensorfile *f = NULL;
    char *ours = vg_settings_text(s);
    VG_TRY(vg_tensorfile_open(&f, path));
    const char *name = vg_tensorfile_meta(f, "method"), *theirs = vg_tensorfile_meta(f, "settings");
    *same = name && theirs && !strcmp(name, method->name) && !strcmp(theirs, ours);
out:
    vg_tensorfile_close(&f);
    free(ours);
    return rc;
}
