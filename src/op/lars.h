#pragma once

#include <stdbool.h>

#include "graph/graph.h"

/**
 * One step of LARS over every parameter that has a gradient: layer-wise adaptive rates.
 *
 *     adapted    g' = (g + weight_decay w) eta |w| / (|g| + weight_decay |w| + 1e-8)
 *     excluded   g' = g
 *     buf        = momentum buf + lr g'
 *     w          = w - buf
 *
 * Norms are those of whole tensors.  The rate is within the buffer, as published for SSL methods: a
 * later change of lr does not change what was gathered.  A parameter of norm zero never moves.
 *
 * buf is the state "optimizer.momentum.<name>", zero at first.  lr has one element, written by the
 * host before each step.  Called after vg_graph_backward, under vg_graph_pass(g, VG_UPDATE); what
 * has no gradient is left alone and has no state.
 *
 * Cost      an element: 9 flops, 7 values moved (w and g twice, since norms come first).
 * Errors    VG_ERR_VALUE if nothing has a gradient or a number is out of range, VG_ERR_SHAPE if lr
 *           is not one number.
 * Source    You, Gitman, Ginsburg, arXiv 1708.03888; the form is that of FRA's released code.
 */
struct vg_lars_opts {
    struct vg_tensor *lr;
    double eta, momentum, weight_decay;
    bool (*excluded)(const char *name);   // neither adapted nor decayed; NULL: none
};

// Returns the graph's status.
int vg_lars(struct vg_graph *g, const struct vg_lars_opts *o);

extern const struct vg_op vg_op_lars;
