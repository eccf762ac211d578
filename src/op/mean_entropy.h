#pragma once

#include "graph/graph.h"

/**
 * How far a distribution is from uniform: log K minus its entropy.
 *
 *     y = log K + sum_k p[k] log p[k]
 *
 * Shapes    p [K], all positive; y is a scalar, 0 where p is uniform.
 * Gradient  dp = dy (log p + 1).
 * Cost      an element: forward 3 flops, backward 3.
 * Errors    VG_ERR_SHAPE if p is not a vector.  A p that is not positive makes y NaN.
 * Source    the mean-entropy term of FRA's clustering loss (Gao, Patras, CVPR 2024), with p the
 *           mean over pixels of the assignments to regions.
 */
struct vg_tensor *vg_mean_entropy(struct vg_graph *g, struct vg_tensor *p);

extern const struct vg_op vg_op_mean_entropy;
