#pragma once

#include "graph/graph.h"

/**
 * Cuts images into square patches, and joins patches to images.
 *
 *     y[n][gy G + gx][(ky p + kx) C + c] = x[n][gy p + ky][gx p + kx][c]
 *
 * p the patch's side, G = W / p patches a row.  The order within a patch (row, column, channel) is
 * that in which masked autoencoders predict pixels.  A kernel [D, p, p, C] as the device holds it
 * (files have [D, C, p, p]) has the same order, so that an embedding of patches is a product.
 *
 * Shapes    x [N, H, W, C] with H and W multiples of p; y [N, (H / p) (W / p), p p C].
 * Gradient  the other direction; there is one source for every number.
 * Cost      0 flops; an element: 2 values moved.
 * Errors    VG_ERR_SHAPE if x is no batch of images, or y none of patches of such images;
 *           VG_ERR_VALUE if p is below 1 or does not divide both sides.
 */
struct vg_tensor *vg_patches(struct vg_graph *g, struct vg_tensor *x, int patch);

// The way back: y [N, L, p p C] to images of height x width pixels.
struct vg_tensor *vg_unpatches(struct vg_graph *g, struct vg_tensor *y, int patch, int64_t height,
                               int64_t width);

extern const struct vg_op vg_op_patches;
