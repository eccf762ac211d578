#include "op/l2norm.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"

enum { X };                  // forward takes
enum { Y, INV };             // forward makes; INV [rows] is 1 / max(|x|, eps)
enum { B_Y, B_INV, B_DY };   // backward takes
enum { B_DX };               // backward makes

struct l2norm_attr {
    float eps;
};

static const struct vg_source source = {
    .parts = { "common", "reduce", "l2norm" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128, 256 } } },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct l2norm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];

    VG_REQUIRE(g, x->rank >= 1, VG_ERR_SHAPE, "l2norm: x is a scalar");
    VG_REQUIRE(g, a->eps > 0, VG_ERR_VALUE, "l2norm: eps is %g, wanted > 0", a->eps);

    n->out[Y] = vg_temp_like(g, x);
    n->out[INV] = vg_temp(g, 1, (int64_t[]) { vg_rows(x) });
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct l2norm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];

    return VG_LAUNCH(p, n, .kernel = "l2norm_fwd", .groups = { vg_rows(x) },
                     .args = { vg_arg(x), vg_arg(n->out[Y]), vg_arg(n->out[INV]),
                               vg_arg_int(vg_cols(x)), vg_arg_float(a->eps) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 3, 2);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, n->in[B_DY]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct l2norm_attr *a = n->attr;
    const struct vg_tensor *dy = n->in[B_DY];

    return VG_LAUNCH(p, n, .kernel = "l2norm_bwd", .groups = { vg_rows(dy) },
                     .args = { vg_arg(n->in[B_Y]), vg_arg(n->in[B_INV]), vg_arg(dy),
                               vg_arg(n->out[B_DX]), vg_arg_int(vg_cols(dy)),
                               vg_arg_float(a->eps) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_DY], 5, 3);
}

static const struct vg_op l2norm_bwd = {
    .name = "l2norm_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &l2norm_bwd, .in = { n->out[Y], n->out[INV], vg_grad_of(g, n->out[Y]) },
                VG_ATTR(*(const struct l2norm_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    return vg_l2norm(g, vg_case_input(g, c, "x"), vg_case_float(g, c, "eps", 1e-12f));
}

const struct vg_op vg_op_l2norm = {
    .name = "l2norm",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_l2norm(struct vg_graph *g, struct vg_tensor *x, float eps)
{
    const struct l2norm_attr attr = { eps };
    return VG_NODE(g, .op = &vg_op_l2norm, .in = { x }, VG_ATTR(attr))->out[Y];
}
