#pragma once

#include "graph/graph.h"

/**
 * FRA's neck: from a feature map to a global embedding, region embeddings and the similarity maps
 * that say which pixel belongs to which region.
 *
 *     z       = proj(mean over pixels of x)                              [N, D]
 *     centre  = mean over the batch of the mask decoder's embeddings     [Q, D]
 *     dots    = <norm(centre_q), norm(proj_pixel(x)_p)>                  [N, P, Q], cosines
 *     heat    = (softmax over q of dots + 1e-7), then divided by its sum over pixels
 *     regions = proj_obj(sum over p of heat_pq x_p)                      [N, Q, D]
 *
 * and proto <- 0.9 proto + 0.1 centre.  Names under the scope "neck": proj, proj_pixel, proj_obj,
 * proj_attn, proto.  In evaluation proto takes the place of centre and stays.
 * Source    FRA specification, neck assembly.
 */
struct vg_neck_opts {
    int hidden, dim, queries, heads, layers;
    double dropout;
};

struct vg_neck {
    struct vg_tensor *z, *regions, *dots;
};

// x [N, h, w, C].
struct vg_neck vg_region_neck(struct vg_graph *g, struct vg_tensor *x,
                              const struct vg_neck_opts *o);
