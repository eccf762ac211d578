#pragma once

#include "graph/graph.h"

/**
 * The two-layer head of BYOL and its kin, on every row of x [..., I]: linear, batch norm over all
 * rows, ReLU, linear; no biases.  Parameters "name".mlp.0.weight, .mlp.1 (norm), .mlp.3.weight,
 * stored as 1x1 convolutions [out, in, 1]; weights N(0, 2 / outs of the layer).
 */
struct vg_tensor *vg_mlp(struct vg_graph *g, struct vg_tensor *x, const char *name, int64_t hidden,
                         int64_t outs);
