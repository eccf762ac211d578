#include "net/mlp.h"

static struct vg_tensor *linear(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                int64_t outs, const struct vg_mlp_opts *o)
{
    const struct vg_linear_opts l = {
        .weight = o->xavier ? vg_init_xavier(vg_cols(x), outs) : vg_init_kaiming(outs),
        .no_bias = true,
        .conv = o->conv,
    };
    return vg_linear_layer(g, x, name, outs, &l);
}

struct vg_tensor *vg_mlp(struct vg_graph *g, struct vg_tensor *x, const char *name,
                         const struct vg_mlp_opts *o)
{
    vg_scope_push(g, "%s", name);
    x = linear(g, x, "0", o->hidden, o);
    x = vg_batchnorm_layer(g, x, "1", (struct vg_norm_then) { .relu = true });
    x = linear(g, x, "3", o->outs, o);
    if (o->plain_norm)
        x = vg_batchnorm_layer(g, x, "4", (struct vg_norm_then) { .plain = true });
    vg_scope_pop(g);
    return x;
}

struct vg_tensor *vg_mlp_byol(struct vg_graph *g, struct vg_tensor *x, const char *name,
                              int64_t hidden, int64_t outs)
{
    vg_scope_push(g, "%s", name);
    x = vg_mlp(g, x, "mlp", &(struct vg_mlp_opts) { hidden, outs, .conv = "1" });
    vg_scope_pop(g);
    return x;
}
