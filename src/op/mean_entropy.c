#include "op/mean_entropy.h"

#include <math.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"

enum { P };           // forward takes
enum { Y };           // forward makes
enum { B_P, B_DY };   // backward takes
enum { B_DP };        // backward makes

static const struct vg_source source = {
    .parts = { "common", "reduce", "mean_entropy" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128 } } },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *p = n->in[P];
    VG_REQUIRE(g, p->rank == 1, VG_ERR_SHAPE, "mean_entropy: p is %s, wanted [K]",
               vg_shape_text(g, p));
    n->out[Y] = vg_temp(g, 0, NULL);
    return VG_OK;
}

static int fwd_emit(struct vg_plan *plan, const struct vg_node *n)
{
    const struct vg_tensor *p = n->in[P];
    return VG_LAUNCH(plan, n, .kernel = "mean_entropy_fwd",
                     .args = { vg_arg(p), vg_arg(n->out[Y]), vg_arg_int(vg_elems(p)),
                               vg_arg_float(log((double) vg_elems(p))) });
}

static struct vg_cost cost(const struct vg_node *n)
{
    return vg_cost_node(n, 3.0 * (double) vg_elems(n->in[P]));
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DP] = vg_temp_like(g, n->in[B_P]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *plan, const struct vg_node *n)
{
    const struct vg_tensor *p = n->in[B_P];
    return VG_LAUNCH(plan, n, .kernel = "mean_entropy_bwd",
                     .groups = { vg_ceil_div(vg_elems(p), vg_plan_tunable(plan, n, "WG")) },
                     .args = { vg_arg(p), vg_arg(n->in[B_DY]), vg_arg(n->out[B_DP]),
                               vg_arg_int(vg_elems(p)) });
}

static const struct vg_op mean_entropy_bwd = {
    .name = "mean_entropy_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &mean_entropy_bwd, .in = { n->in[P], vg_grad_of(g, n->out[Y]) });
    return vg_grad_add(g, n->in[P], b->out[B_DP]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *p = vg_case_input(g, c, "p");
    p->init = (struct vg_init) { VG_INIT_POSITIVE, 2.0 / (double) vg_elems(p), NULL };
    return vg_mean_entropy(g, p);
}

const struct vg_op vg_op_mean_entropy = {
    .name = "mean_entropy",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = cost,
    .from_case = from_case,
};

struct vg_tensor *vg_mean_entropy(struct vg_graph *g, struct vg_tensor *p)
{
    return VG_NODE(g, .op = &vg_op_mean_entropy, .in = { p })->out[Y];
}
