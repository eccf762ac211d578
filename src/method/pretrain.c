#include "method/pretrain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/reader.h"
#include "method/history.h"

static const char *const modes[] = { "train", "throughput", NULL };
enum mode { TRAIN, THROUGHPUT };

const struct vg_setting vg_pretrain_settings[] = {
    { "data", VG_SET_TEXT, "synthetic", 0, 0, NULL,
      "data set: synthetic[:N], folder:DIR, list:FILE, lmdb:PATH" },
    { "images", VG_SET_INT, "0", 0, 1e9, NULL, "at most so many images of it; 0: all" },
    { "mode", VG_SET_CHOICE, "train", 0, 0, modes,
      "throughput repeats one batch and saves nothing" },
    { "steps", VG_SET_INT, "0", 0, 1e9, NULL, "length of the run; 0: epochs" },
    { "epochs", VG_SET_FLOAT, "50", 0, 1e6, NULL, "length of the run where steps is 0" },
    { "accumulate", VG_SET_INT, "1", 1, 65536, NULL,
      "batches a step, whose gradients are summed; a batch is seen alone by norms and losses" },
    { "epoch_steps", VG_SET_INT, "0", 0, 1e9, NULL,
      "steps the schedule calls an epoch; 0: all images" },
    { "seed", VG_SET_INT, "1", 0, 9007199254740992.0, NULL,
      "of weights, dropout, order and views" },
    { "workers", VG_SET_INT, "0", 0, 256, NULL, "threads that make images; 0: one a core" },
    { "init", VG_SET_TEXT, "", 0, 0, NULL, "weights to start from, a safetensors file" },
    { "checkpoint_every", VG_SET_INT, "100", 0, 1e9, NULL, "steps; 0: never" },
    { "save", VG_SET_TEXT, "", 0, 0, NULL, "name under which later lines find the checkpoint" },
    { NULL },
};

// ---- a run --------------------------------------------------------------------------------------

struct run {
    const struct vg_pretrain *p;
    struct vg_pretrain_result *r;
    struct vg_trainer *trainer;
    struct vg_data *data;
    struct vg_reader *reader;
    struct vg_fra_strength strength;   // of views, where the method has settings for it
    enum mode mode;
    int batch, accumulate;   // images of a step; in how many parts
    uint64_t begin_ns;
};

static int64_t whole(const struct run *run, const char *name)
{
    return vg_setting_int(run->p->settings, name);
}

// ---- data ---------------------------------------------------------------------------------------

static int open_data(struct run *run)
{
    int rc = VG_OK;
    const struct vg_dataset_options o = {
        .size = (int) whole(run, "image"),
        .split = VG_SPLIT_TRAIN,
        .seed = (uint64_t) whole(run, "seed"),
        .count = whole(run, "images"),
    };
    VG_TRY(vg_data_open(vg_setting_text(run->p->settings, "data"), &o, &run->data));
    vg_data_skipped(run->data, &run->r->skipped);
    run->r->images = vg_data_count(run->data);
    run->r->epoch_steps = whole(run, "epoch_steps");
    if (run->r->epoch_steps == 0)
        run->r->epoch_steps = run->r->images / run->batch > 0 ? run->r->images / run->batch : 1;
out:
    return rc;
}

static const struct vg_fra_strength *strength_of(struct run *run)
{
    const struct vg_settings *s = run->p->settings;
    if (!vg_setting_has(s, "jitter"))
        return NULL;
    run->strength = (struct vg_fra_strength) { .crop = vg_setting_float(s, "crop"),
                                               .jitter = vg_setting_float(s, "jitter"),
                                               .gray = vg_setting_float(s, "gray"),
                                               .blur = vg_setting_float(s, "blur") };
    return &run->strength;
}

static struct vg_augment augment_of(struct run *run)
{
    const struct vg_settings *s = run->p->settings;
    return (struct vg_augment) {
        .kind = run->p->method->augment,
        .size = (int) whole(run, "image"),
        .seed = (uint64_t) whole(run, "seed"),
        .fra = strength_of(run),
        .crop = vg_setting_has(s, "crop") ? vg_setting_float(s, "crop") : 0,
        .filter = vg_setting_has(s, "filter") ? (enum vg_filter) vg_setting_choice(s, "filter")
                                              : VG_FILTER_BILINEAR,
    };
}

// Reading begins where the run is.
static int open_reader(struct run *run)
{
    const int64_t pass = run->r->images / run->batch, step = run->trainer->at.step;
    struct vg_reader_options o = {
        .data = run->data,
        .augment = augment_of(run),
        .batch = run->batch,
        .threads = (int) whole(run, "workers"),
        .interrupt = run->p->interrupt,
    };
    if (pass > 0) {
        o.epoch = (uint32_t) (step / pass);
        o.iteration = step % pass;
    }
    return vg_reader_create(&o, &run->reader);
}

