#pragma once

#include "base/tensorfile.h"
#include "method/trainer.h"

/**
 * A golden trace on a device: a method built as the trace's metadata says, started from its
 * "init." tensors, its batches step by step.  What to compare is the caller's business.
 */
struct vg_replay {
    const char *path;
    struct vg_arena *arena;
    struct vg_tensorfile *file;
    struct vg_settings *settings;
    struct vg_trainer *trainer;
    const struct vg_method *method;
    int64_t steps, batch;
};

// VG_ERR_FORMAT: not a trace, or one of a method this program does not have.  Whatever they return,
// r, zero at first, goes to vg_replay_finish.
int vg_replay_open(struct vg_replay *r, const char *path);
int vg_replay_begin(struct vg_replay *r, struct vg_dev *dev, const struct vg_trainer_opts *opts);
int vg_replay_step(struct vg_replay *r, int64_t step);   // steps are replayed in order, from 0
void vg_replay_finish(struct vg_replay *r);

// A ready-made network is in traces under a name of its own (which this is, or NULL), and has no
// end; an optimiser's state is in none.
const char *vg_replay_teacher(const struct vg_replay *r, const struct vg_tensor *t);
bool vg_replay_of_optimiser(const struct vg_tensor *t);
