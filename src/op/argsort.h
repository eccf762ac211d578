#pragma once

#include "graph/graph.h"

/**
 * The ascending order of every row, and the rank of every number in it.
 *
 *     rank[r][c] = how many of row r are below x[r][c], or equal to it and before it
 *     order[r][rank[r][c]] = c
 *
 * So order is the stable argsort, and the two are each other's inverse.
 *
 * Shapes    x [R, C] of numbers (a NaN has no place); order and rank as x, whole numbers.
 * Gradient  none.
 * Cost      C flops an element: rows are short, and every number is compared with all of its row.
 * Errors    VG_ERR_SHAPE if x is no matrix of floats.
 * Source    the masking of He et al., "Masked autoencoders are scalable vision learners", CVPR
 *           2022: noise is sorted, the patches of least noise are kept, order is its ids_shuffle
 *           and rank its ids_restore.
 */
struct vg_order {
    struct vg_tensor *order, *rank;
};

struct vg_order vg_argsort(struct vg_graph *g, struct vg_tensor *x);

extern const struct vg_op vg_op_argsort;
