#include "net/mlp.h"

#include "net/layer.h"

static struct vg_tensor *linear(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                int64_t outs)
{
    const struct vg_linear_opts o = { .weight = vg_init_kaiming(outs),
                                      .no_bias = true,
                                      .conv = "1" };
    return vg_linear_layer(g, x, name, outs, &o);
}

struct vg_tensor *vg_mlp(struct vg_graph *g, struct vg_tensor *x, const char *name, int64_t hidden,
                         int64_t outs)
{
    vg_scope_push(g, "%s.mlp", name);
    x = linear(g, x, "0", hidden);
    x = vg_batchnorm_layer(g, x, "1", (struct vg_norm_then) { .relu = true });
    x = linear(g, x, "3", outs);
    vg_scope_pop(g);
    return x;
}
