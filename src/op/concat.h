#pragma once

#include "graph/graph.h"

/**
 * Two tensors one behind the other along an axis.
 *
 *     y[o][t][i] = a[o][t][i] for t < A, b[o][t - A][i] from there on     A the length of a's axis
 *
 * Shapes    a, b of one shape but for the axis; y as they are, with the two lengths added.
 * Gradient  da, db = their rows of dy, one pass each.
 * Cost      0 flops; a, b and y moved once; backward 2 values an element.
 * Errors    VG_ERR_VALUE if a has no such axis, VG_ERR_SHAPE if another dimension differs.
 */
struct vg_tensor *vg_concat(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b, int axis);

extern const struct vg_op vg_op_concat;
