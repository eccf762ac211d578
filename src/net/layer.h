#pragma once

#include "graph/graph.h"

/**
 * Layers: an operator with its parameters, named under the current scope as published checkpoints
 * name them.  Each returns what its operator returns.
 */

// "name".weight [O][I][k][k] in files, N(0, 2 / (O k k)): "kaiming, fan out".
struct vg_tensor *vg_conv_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                int64_t channels, int kernel, int stride, int pad);

// What follows the normalisation.
struct vg_norm_then {
    bool relu;
    struct vg_tensor *residual;   // added before the ReLU
    bool plain;                   // without weight and bias
};

/**
 * Batch norm over all but the last dimension, eps 1e-5, momentum 0.1, by the batch's own
 * statistics; "name".{weight, bias, running_mean, running_var, num_batches_tracked}.  Where the
 * graph is in evaluation (vg_graph_eval) it uses the running statistics and changes nothing.
 */
struct vg_tensor *vg_batchnorm_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                     struct vg_norm_then then);

struct vg_tensor *vg_layernorm_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                     double eps);

// "name".weight [outs, ins], "name".bias [outs]; each with its own start.
struct vg_linear_opts {
    struct vg_init weight, bias;
    bool no_bias;
    const char *conv;   // "1" or "11": files keep one or two trailing ones, as 1x1 convolutions do
};

struct vg_tensor *vg_linear_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                  int64_t outs, const struct vg_linear_opts *o);

struct vg_init vg_init_normal(double sigma);
struct vg_init vg_init_uniform(double bound);
struct vg_init vg_init_const(double value);
struct vg_init vg_init_kaiming(int64_t fan_out);   // N(0, 2 / fan_out)
struct vg_init vg_init_xavier(int64_t fan_in, int64_t fan_out);
