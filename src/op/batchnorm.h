#pragma once

#include "graph/graph.h"

/**
 * Normalises every channel over the batch, then scales and shifts; a residual sum and a rectifier
 * may be part of it, which saves two passes over the largest tensors of a ResNet.
 *
 *     xhat[r][c] = (x[r][c] - mean[c]) / sqrt(var[c] + eps)
 *     y = relu?(gamma * xhat + beta + residual?)
 *
 * Training uses mean and biased variance over all R rows of the batch and writes, in place,
 *     running mean = (1 - momentum) old + momentum mean
 *     running var  = (1 - momentum) old + momentum R / (R - 1) var
 *     count += 1
 * Evaluation uses the running values and writes nothing.
 *
 * Shapes    x [..., C], the other dimensions are the rows; gamma, beta, mean, var [C]; count one
 *           whole number; residual and y as x.  gamma and beta may both be NULL: neither.
 * Gradient  with dz = dy where y > 0 (dy without the rectifier): dbeta = sum dz, dgamma =
 *           sum dz xhat, dresidual = dz, dx = gamma / sqrt(var + eps) (dz - dbeta / R
 *           - xhat dgamma / R); in evaluation the last two terms are not there.
 * Cost      an element: 8 flops, 3 values moved and one a residual; backward 12 flops, 5 values,
 *           2 more with the rectifier, 1 more for dresidual.
 * Errors    VG_ERR_SHAPE for shapes other than these or R < 2 in training, VG_ERR_VALUE for
 *           eps <= 0 or momentum outside [0, 1].
 * Source    torch.nn.BatchNorm2d; sums over parts: Chan, Golub, LeVeque, "Updating formulae and a
 *           pairwise algorithm for computing sample variances", 1979.
 */
struct vg_batchnorm_opts {
    struct vg_tensor *mean, *var, *count;   // states; count holds a whole number
    double eps, momentum;
    bool eval;
    bool relu;
    struct vg_tensor *residual;   // NULL: none
};

struct vg_tensor *vg_batchnorm(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *gamma,
                               struct vg_tensor *beta, const struct vg_batchnorm_opts *o);

extern const struct vg_op vg_op_batchnorm;
