#pragma once

#include "graph/graph.h"

/**
 * Second gradients of small parameters, added in one launch.
 *
 * A branch that sees two views gives each of its parameters two gradients.  A launch a sum takes
 * longer than the sum where the parameter is small (a norm's, a bias, a narrow convolution's), so
 * the second gradient waits in a state of its own and one node at the end of the backward pass adds
 * them all: grad += second, in the order of first + second as a sum in place has it.
 */

// Whether dx, made by a node for x alone, is to wait; it then lives in a state that x remembers.
bool vg_grad_wait(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *dx);

// Appends the node for all that wait, if any do.
int vg_grad_join(struct vg_graph *g);

extern const struct vg_op vg_op_grad_join;
