#pragma once

#include "graph/graph.h"

/**
 * Mean over rows of the squared distance between two rows of unit length.
 *
 *     loss = 1/R sum_r 2 - 2 <u(p[r]), u(z[r])>        u(x) = x / max(|x|, 1e-12)
 *
 * Shapes    p and z [..., D], the same; the loss is a scalar in 0 .. 4.
 * Gradient  dp = -2/R dloss (u(z) - u(p) <u(p), u(z)>) / |p|, without the projection where |p| is
 *           clamped; the same for z with the roles changed, if it wants one.
 * Cost      an element: forward 6 flops, backward 4 for each gradient.
 * Errors    VG_ERR_SHAPE if p is a scalar or z has another shape.
 * Source    Grill et al., "Bootstrap your own latent", NeurIPS 2020, equation 2.
 */
struct vg_tensor *vg_cosine_loss(struct vg_graph *g, struct vg_tensor *p, struct vg_tensor *z);

extern const struct vg_op vg_op_cosine_loss;
