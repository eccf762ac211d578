#pragma once

#include "graph/graph.h"

/**
 * Matrix products, one or a batch of them.
 *
 *     y[b] = alpha op(a[b]) op(b[b]) + bias
 *
 * Shapes    op(a) [B, M, K] or [M, K], op(b) [B, K, N] or [K, N], bias [N] or NULL, y [B, M, N] or
 *           [M, N]; op transposes the last two dimensions where its flag is set.  Both operands
 *           have the same rank, 2 or 3.
 * Gradient  the two products with dy; the bias gets the column sums of dy.
 * Cost      2 B M N K flops, and again for each gradient.
 * Errors    VG_ERR_SHAPE where inner dimensions, batches or the bias do not fit.
 */
struct vg_matmul_opts {
    bool trans_a, trans_b;
    double alpha;   // 0 means 1
    struct vg_tensor *bias;
};

struct vg_tensor *vg_matmul(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b,
                            const struct vg_matmul_opts *o);

// x [..., K] times w [N, K] transposed, plus bias [N] or NULL: y [..., N].
struct vg_tensor *vg_linear(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *w,
                            struct vg_tensor *bias);

extern const struct vg_op vg_op_matmul;
