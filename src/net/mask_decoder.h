#pragma once

#include "graph/graph.h"

/**
 * Region queries that attend to a feature map: one mask embedding a region and image.
 *
 * x [N, P, C] (P = h w pixels, row-major) to [N, Q, D]: a 1x1 projection to D, `layers` post-norm
 * decoder layers (self-attention of the queries, cross-attention to pixels with sine positions,
 * feed-forward of width D), a norm, a three-layer MLP.  Names as published: query_embed,
 * input_proj, transformer.decoder.layers.0.self_attn ..., mask_embed.layers.2, under the current
 * scope.
 *
 * Dropout acts on attention probabilities, behind each attention and in the feed-forward.
 * Source    FRA's released code, which follows DETR's decoder.
 */
struct vg_mask_decoder_opts {
    int height, width, queries, dim, heads, layers;
    double dropout;
};

struct vg_tensor *vg_mask_decoder(struct vg_graph *g, struct vg_tensor *x,
                                  const struct vg_mask_decoder_opts *o);

/**
 * Fixed positions of an h x w grid [h w, dim]: the first half of the channels encodes y, the second
 * x; in each, channels 2k and 2k + 1 are sine and cosine of 2 pi Y / (h + 1e-6) / 10000^(2k /
 * half), Y counted from 1.  In float arithmetic, as the source has it.  out has h w dim numbers.
 */
void vg_sine_positions(int height, int width, int dim, float *out);
