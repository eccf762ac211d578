#pragma once

#include "graph/graph.h"

/**
 * A running average, in place.
 *
 *     state = keep state + (1 - keep) x
 *
 * Shapes    state a VG_STATE tensor, x with as many elements.
 * Gradient  none; what reads the state later in the step reads the new value.
 * Cost      an element: 3 flops, 3 values moved.
 * Errors    VG_ERR_VALUE if state is not a state or keep not in [0, 1], VG_ERR_SHAPE if the numbers
 *           of elements differ.
 *
 * Returns state.
 */
struct vg_tensor *vg_track(struct vg_graph *g, struct vg_tensor *state, struct vg_tensor *x,
                           double keep);

extern const struct vg_op vg_op_track;
