#pragma once

#include "graph/graph.h"

/**
 * Rectifies: y = max(x, 0).
 *
 * Shapes    x any; y as x.
 * Gradient  dx = dy where y > 0, 0 elsewhere; only y is kept, so x's memory is free again.
 * Cost      an element: 1 flop, 2 values moved; backward 1 flop, 3 values.
 * Errors    VG_ERR_SHAPE if x holds whole numbers.
 * Source    torch.nn.functional.relu, whose gradient at 0 is 0.
 */
struct vg_tensor *vg_relu(struct vg_graph *g, struct vg_tensor *x);

extern const struct vg_op vg_op_relu;
