#pragma once

#include "graph/run.h"
#include "graph/weights.h"
#include "method/method.h"

/**
 * A method's step, planned on a device and ready to be repeated.
 *
 * The host writes a batch into the model's inputs, vg_trainer_step sets the schedule's scalars,
 * draws what is drawn and replays the plan.  Parameters start from the seed.
 *
 * A step may be several batches whose gradients are summed before the update.  Each is seen alone
 * by batch norms and by losses over pairs; what a method does in its forward pass (a moving average
 * for one) it does for each.
 */
struct vg_trainer {
    const struct vg_method *method;
    const struct vg_settings *settings;
    struct vg_graph *graph;
    struct vg_plan *plan;
    struct vg_model model;
    struct vg_moment at;    // of the next step
    int accumulate, part;   // batches a step; of the next one
    double loss, *parts;    // sums over the batches of the last step
    bool given;             // inputs that are drawn are written by the caller (golden traces)
    double constant_lr;     // > 0: instead of the schedule's (golden traces)
};

int vg_trainer_create(struct vg_trainer **t, const struct vg_method *method,
                      const struct vg_settings *s, struct vg_dev *dev, uint64_t seed,
                      int accumulate);

// The same for a replay that is looked into.
struct vg_trainer_opts {
    enum vg_dtype real;    // of vg_graph_real; training is in VG_F32
    bool keep_decisions;   // vg_graph_keep_decisions
};
int vg_trainer_create_as(struct vg_trainer **t, const struct vg_method *method,
                         const struct vg_settings *s, struct vg_dev *dev, uint64_t seed,
                         int accumulate, const struct vg_trainer_opts *opts);
void vg_trainer_destroy(struct vg_trainer **t);

// Enqueues forward and backward for the inputs as they are, and behind the last batch of a step its
// update; moves on.
int vg_trainer_step(struct vg_trainer *t);

// The loss of the last step (its batches' mean) and its parts in the model's order; waits for the
// device.
int vg_trainer_losses(struct vg_trainer *t, double *loss, double *parts);

/**
 * A checkpoint: every parameter and state, and in the metadata what is needed to go on: method,
 * settings as text, step, seed.  _load fails with the name of the first tensor that does not fit,
 * and then nothing has been loaded.
 */
int vg_trainer_save(struct vg_trainer *t, const char *path, const struct vg_weights_meta *more);
int vg_trainer_load(struct vg_trainer *t, const char *path);

// What the metadata of every checkpoint says; room for VG_TRAINER_META.  Texts are not copied.
enum { VG_TRAINER_META = 6 };
void vg_trainer_meta(struct vg_weights_meta *meta, const struct vg_method *method,
                     const char *settings, const char *step);

/**
 * Weights to start from, at step 0 and with an optimiser that has seen nothing: a checkpoint of
 * this method, or a layout in which its weights or its backbone alone are published (published.h).
 * With a backbone the rest starts from the seed, and a momentum branch as a copy.  A teacher is
 * what the settings say, whatever the file has.
 *
 * The first tensor that is missing, extra or misshaped is named, and then nothing has been loaded.
 */
int vg_trainer_start_from(struct vg_trainer *t, const char *path);

// Whether the checkpoint is one of this method and these settings, word for word.
int vg_trainer_is_of(const char *path, const struct vg_method *method, const struct vg_settings *s,
                     bool *same);
