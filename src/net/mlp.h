#pragma once

#include "net/layer.h"

/**
 * The two-layer head of BYOL, MoCo v3 and their kin, on every row of x [..., I]: linear, batch norm
 * over all rows, ReLU, linear, and where asked for a batch norm without weight and bias; no biases.
 *
 * Parameters "name".0.weight, .1 (norm), .3.weight, .4 (the plain norm).
 */
struct vg_mlp_opts {
    int64_t hidden, outs;
    const char *conv;   // "1": files keep the weights as 1x1 convolutions [out, in, 1]; or NULL
    bool xavier;        // weights uniform within sqrt(6 / (in + out)); else N(0, 2 / out)
    bool plain_norm;    // at the end
};

struct vg_tensor *vg_mlp(struct vg_graph *g, struct vg_tensor *x, const char *name,
                         const struct vg_mlp_opts *o);

// FRA's and BYOL's: "name".mlp.0 and so on, kept as 1x1 convolutions, N(0, 2 / out).
struct vg_tensor *vg_mlp_byol(struct vg_graph *g, struct vg_tensor *x, const char *name,
                              int64_t hidden, int64_t outs);
