#pragma once

#include "graph/graph.h"

/**
 * Rows in an order of their own for every image: tokens kept by a mask, tokens put back.
 *
 *     y[n][j][c] = x[n][index[n][begin + j]][c]        j = 0 .. count-1
 *
 * index is a permutation of the rows of every image and inverse its inverse; vg_argsort makes such
 * a pair, and with its two halves exchanged the tokens go back.
 *
 * Shapes    x [N, T, D], or [T, D] where all images have the same rows (positions) and no gradient
 *           is wanted; index and inverse [N, T], whole numbers; y [N, count, D].
 * Gradient  dx[n][t] = dy[n][inverse[n][t] - begin], 0 where that is outside 0 .. count-1.
 * Cost      0 flops; y twice; backward dy and dx.
 * Errors    VG_ERR_SHAPE if the shapes are not these, VG_ERR_VALUE if begin and count leave the
 *           rows or a shared x wants a gradient.  Indices are not looked at.
 * Source    torch.gather along the tokens as masked autoencoders use it; 0 begin and count T with
 *           the inverse is their unshuffle.
 */
struct vg_tensor *vg_gather(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *index,
                            struct vg_tensor *inverse, int64_t begin, int64_t count);

extern const struct vg_op vg_op_gather;
