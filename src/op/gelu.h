#pragma once

#include "graph/graph.h"

/**
 * Gaussian error linear unit, the exact one.
 *
 *     y = x Phi(x) = x (1 + erf(x / sqrt 2)) / 2
 *
 * Shapes    x any; y as x.
 * Gradient  dx = dy (Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)).
 * Accuracy  Phi within 1e-7, see cl/gelu.cl.
 * Cost      an element: 4 flops (Phi is two), 2 values moved; backward 9 flops, 3 values.
 * Errors    VG_ERR_SHAPE if x holds whole numbers.
 * Source    Hendrycks, Gimpel, "Gaussian error linear units", 2016; torch.nn.GELU's default.
 */
struct vg_tensor *vg_gelu(struct vg_graph *g, struct vg_tensor *x);

extern const struct vg_op vg_op_gelu;
