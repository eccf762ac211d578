#include "net/region_neck.h"

#include "net/layer.h"
#include "net/mask_decoder.h"
#include "net/mlp.h"
#include "op/l2norm.h"
#include "op/matmul.h"
#include "op/reduce.h"
#include "op/softmax.h"
#include "op/sumnorm.h"
#include "op/track.h"

static const double norm_eps = 1e-12;   // of torch.nn.functional.normalize
static const double heat_eps = 1e-7;    // added to the softmax before it is spread over pixels
static const double proto_keep = 0.9;

// One embedding a region for the whole batch, and its running average.
static struct vg_tensor *region_centres(struct vg_graph *g, struct vg_tensor *x, int height,
                                        int width, const struct vg_neck_opts *o)
{
    const int64_t dim[2] = { o->queries, o->dim };
    struct vg_tensor *proto = vg_state(g, "proto", 2, dim, vg_init_normal(1));
    if (vg_graph_is_eval(g))
        return proto;

    const struct vg_mask_decoder_opts d = { height,   width,     o->queries, o->dim,
                                            o->heads, o->layers, o->dropout };
    vg_scope_push(g, "proj_attn");
    struct vg_tensor *embed = vg_mask_decoder(g, x, &d);
    vg_scope_pop(g);
    struct vg_tensor *centre = vg_reduce(g, embed, 0, VG_REDUCE_MEAN);
    vg_track(g, proto, centre, proto_keep);
    return centre;
}

static struct vg_tensor *similarity(struct vg_graph *g, struct vg_tensor *pixels,
                                    struct vg_tensor *centre)
{
    return vg_linear(g, vg_l2norm(g, pixels, norm_eps), vg_l2norm(g, centre, norm_eps), NULL);
}

static struct vg_tensor *pool_regions(struct vg_graph *g, struct vg_tensor *x,
                                      struct vg_tensor *dots)
{
    struct vg_tensor *heat = vg_sumnorm(g, vg_softmax(g, dots, 2, 1), 1, heat_eps);
    return vg_matmul(g, heat, x, &(struct vg_matmul_opts) { .trans_a = true });
}

struct vg_neck vg_region_neck(struct vg_graph *g, struct vg_tensor *x, const struct vg_neck_opts *o)
{
    struct vg_neck neck;
    const int height = (int) x->dim[1], width = (int) x->dim[2];
    x = vg_reshape(g, x, 3, (int64_t[]) { x->dim[0], x->dim[1] * x->dim[2], x->dim[3] });

    vg_scope_push(g, "neck");
    neck.z = vg_mlp_byol(g, vg_reduce(g, x, 1, VG_REDUCE_MEAN), "proj", o->hidden, o->dim);
    struct vg_tensor *pixels = vg_mlp_byol(g, x, "proj_pixel", o->hidden, o->dim);
    neck.dots = similarity(g, pixels, region_centres(g, x, height, width, o));
    neck.regions = vg_mlp_byol(g, pool_regions(g, x, neck.dots), "proj_obj", o->hidden, o->dim);
    vg_scope_pop(g);
    return neck;
}
