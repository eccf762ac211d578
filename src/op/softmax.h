#pragma once

#include "graph/graph.h"

/**
 * Softmax over one axis, at a temperature.
 *
 *     y[o][a][i] = exp(scale x[o][a][i]) / sum over b of exp(scale x[o][b][i])
 *
 * o over the dimensions before the axis, i over those behind it; the largest of the axis is
 * subtracted first, which changes nothing but what overflows.
 *
 * Shapes    x any of rank 1 or more; y as x.
 * Gradient  dx = scale y (dy - sum over b of dy y).
 * Units     scale is one over the units of x (one over a temperature).
 * Cost      an element: 5 flops (an exponential is one), 2 values moved; backward 5 flops, 3
 *           values.
 * Errors    VG_ERR_VALUE if x has no such axis or scale is not a number above 0.
 * Source    torch.nn.functional.softmax(scale * x, axis).
 */
struct vg_tensor *vg_softmax(struct vg_graph *g, struct vg_tensor *x, int axis, double scale);

extern const struct vg_op vg_op_softmax;
