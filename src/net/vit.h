#pragma once

#include "graph/graph.h"

/**
 * Vision transformers: one block for encoders, decoders and frozen networks, named as timm and the
 * published checkpoints name them.
 *
 *     x <- x + proj(attention(qkv(norm1(x))))
 *     x <- x + fc2(gelu(fc1(norm2(x))))
 *
 * Norms have eps 1e-6; every product has a bias.  Matrices start uniform within sqrt(6 / (in +
 * out)), the projection to q, k and v taken as one; biases at 0.
 *
 * Frozen (vg_graph_freeze), the same calls make a network without gradients of its own that passes
 * the gradient on to its input.
 *
 * Source    Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021; initialisation and
 *           positions: He et al., "Masked autoencoders are scalable vision learners", CVPR 2022.
 */
struct vg_vit_opts {
    int64_t dim;
    int depth, heads, mlp;   // mlp: hidden channels of a block, as a multiple of dim
};

// "name".0 .. "name".<depth - 1>, on x [N, T, D].  tap[i], if taps is not NULL, becomes the output
// of block i.
struct vg_tensor *vg_vit_blocks(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                const struct vg_vit_opts *o, struct vg_tensor **tap);

// The final norm, "name".weight and .bias.
struct vg_tensor *vg_vit_norm(struct vg_graph *g, struct vg_tensor *x, const char *name);

// Patches [N, T, p p 3] in the order of op/patches to [N, T, dim]: patch_embed.proj, in files a
// convolution [dim, 3, p, p].  Its bias starts uniform within 1 / sqrt(3 p p), as convolutions do.
struct vg_tensor *vg_vit_embed(struct vg_graph *g, struct vg_tensor *patches, int64_t dim);

// x with cls_token [1, 1, D] put before it, the same for every image; N(0, 0.02^2) at first.
struct vg_tensor *vg_vit_with_class(struct vg_graph *g, struct vg_tensor *x);

/**
 * The frozen table of positions "name" [1, 1 + grid^2, dim], as rows [1 + grid^2, dim]: zeros for
 * the class token, then sines and cosines.  Of the four quarters of a row the first two belong to
 * the column and the last two to the row of the patch (masked autoencoders), or the other way round
 * (MoCo v3).  dim is a multiple of 4.
 */
enum vg_vit_layout { VG_VIT_COLUMN_FIRST, VG_VIT_ROW_FIRST };

struct vg_tensor *vg_vit_positions(struct vg_graph *g, const char *name, int64_t dim, int grid,
                                   enum vg_vit_layout layout);
// Its numbers; out has (1 + grid^2) dim of them.
void vg_vit_sincos(int64_t dim, int grid, enum vg_vit_layout layout, float *out);

/**
 * A whole network on all patches [N, L, p p 3] of square images: embedding, class token, positions
 * "pos_embed", blocks.  [N, L + 1, D] before the final norm.
 */
struct vg_tensor *vg_vit(struct vg_graph *g, struct vg_tensor *patches, const struct vg_vit_opts *o,
                         enum vg_vit_layout layout, struct vg_tensor **tap);
