#pragma once

#include "graph/graph.h"

/**
 * Balances assignments, so that prototypes are used equally.
 *
 *     M = probs^T / sum;  repeat: rows of M to 1/K each, then columns of M to 1/R each;  y = R M^T
 *
 * Since rows and columns are only ever scaled, M[k][r] = probs[r][k] a[k] b[r], and the work is on
 * the factors: a[k] = 1 / sum_r probs[r][k] b[r], then b[r] = 1 / sum_k probs[r][k] a[k].
 * Constants (the sum, 1/K, 1/R) cancel in y = probs a b.
 *
 * Shapes    probs [R, K] positive, K at most 256; y as probs, rows sum to one.
 * Gradient  none: y is a target.
 * Cost      an element: 4 flops and 1 value moved an iteration, then 3 and 2.
 * Errors    VG_ERR_SHAPE if probs is no matrix or K > 256, VG_ERR_VALUE if iterations < 1.  There
 *           is no guard against a prototype without any mass: its column becomes NaN.
 * Source    Cuturi, NeurIPS 2013, as FRA (Gao, Patras, CVPR 2024) runs it: three iterations on
 *           probabilities, not on exponentials of scores.
 */
struct vg_tensor *vg_sinkhorn(struct vg_graph *g, struct vg_tensor *probs, int iterations);

extern const struct vg_op vg_op_sinkhorn;
