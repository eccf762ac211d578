#pragma once

#include <stdbool.h>

#include "graph/graph.h"

/**
 * One step of AdamW over every parameter that has a gradient: Adam with decoupled weight decay.
 *
 *     m = beta1 m + (1 - beta1) g                m_scale = 1 / (1 - beta1^t)
 *     v = beta2 v + (1 - beta2) g^2              v_scale = 1 / sqrt(1 - beta2^t)
 *     w = w (1 - r lr decay) - r lr m_scale m / (v_scale sqrt(v) + eps)
 *
 * t counts steps from 1.  lr, m_scale and v_scale have one element each, written by the host before
 * each step (vg_adamw_m_scale, vg_adamw_v_scale), since 1 - beta^t has no digits left in float.
 * r is a parameter's own factor of the rate, decay is weight_decay or 0.
 *
 * m and v are the states "optimizer.m.<name>" and "optimizer.v.<name>", zero at first.  Called
 * after vg_graph_backward, under vg_graph_pass(g, VG_UPDATE); what has no gradient is left alone.
 *
 * Cost      an element: 14 flops, 7 values moved.
 * Errors    VG_ERR_VALUE if nothing has a gradient or a number is out of range, VG_ERR_SHAPE if an
 *           input is not one number.
 * Source    Loshchilov, Hutter, ICLR 2019; the order of operations is that of torch.optim.AdamW.
 */
struct vg_adamw_opts {
    struct vg_tensor *lr, *m_scale, *v_scale;
    double beta1, beta2, eps, weight_decay;
    bool (*no_decay)(const struct vg_tensor *param);   // NULL: all decay
    float (*rate)(const struct vg_tensor *param);      // NULL: 1
};

// Returns the graph's status.
int vg_adamw(struct vg_graph *g, const struct vg_adamw_opts *o);

// What the host writes before step t = 1, 2, ...
double vg_adamw_m_scale(double beta1, int64_t t);
double vg_adamw_v_scale(double beta2, int64_t t);

extern const struct vg_op vg_op_adamw;
