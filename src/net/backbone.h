#pragma once

#include "graph/graph.h"

/**
 * The part of a net that downstream tasks take over: which one it is, and its pooled features.
 *
 * Methods write their settings into checkpoints as text ("arch=resnet18 width=64 image=64 ..."), so
 * a task finds the backbone there without knowing the method.
 */
struct vg_backbone {
    const char *arch;   // one of vg_resnet_names
    int width;          // channels of the first stage
    int image;          // side of the images it was trained on, 0 if that is not known
    int resnet;         // enum vg_resnet_arch
};

/**
 * What a settings text describes; `where` begins the message.
 * VG_ERR_FORMAT without arch or with a width that is no number, VG_ERR_UNSUPPORTED for an arch that
 * is not here, with the list of those that are.
 */
int vg_backbone_of_text(struct vg_backbone *b, const char *where, const char *settings);

// The same from a name and a width.
int vg_backbone_of_name(struct vg_backbone *b, const char *where, const char *arch, int width);

/**
 * x [N, S, S, 3] to the mean over pixels of the last stage, [N, vg_backbone_features(b)].
 * Parameters are named "backbone." and what published checkpoints call them.
 */
struct vg_tensor *vg_backbone(struct vg_graph *g, struct vg_tensor *x, const struct vg_backbone *b);

int64_t vg_backbone_features(const struct vg_backbone *b);
