#pragma once

#include <stdbool.h>

#include "graph/graph.h"

/**
 * The part of a net that downstream tasks take over: which one it is, and its pooled features.
 *
 * Methods write their settings into checkpoints as text ("arch=resnet18 width=64 image=64 ...",
 * "arch=vit patch=16 dim=384 ..."), so a task finds the backbone there without knowing the method.
 */
enum vg_backbone_pool { VG_POOL_MEAN, VG_POOL_CLASS };   // of patches, or the class token (vit)

struct vg_backbone {
    const char *arch;   // one of vg_backbone_names
    int width;          // channels of the first stage, or of a transformer's tokens
    int image;          // side of the images it was trained on, 0 if that is not known
    int resnet;         // enum vg_resnet_arch
    bool vit;           // a vision transformer, of the following
    int patch, depth, heads, mlp;
    enum vg_backbone_pool pool;
};

// Those that a name and a width describe, then "vit", whose sizes checkpoints say; ends with NULL.
extern const char *const vg_backbone_names[];

/**
 * What a settings text describes; `where` begins the message.
 * VG_ERR_FORMAT without arch or with a size that is no number, VG_ERR_UNSUPPORTED for an arch that
 * is not here, with the list of those that are.
 */
int vg_backbone_of_text(struct vg_backbone *b, const char *where, const char *settings);

// The same from a name and a width; of a transformer also the sizes of ViT-S/16, scaled to it.
int vg_backbone_of_name(struct vg_backbone *b, const char *where, const char *arch, int width);

// Images are to be multiples of this: what a ResNet halves, or a patch.
int vg_backbone_step(const struct vg_backbone *b);

/**
 * x [N, S, S, 3] to a row an image, [N, vg_backbone_features(b)]: of a ResNet the mean over pixels
 * of the last stage, of a transformer the class token or the mean over patches, behind the final
 * norm.  Parameters are named "backbone." and what published checkpoints call them.
 */
struct vg_tensor *vg_backbone(struct vg_graph *g, struct vg_tensor *x, const struct vg_backbone *b);

int64_t vg_backbone_features(const struct vg_backbone *b);
