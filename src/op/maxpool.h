#pragma once

#include "graph/graph.h"

/**
 * The largest value of every window, channels last.
 *
 *     y[n][h][w][c] = max over 0 <= i, j < kernel of x[n][h stride - pad + i][w stride - pad +
 *     j][c]
 *
 * over what lies inside x: padding never wins.
 *
 * Shapes    x [N, H, W, C]; y [N, (H + 2 pad - kernel) / stride + 1, the same of W, C].
 * Gradient  dy goes to the first largest of its window, row by row.
 * Cost      an output: kernel^2 flops; x and y moved once, and one whole number an output;
 *           backward 1 flop an output, dy, that number and dx moved once.
 * Errors    VG_ERR_SHAPE if x has another rank or is smaller than a window, VG_ERR_VALUE if kernel
 *           or stride < 1 or pad > kernel / 2.
 * Source    torch.nn.functional.max_pool2d.
 */
struct vg_maxpool_opts {
    int kernel, stride, pad;
};

struct vg_tensor *vg_maxpool(struct vg_graph *g, struct vg_tensor *x,
                             const struct vg_maxpool_opts *o);

extern const struct vg_op vg_op_maxpool;
