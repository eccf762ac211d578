#pragma once

#include <signal.h>

#include "method/trainer.h"

/**
 * A pre-training run: images through a method's step, with checkpoints.
 *
 * A run is a function of its settings: the same settings give the same bits, however often it was
 * interrupted.  While it runs, a checkpoint is kept beside its row; a run that finds one of the
 * same settings goes on from it.
 */

// What a run lets its users choose, beside what the method does.
extern const struct vg_setting vg_pretrain_settings[];

enum { VG_PRETRAIN_PARTS = 8 };

struct vg_pretrain_result {
    int64_t steps, resumed_at;         // resumed_at: 0 if it began anew
    double *loss, *lr, *step_ns;       // [steps]
    double *part[VG_PRETRAIN_PARTS];   // [steps] each, in the model's order
    const char *part_name[VG_PRETRAIN_PARTS];
    int parts;
    int64_t images, epoch_steps;   // of the data set; steps an epoch
    int64_t skipped;               // files that could not be read
    uint64_t data_wait_ns;         // the device waited for images
    char init[65];                 // digest of the file it started from, "" if it did not
    char weights[65];              // digest of every parameter and state
    size_t planned_bytes, by_kind[VG_KINDS], peak_bytes;
    double flops, bytes;   // of a step
    int nodes, launches;
};

struct vg_pretrain_now {
    int64_t step, steps;
    double loss, images_per_second, seconds_left;
};

struct vg_pretrain {
    const struct vg_method *method;
    const struct vg_settings *settings;   // vg_pretrain_settings and the method's
    struct vg_dev *dev;
    const char *checkpoint;   // where the running checkpoint is kept, NULL: nowhere
    const char *save;         // where the finished one goes, NULL: nowhere
    const volatile sig_atomic_t *interrupt;
    void (*progress)(void *user, const struct vg_pretrain_now *now);   // or NULL
    // At the end, when all that is kept is saved; a step more of the plan does no harm.
    void (*done)(void *user, struct vg_plan *plan);
    void *user;
};

// VG_ERR_INTERRUPTED where the run was stopped: its checkpoint is kept.
int vg_pretrain_run(const struct vg_pretrain *p, struct vg_pretrain_result *r);
void vg_pretrain_result_finish(struct vg_pretrain_result *r);
