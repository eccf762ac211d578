#pragma once

#include <string.h>

#include "graph/case.h"
#include "graph/grad.h"

/**
 * Cases of optimisers: dp=5x7 dq=3 .. are gradients, and each makes the parameter it is the
 * gradient of ("p", "q").  "idle" is a parameter that no gradient reaches and that must stay as it
 * is.
 */
static inline struct vg_tensor *vg_case_trained(struct vg_graph *g, const struct vg_case *c)
{
    static const char *const keys[] = { "dp", "dq", "dr" };
    const struct vg_init normal = { VG_INIT_NORMAL, 1, NULL };
    struct vg_tensor *last = vg_param(g, "idle", 1, (int64_t[]) { 3 }, normal);

    for (int i = 0; i < 3; i++) {
        if (!vg_case_has(c, keys[i]))
            continue;
        struct vg_tensor *d = vg_case_input(g, c, keys[i]);
        d->needs_grad = false;
        last = vg_param(g, keys[i] + 1, d->rank, d->dim, normal);
        vg_grad_add(g, last, d);
    }
    return vg_detach(g, last);   // what the tests look at, without asking for its gradient
}

// A number that the host writes before each step, as inputs of the case: name=0.1; many=2 is wrong.
static inline struct vg_tensor *vg_case_number(struct vg_graph *g, const struct vg_case *c,
                                               const char *name, float otherwise)
{
    const int64_t many = vg_case_int(g, c, "many", 1);
    struct vg_tensor *t = vg_input(g, name, many > 1, &many);
    t->init = (struct vg_init) { VG_INIT_CONST, vg_case_float(g, c, name, otherwise), NULL };
    return t;
}

// States of the optimiser as they may be after some steps, not zero.
static inline void vg_case_states(struct vg_graph *g, const char *prefix, struct vg_init init)
{
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        struct vg_tensor *t = vg_graph_tensor(g, i);
        if (t->kind == VG_STATE && t->name && !strncmp(t->name, prefix, strlen(prefix)))
            t->init = init;
    }
}
