#pragma once

#include "graph/graph.h"

/**
 * Sum or mean over one axis.
 *
 *     y[o][i] = f sum over a of x[o][a][i]      f = 1, or 1 / the length of the axis
 *
 * o over the dimensions before the axis, i over those behind it.
 *
 * Shapes    x any of rank 1 or more; y as x without the axis.
 * Gradient  dx[o][a][i] = f dy[o][i].
 * Cost      an element of x: 1 flop, 1 value moved; backward the same.
 * Errors    VG_ERR_VALUE if x has no such axis.
 * Source    the global average pool of a ResNet (axis 1 of [N, H W, C]), means over the batch,
 *           sums of losses.  Sums run in two stages of fixed order where they are long.
 */
enum vg_reduce_mode { VG_REDUCE_SUM, VG_REDUCE_MEAN };

struct vg_tensor *vg_reduce(struct vg_graph *g, struct vg_tensor *x, int axis,
                            enum vg_reduce_mode mode);

extern const struct vg_op vg_op_reduce;
