#pragma once

#include "graph/graph.h"

/**
 * Mean squared error against a target.
 *
 *     loss = 1/(R C) sum over r, c of (x[r][c] - target[r][c])^2
 *
 * Shapes    x [..., C], target as x; the loss is a scalar.
 * Gradient  dx = 2/(R C) dloss (x - target); a target gets none.
 * Cost      an element: 3 flops, 2 values moved; backward 2 flops, 3 values.
 * Errors    VG_ERR_SHAPE if x is a scalar or the target has another shape.
 * Source    torch.nn.functional.mse_loss.
 */
struct vg_tensor *vg_mse(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *target);

extern const struct vg_op vg_op_mse;
