#pragma once

#include "graph/graph.h"

/**
 * Sets numbers to zero at random and scales the others so that the mean stays.
 *
 *     y[i] = x[i] / (1 - rate) where u[i] >= rate, 0 elsewhere
 *
 * u[i] = vg_rng_uniform(seed of the graph, step, stream, i), where step is vg_step_input(g) and
 * stream the index of the node: a step can be run again alone and any other program can draw the
 * same.
 *
 * Shapes    x any; y as x, and x itself where rate is 0.
 * Gradient  dx = the same mask and factor of dy; the mask is drawn again, not kept.
 * Cost      an element: 1 flop (drawing is not counted), 2 values moved; backward the same.
 * Errors    VG_ERR_VALUE if rate is outside [0, 1).
 * Source    torch.nn.functional.dropout in training.
 */
struct vg_tensor *vg_dropout(struct vg_graph *g, struct vg_tensor *x, double rate);

extern const struct vg_op vg_op_dropout;
