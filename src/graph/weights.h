#pragma once

#include "base/tensorfile.h"
#include "graph/plan.h"

/**
 * Tensors between the device and files.
 *
 * The device holds convolution kernels as [O][H][W][I] and maps as [N][h][w][C]; files hold
 * [O][I][H][W] and [N][C][h][w].  This is the one place that converts.
 */

// t's value as files have it: out has vg_elems(t) numbers.  as gives the order (a gradient's is its
// parameter's); channels_first moves the last dimension behind the first.
int vg_weights_get(struct vg_plan *p, const struct vg_tensor *t, const struct vg_tensor *as,
                   bool channels_first, float *out);

// The other way; e must have t's number of elements, and its shape where t is a parameter or state.
int vg_weights_set(struct vg_plan *p, const struct vg_tensor *t, bool channels_first,
                   const struct vg_tensorfile_entry *e);

// That e has the shape t has in files (its number of elements where t is no parameter or state);
// VG_ERR_SHAPE names both.
int vg_weights_check(const struct vg_tensor *t, const struct vg_tensorfile_entry *e);

// Whether a tensor is one that checkpoints hold: a parameter or a state, not a view.
bool vg_weights_lasting(const struct vg_tensor *t);

struct vg_weights_meta {
    const char *key, *value;
};

// Every lasting tensor under its name and the metadata (ended by a NULL key), atomically.
int vg_weights_save(struct vg_plan *p, const char *path, const struct vg_weights_meta *meta);

/**
 * Loads every lasting tensor whose name begins with `ours` (which is replaced by `theirs` in the
 * file's name).  Nothing is written to the device before all names and shapes were found to fit;
 * the first that does not is named.  Tensors of the file that nothing asks for are left.
 */
int vg_weights_load(struct vg_plan *p, const struct vg_tensorfile *f, const char *ours,
                    const char *theirs);

// SHA-256 over names and values of every lasting tensor, in the order of the graph; 65 bytes.
int vg_weights_digest(struct vg_plan *p, char text[65]);