// A part of the step's images to the inputs.
static int write_part(struct run *run, const struct vg_batch *b, int part)
{
    int rc = VG_OK;
    const struct vg_port *in = run->trainer->model.inputs;
    for (int v = 0; v < b->views; v++)
        VG_TRY(vg_plan_write(run->trainer->plan, in[v].tensor,
                             b->view[v] + part * vg_elems(in[v].tensor)));
out:
    return rc;
}

// Forward and backward of every part of the images, and the update after the last.
static int train_on(struct run *run, const struct vg_batch *b)
{
    int rc = VG_OK;
    for (int part = 0; part < run->accumulate; part++) {
        if (b)
            VG_TRY(write_part(run, b, part));
        VG_TRY(vg_trainer_step(run->trainer));
    }
out:
    return rc;
}

static int train_on_next(struct run *run)
{
    int rc = VG_OK;
    const struct vg_batch *b;
    if (run->mode == THROUGHPUT && run->trainer->at.step > 0)
        return train_on(run, NULL);
    VG_TRY(vg_reader_next(run->reader, &b));
    rc = train_on(run, b);
    vg_reader_release(run->reader);
    if (run->mode == THROUGHPUT)
        vg_reader_destroy(&run->reader);   // its threads would share the device's cores
out:
    return rc;
}

// ---- checkpoints --------------------------------------------------------------------------------

static int save(struct run *run, const char *path)
{
    char *history = vg_history_text(run->r, run->trainer->at.step);
    const struct vg_weights_meta more[] = { { "history", history }, { NULL, NULL } };
    const int rc = vg_trainer_save(run->trainer, path, more);
    free(history);
    return rc;
}

// A checkpoint of the same settings is gone on from; one of others is left behind with a word.
static int resume(struct run *run)
{
    int rc = VG_OK;
    const char *path = run->p->checkpoint;
    if (!path || !vg_file_exists(path) || run->mode == THROUGHPUT)
        return VG_OK;
    bool same;
    VG_TRY(vg_trainer_is_of(path, run->p->method, run->p->settings, &same));
    if (!same) {
        vg_warn("%s is of other settings: the run begins anew", path);
        return VG_OK;
    }
    VG_TRY(vg_trainer_load(run->trainer, path));
    VG_TRY(vg_history_read(run->r, path, run->trainer->at.step));
    run->r->resumed_at = run->trainer->at.step;
    vg_note("going on from step %lld", (long long) run->r->resumed_at);
out:
    return rc;
}

// Of a run that goes on, the weights it started from are history; the row names them all the same.
static int start(struct run *run)
{
    int rc = VG_OK;
    const char *init = vg_setting_text(run->p->settings, "init");
    if (!*init)
        return VG_OK;
    VG_TRY(vg_sha256_file(init, run->r->init));
    if (run->r->resumed_at == 0)
        VG_TRY(vg_trainer_start_from(run->trainer, init));
out:
    return rc;
}

static int keep_checkpoint(struct run *run)
{
    const int64_t every = whole(run, "checkpoint_every"), step = run->trainer->at.step;
    if (!run->p->checkpoint || run->mode == THROUGHPUT || every == 0 || step % every != 0 ||
        step == run->r->steps)
        return VG_OK;
    return save(run, run->p->checkpoint);
}

// ---- steps --------------------------------------------------------------------------------------

static void report(struct run *run, int64_t step)
{
    if (!run->p->progress)
        return;
    const double seconds = (double) (vg_clock_ns() - run->begin_ns) / 1e9;
    const double rate = (double) (step + 1 - run->r->resumed_at) / seconds;
    const struct vg_pretrain_now now = {
        step + 1,
        run->r->steps,
        run->r->loss[step],
        rate * run->batch,
        (double) (run->r->steps - step - 1) / rate,
    };
    run->p->progress(run->p->user, &now);
}

static int one_step(struct run *run)
{
    int rc = VG_OK;
    struct vg_pretrain_result *r = run->r;
    double parts[VG_PRETRAIN_PARTS];
    const int64_t step = run->trainer->at.step;
    const uint64_t begin = vg_clock_ns();

    r->lr[step] = run->p->method->scalar(run->p->settings, &run->trainer->at, "lr");
    VG_TRY(train_on_next(run));
    VG_TRY(vg_trainer_losses(run->trainer, &r->loss[step], parts));
    for (int i = 0; i < r->parts; i++)
        r->part[i][step] = parts[i];
    r->step_ns[step] = (double) (vg_clock_ns() - begin);
    if (!isfinite(r->loss[step]))
        rc =
            vg_fail(VG_ERR_VALUE, "the loss of step %lld is not a finite number", (long long) step);
out:
    return rc;
}

