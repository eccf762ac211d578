#pragma once

#include "graph/graph.h"

/**
 * Walks the tape from the end and lets each operator append its backward nodes.
 *
 * y[i] starts with gradient dy[i]; afterwards x->grad holds what reached x.  A parameter's gradient
 * ends in its slot of the VG_GRAD slab.  Operators call vg_grad_of for what reached an output and
 * vg_grad_add for what an input gets; a tensor used twice gets a sum.
 */
int vg_graph_backward_from(struct vg_graph *g, int count, struct vg_tensor *const y[],
                           struct vg_tensor *const dy[]);

// The same from a one-element loss, whose gradient is 1 (1 / batches where they accumulate).
int vg_graph_backward(struct vg_graph *g, struct vg_tensor *loss);

/**
 * A step is to be `batches` forward and backward passes and one update: their gradients are summed,
 * and vg_graph_backward starts from 1 / batches, so that the sum is that of the mean loss.  Called
 * before any node is made; what empties the gradients is a node of the pass VG_PREPARE.
 */
void vg_graph_accumulate(struct vg_graph *g, int batches);

// What has reached y; zeros if nothing did.
struct vg_tensor *vg_grad_of(struct vg_graph *g, struct vg_tensor *y);

// Adds dx to the gradient of x; nothing happens where x needs none.
int vg_grad_add(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *dx);

// The nodes the graph brings itself, in cl/graph.cl.
extern const struct vg_op vg_op_grad_sum;     // out = a + b
extern const struct vg_op vg_op_grad_copy;    // out = a
extern const struct vg_op vg_op_grad_clear;   // all gradients of parameters = 0
