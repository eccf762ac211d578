#pragma once

#include "graph/graph.h"

/**
 * One step of a moving average of weights: the target branch follows the online branch.
 *
 *     target = m target + (1 - m) online
 *
 * over every parameter named "<online><rest>" and the frozen parameter (vg_graph_freeze) named
 * "<target><rest>"; what else the branches hold (statistics, buffers) is left alone.  m has one
 * element, written by the host before each step.  The pairs are looked up when the plan is made, so
 * the node may stand before the branches: where it stands is when the target moves.
 *
 * Cost      an element: 3 flops, 3 values moved.
 * Errors    VG_ERR_SHAPE if m is not one number, VG_ERR_VALUE if a prefix is empty; the plan is
 *           refused where a parameter has no frozen counterpart of its shape, or none has the
 *           prefix.
 * Source    Grill et al., "Bootstrap your own latent", NeurIPS 2020, equation 1.
 *
 * Returns the graph's status.
 */
int vg_ema(struct vg_graph *g, struct vg_tensor *m, const char *online, const char *target);

extern const struct vg_op vg_op_ema;
