#pragma once

#include "graph/graph.h"

/**
 * Mean over rows of the cross entropy between targets and softmax(scale * logits).
 *
 *     p[r]   = softmax(scale * x[r])
 *     labels   loss = 1/R sum_r -log p[r][label[r]]                    scale is 1
 *     soft     loss = 1/R sum_r sum_k -target[r][k] log p[r][k]
 *
 * Shapes    logits [R, K] or [..., K], labels i32 with one number a row, target as logits; the loss
 *           is a scalar.  Rows of a target need not sum to one.
 * Hits      with labels: in how many rows the largest logit is the label's; of equal logits the one
 *           of lowest index counts.  A scalar i32, kept.
 * Gradient  dlogits = dloss scale / R (p sum_k target - target); a target gets none.
 * Cost      forward 4 flops an element, backward 4 (an exponential counts as one).
 * Errors    VG_ERR_SHAPE if the shapes do not fit.  A label outside 0 .. K-1 makes the loss NaN and
 *           its row's gradient zero.
 * Source    torch.nn.functional.cross_entropy; the soft form with scale = 1 / temperature is
 *           Caron et al., "Emerging properties in self-supervised vision transformers", eq. 2.
 */
struct vg_tensor *vg_crossentropy(struct vg_graph *g, struct vg_tensor *logits,
                                  struct vg_tensor *labels);
struct vg_tensor *vg_crossentropy_soft(struct vg_graph *g, struct vg_tensor *logits,
                                       struct vg_tensor *target, double scale);

// The hits that belong to a loss made by vg_crossentropy in g.
struct vg_tensor *vg_crossentropy_hits(struct vg_graph *g, const struct vg_tensor *loss);

extern const struct vg_op vg_op_crossentropy;
