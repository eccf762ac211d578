#pragma once

#include "graph/graph.h"

/**
 * A loss from its terms: total = sum of weight[i] term[i].
 *
 * Shapes    every term of one element, at most VG_COMBINE_TERMS of them; total a scalar.
 * Gradient  dterm[i] = weight[i] dtotal.
 * Cost      a term: 2 flops, 1 value moved; backward 1 flop, 2 values.
 * Errors    VG_ERR_VALUE for no or too many terms or a weight that is not finite, VG_ERR_SHAPE for
 *           a term of more than one element.
 */
enum { VG_COMBINE_TERMS = 12 };

struct vg_tensor *vg_combine(struct vg_graph *g, int count, struct vg_tensor *const terms[],
                             const double weights[]);

extern const struct vg_op vg_op_combine;
