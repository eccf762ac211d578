#pragma once

#include "task/checkpoint.h"
#include "task/encoder.h"

/**
 * A backbone and a head trained together on labelled images, as FRA's transfers are.
 *
 * AdamW (0.9, 0.999, 1e-8) with decoupled decay on every parameter, norms in training mode.  With
 * e the fraction of an epoch that is done, E epochs and w = warmup E of them:
 *
 *     lr(e) = lr e / w                                                    e < w
 *             least + (lr - least) (1 + cos(pi (e - w) / (E - w))) / 2    else, least = 1e-6
 *
 * The published run has E = 100 and w = 5.  Images: flip, colour jitter, translation, rotation,
 * erasing where asked for.
 * Source    FRA specification, sections 5.3 and 6.2.
 */
struct vg_finetune_opts {
    const struct vg_backbone *backbone;
    const struct vg_checkpoint *checkpoint;   // NULL: random weights
    const struct vg_head *head;
    uint64_t seed;
    int image, batch, epochs;
    int every;   // epochs between evaluations; the last one always has one
    double lr, weight_decay, warmup;
    bool erase;
    const struct vg_norm *norm;
    const struct vg_data *train, *test;
    const int32_t *label;   // of every training image
    const struct vg_task_watch *watch;
    // The head's rows for every test image, after `epochs` epochs.
    void (*evaluated)(void *arg, int epochs, const float *rows);
    void *arg;
};

struct vg_finetune {
    double *loss;   // of every step
    int64_t steps;
    int64_t images;        // of all steps but the first, in which compilers may still be at work
    double seconds;        // of the same steps
    double wait_seconds;   // for images, of all steps
    size_t planned_bytes;
};

// *f starts as { 0 }; what was done stays in it when the run fails or is interrupted.
int vg_finetune_run(const struct vg_finetune_opts *o, struct vg_dev *dev, struct vg_finetune *f);
void vg_finetune_finish(struct vg_finetune *f);

// The learning rate at a fraction of an epoch.
double vg_finetune_lr(const struct vg_finetune_opts *o, double epoch);
