#pragma once

#include "graph/graph.h"

/**
 * Rows begin .. end - 1 of one axis, as a copy.
 *
 *     y[o][a][i] = x[o][begin + a][i]
 *
 * o over the dimensions before the axis, i over those behind it.
 *
 * Shapes    x any of rank 1 or more; y as x with end - begin on the axis, and x itself where that
 *           is all of it.
 * Gradient  dx = dy at those rows, 0 at the others, in one pass.
 * Cost      0 flops; y twice; backward dy and dx.
 * Errors    VG_ERR_VALUE if x has no such axis or not 0 <= begin < end <= its length.
 */
struct vg_tensor *vg_slice(struct vg_graph *g, struct vg_tensor *x, int axis, int64_t begin,
                           int64_t end);

extern const struct vg_op vg_op_slice;
