#pragma once

#include <stdbool.h>

#include "graph/graph.h"

/**
 * One step of stochastic gradient descent over every parameter that has a gradient.
 *
 *     buf = momentum buf + (g + decay w)
 *     w   = w - r lr buf
 *
 * The decay (weight_decay or 0) is coupled: it passes through the momentum.  No dampening, not
 * Nesterov's.  r is a parameter's own factor of the rate.  lr has one element, written by the host
 * before each step.  buf is the state "optimizer.momentum.<name>", zero at first.  Called after
 * vg_graph_backward, under vg_graph_pass(g, VG_UPDATE); what has no gradient is left alone.
 *
 * Cost      an element: 6 flops, 5 values moved.
 * Errors    VG_ERR_VALUE if nothing has a gradient or a number is out of range, VG_ERR_SHAPE if lr
 *           is not one number.
 * Source    torch.optim.SGD.
 */
struct vg_sgd_opts {
    struct vg_tensor *lr;
    double momentum, weight_decay;
    bool (*no_decay)(const struct vg_tensor *param);   // NULL: all decay
    float (*rate)(const struct vg_tensor *param);      // NULL: 1
};

// Returns the graph's status.
int vg_sgd(struct vg_graph *g, const struct vg_sgd_opts *o);

extern const struct vg_op vg_op_sgd;
