#pragma once

#include "graph/graph.h"

/**
 * Normalises every row, then scales and shifts.
 *
 *     xhat[r][c] = (x[r][c] - mean[r]) / sqrt(var[r] + eps)      biased variance, over the row
 *     y[r][c] = gamma[c] xhat[r][c] + beta[c]
 *
 * Shapes    x [..., D], the last dimension is the row; gamma, beta [D], both NULL for neither; y as
 *           x.
 * Gradient  with dz = gamma dy: dx = (dz - mean of dz - xhat mean of dz xhat) / sqrt(var + eps);
 *           dgamma = sum over r of dy xhat, dbeta = sum over r of dy, two stages of fixed order.
 * Cost      an element: 8 flops, 2 values moved; backward 10 flops and 3 values for dx, 5 flops and
 *           2 values for dgamma and dbeta.
 * Errors    VG_ERR_SHAPE if x is a scalar or gamma or beta are not [D], VG_ERR_VALUE if eps <= 0.
 * Source    torch.nn.LayerNorm over the last dimension.
 */
struct vg_tensor *vg_layernorm(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *gamma,
                               struct vg_tensor *beta, double eps);

extern const struct vg_op vg_op_layernorm;
