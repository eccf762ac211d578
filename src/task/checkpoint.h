#pragma once

#include "base/tensorfile.h"
#include "graph/plan.h"
#include "net/backbone.h"

/**
 * A checkpoint as tasks see it: a backbone and where its weights are.
 *
 * Any method writes it.  Of its metadata are read "backbone", the prefix of the backbone's tensors,
 * "settings", which says what the backbone is, and "pixels"; "method" and "step" are for rows.
 */
struct vg_checkpoint {
    struct vg_tensorfile *file;
    const char *path, *method, *step;   // method and step "" where the file does not say
    const char *prefix;                 // "online_net.backbone."
    const char *pixels;                 // how they were normalised, "imagenet"; "" where not said
    struct vg_backbone backbone;
};

// VG_ERR_IO, VG_ERR_FORMAT for a file that is cut or whose metadata lacks one of the two,
// VG_ERR_UNSUPPORTED for a backbone that is not here.
int vg_checkpoint_open(struct vg_checkpoint **c, const char *path);
void vg_checkpoint_close(struct vg_checkpoint **c);

// All tensors of p named "backbone...": all of them or none; the first that is missing
// (VG_ERR_FORMAT) or of another shape (VG_ERR_SHAPE) is named.
int vg_checkpoint_load(const struct vg_checkpoint *c, struct vg_plan *p);
