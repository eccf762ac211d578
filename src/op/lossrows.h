#pragma once

#include "graph/plan.h"

/**
 * What losses share: how cl/lossrows.cl takes one number from those of rows (or parts).  Not an
 * operator.  They name the parts "common", "reduce", "lossrows" in their source.
 */

// loss = the sum of rows [count] / terms.
static inline int vg_lossrows_mean(struct vg_plan *p, const struct vg_node *n,
                                   const struct vg_tensor *rows, const struct vg_tensor *loss,
                                   int64_t terms)
{
    return VG_LAUNCH(p, n, .kernel = "lossrows_sum",
                     .args = { vg_arg(rows), vg_arg(loss), vg_arg_int(vg_elems(rows)),
                               vg_arg_float(1.0 / (double) terms) });
}
