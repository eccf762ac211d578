#pragma once

#include "graph/graph.h"

/**
 * Weights that sum to one over an axis.
 *
 *     y = (x + eps) / s,   s = sum over the axis of (x + eps)
 *
 * Shapes    x of any rank with x seen as [outer, axis, inner]; y as x.
 * Gradient  dx = (dy - sum over the axis of dy y) / s.
 * Cost      an element: forward 3 flops and 2 values moved, backward 4 and 3.
 * Errors    VG_ERR_SHAPE if x has no such axis.  A sum of 0 gives what a division by it gives.
 * Source    the heatmaps of FRA (Gao, Patras, CVPR 2024): x is a softmax over regions, the axis the
 *           pixels, eps 1e-7.
 */
struct vg_tensor *vg_sumnorm(struct vg_graph *g, struct vg_tensor *x, int axis, double eps);

extern const struct vg_op vg_op_sumnorm;
