#pragma once

#include "graph/graph.h"

/**
 * Scales x to unit Euclidean length along an axis, the last of them where none is named.
 *
 *     y[o][a][i] = x[o][a][i] / max(|x[o][.][i]|, eps)
 *
 * o over the dimensions before the axis, i over those behind it.
 *
 * Shapes    x of rank 1 or more; y as x.
 * Gradient  dx = (dy - y <y, dy>) / |x| where |x| > eps, dx = dy / eps elsewhere.
 * Units     eps is in the units of x; y has none.
 * Cost      an element: 3 flops, 2 values moved; backward 5 flops, 3 values.
 * Errors    VG_ERR_SHAPE if x is a scalar, VG_ERR_VALUE if it has no such axis or eps <= 0.
 * Source    torch.nn.functional.normalize(x, p=2, dim=axis, eps), whose clamp
 *           is what makes the two cases of the gradient.
 *
 * Returns y, which belongs to g.  Never NULL: if the graph has failed, y is a
 * placeholder that every operator accepts, so callers check the graph once.
 */
struct vg_tensor *vg_l2norm(struct vg_graph *g, struct vg_tensor *x, double eps);
struct vg_tensor *vg_l2norm_axis(struct vg_graph *g, struct vg_tensor *x, int axis, double eps);

extern const struct vg_op vg_op_l2norm;
