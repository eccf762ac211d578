#pragma once

#include "graph/graph.h"

/**
 * Multiplies by a constant: y = factor x.
 *
 * Shapes    x any; y as x, and x itself where factor is 1.
 * Gradient  dx = factor dy.
 * Cost      an element: 1 flop, 2 values moved; backward the same.
 * Errors    VG_ERR_VALUE if factor is not finite.
 */
struct vg_tensor *vg_scale(struct vg_graph *g, struct vg_tensor *x, double factor);

extern const struct vg_op vg_op_scale;
