#pragma once

#include "graph/graph.h"

/**
 * Adds two tensors, the second repeated over leading dimensions where it has fewer.
 *
 *     y[r][c] = a[r][c] + b[c]      c over all of b, r over what a has before it
 *
 * Shapes    a any; b as a, or the last dimensions of a (a bias, positions, queries); y as a.
 * Gradient  da = dy; db = dy, summed over r in two stages of fixed order where b is repeated.
 *           Where the shapes are equal both gradients are dy itself and no node is made.
 * Cost      an element: 1 flop, 3 values moved (2 and b where it is repeated); backward of a
 *           repeated b 1 flop, 1 value.
 * Errors    VG_ERR_SHAPE if b is neither of a's shape nor a suffix of it.
 * Source    residual sums and biases; NumPy's broadcasting, without its stretched ones.
 */
struct vg_tensor *vg_add(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b);

extern const struct vg_op vg_op_add;