static int interrupted(struct run *run)
{
    if (!run->p->interrupt || !*run->p->interrupt)
        return VG_OK;
    if (run->p->checkpoint && run->mode == TRAIN && save(run, run->p->checkpoint) == VG_OK)
        return vg_fail(VG_ERR_INTERRUPTED,
                       "interrupted at step %lld; the next run goes on from there",
                       (long long) run->trainer->at.step);
    return vg_fail(VG_ERR_INTERRUPTED, "interrupted");
}

static int all_steps(struct run *run)
{
    int rc = VG_OK;
    run->begin_ns = vg_clock_ns();
    while (run->trainer->at.step < run->r->steps) {
        VG_TRY(interrupted(run));
        VG_TRY(one_step(run));
        VG_TRY(keep_checkpoint(run));
        report(run, run->trainer->at.step - 1);
    }
out:
    return rc;
}

// ---- what engaged -------------------------------------------------------------------------------

static void add_costs(struct vg_pretrain_result *r, const struct vg_graph *g, int batches)
{
    r->nodes = vg_graph_nodes(g);
    for (int i = 0; i < r->nodes; i++) {
        const struct vg_node *n = vg_graph_node(g, i);
        if (n->op->cost) {
            const struct vg_cost c = n->op->cost(n);
            const double times = n->pass <= VG_BACKWARD ? batches : 1;
            r->flops += times * c.flops;
            r->bytes += times * c.bytes;
        }
    }
}

static void describe(struct run *run)
{
    struct vg_pretrain_result *r = run->r;
    const struct vg_memory *m = vg_plan_memory(run->trainer->plan);
    r->planned_bytes = vg_memory_total(m);
    memcpy(r->by_kind, m->bytes, sizeof r->by_kind);
    r->launches = vg_plan_steps(run->trainer->plan);
    add_costs(r, run->trainer->graph, run->accumulate);
}

static int begin(struct run *run)
{
    int rc = VG_OK;
    const struct vg_settings *s = run->p->settings;
    run->accumulate = (int) whole(run, "accumulate");
    run->batch = (int) whole(run, "batch") * run->accumulate;
    run->mode = (enum mode) vg_setting_choice(s, "mode");
    VG_TRY(open_data(run));
    run->r->steps = whole(run, "steps");
    if (run->r->steps == 0)
        run->r->steps = llround(vg_setting_float(s, "epochs") * (double) run->r->epoch_steps);
    VG_TRY(vg_trainer_create(&run->trainer, run->p->method, s, run->p->dev,
                             (uint64_t) whole(run, "seed"), run->accumulate));
    run->trainer->at.total = run->r->steps;
    run->trainer->at.epoch_steps = run->r->epoch_steps;
    vg_history_make_room(run->r, &run->trainer->model);
    describe(run);
    VG_TRY(resume(run));
    VG_TRY(start(run));
    VG_TRY(open_reader(run));
out:
    return rc;
}

static int end(struct run *run)
{
    int rc = VG_OK;
    run->r->peak_bytes = run->p->dev->count.peak_bytes;
    if (run->reader)
        run->r->data_wait_ns = vg_reader_wait_ns(run->reader);
    VG_TRY(vg_weights_digest(run->trainer->plan, run->r->weights));
    if (run->p->save)
        VG_TRY(save(run, run->p->save));
    if (run->p->checkpoint && run->mode == TRAIN)
        unlink(run->p->checkpoint);
    if (run->p->done)
        run->p->done(run->p->user, run->trainer->plan);
out:
    return rc;
}

int vg_pretrain_run(const struct vg_pretrain *p, struct vg_pretrain_result *r)
{
    int rc = VG_OK;
    struct run run = { .p = p, .r = r };
    *r = (struct vg_pretrain_result) { 0 };
    VG_TRY(begin(&run));
    VG_TRY(all_steps(&run));
    VG_TRY(end(&run));
out:
    vg_reader_destroy(&run.reader);
    vg_trainer_destroy(&run.trainer);
    vg_data_close(&run.data);
    return rc;
}

void vg_pretrain_result_finish(struct vg_pretrain_result *r)
{
    free(r->loss);
    free(r->lr);
    free(r->step_ns);
    for (int i = 0; i < r->parts; i++)
        free(r->part[i]);
    *r = (struct vg_pretrain_result) { 0 };
}
