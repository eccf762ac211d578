#include "net/layer.h"

#include <math.h>
#include <string.h>

#include "op/batchnorm.h"
#include "op/conv2d.h"
#include "op/layernorm.h"
#include "op/matmul.h"

struct vg_init vg_init_normal(double sigma)
{
    return (struct vg_init) { VG_INIT_NORMAL, sigma, NULL };
}

struct vg_init vg_init_uniform(double bound)
{
    return (struct vg_init) { VG_INIT_UNIFORM, bound, NULL };
}

struct vg_init vg_init_const(double value)
{
    return (struct vg_init) { VG_INIT_CONST, value, NULL };
}

struct vg_init vg_init_kaiming(int64_t fan_out)
{
    return vg_init_normal(sqrt(2.0 / (double) fan_out));
}

struct vg_init vg_init_xavier(int64_t fan_in, int64_t fan_out)
{
    return vg_init_uniform(sqrt(6.0 / (double) (fan_in + fan_out)));
}

struct vg_tensor *vg_conv_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                int64_t channels, int kernel, int stride, int pad)
{
    const int64_t dim[4] = { channels, kernel, kernel, vg_cols(x) };
    vg_scope_push(g, "%s", name);
    struct vg_tensor *w =
        vg_param_oihw(g, "weight", dim, vg_init_kaiming(channels *kernel *kernel));
    struct vg_tensor *y =
        vg_conv2d(g, x, w, &(struct vg_conv2d_opts) { .stride = stride, .pad = pad });
    vg_scope_pop(g);
    return y;
}

struct vg_tensor *vg_batchnorm_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                     struct vg_norm_then then)
{
    const int64_t dim[1] = { vg_cols(x) };
    vg_scope_push(g, "%s", name);
    struct vg_tensor *gamma = then.plain ? NULL : vg_param(g, "weight", 1, dim, vg_init_const(1));
    struct vg_tensor *beta = then.plain ? NULL : vg_param(g, "bias", 1, dim, vg_init_const(0));
    const struct vg_batchnorm_opts o = {
        .mean = vg_state(g, "running_mean", 1, dim, vg_init_const(0)),
        .var = vg_state(g, "running_var", 1, dim, vg_init_const(1)),
        .count = vg_state_i32(g, "num_batches_tracked", 0, NULL),
        .eps = 1e-5,
        .momentum = 0.1,
        .eval = vg_graph_is_eval(g),
        .relu = then.relu,
        .residual = then.residual,
    };
    struct vg_tensor *y = vg_batchnorm(g, x, gamma, beta, &o);
    vg_scope_pop(g);
    return y;
}

struct vg_tensor *vg_layernorm_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                     double eps)
{
    const int64_t dim[1] = { vg_cols(x) };
    vg_scope_push(g, "%s", name);
    struct vg_tensor *gamma = vg_param(g, "weight", 1, dim, vg_init_const(1));
    struct vg_tensor *beta = vg_param(g, "bias", 1, dim, vg_init_const(0));
    struct vg_tensor *y = vg_layernorm(g, x, gamma, beta, eps);
    vg_scope_pop(g);
    return y;
}

struct vg_tensor *vg_linear_layer(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                  int64_t outs, const struct vg_linear_opts *o)
{
    const int64_t dim[2] = { outs, vg_cols(x) }, file[4] = { outs, vg_cols(x), 1, 1 };
    vg_scope_push(g, "%s", name);
    struct vg_tensor *w = vg_param(g, "weight", 2, dim, o->weight);
    if (o->conv)
        vg_param_file_shape(w, 2 + (int) strlen(o->conv), file);
    struct vg_tensor *b = o->no_bias ? NULL : vg_param(g, "bias", 1, dim, o->bias);
    struct vg_tensor *y = vg_linear(g, x, w, b);
    vg_scope_pop(g);
    return y;
}
