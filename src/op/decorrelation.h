#pragma once

#include "graph/graph.h"

/**
 * Mean square of what lies off the diagonal of square matrices.
 *
 *     loss = 1 / (N K^2) sum_n sum_{i != j} c[n][i][j]^2
 *
 * Shapes    c [N, K, K] or [K, K]; the loss is a scalar.
 * Gradient  dc = dloss 2 c / (N K^2) off the diagonal, 0 on it.
 * Cost      an element: forward 2 flops, backward 1.
 * Errors    VG_ERR_SHAPE if c is not square.
 * Source    the decorrelation of regions in FRA (Gao, Patras, CVPR 2024), as executed: a mean over
 *           images and regions of the mean over K, although only K - 1 terms are summed.
 */
struct vg_tensor *vg_decorrelation(struct vg_graph *g, struct vg_tensor *c);

extern const struct vg_op vg_op_decorrelation;
