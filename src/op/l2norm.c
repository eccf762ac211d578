#include "op/l2norm.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"

enum { X };                  // forward takes
enum { Y, INV };             // forward makes; INV [outer, inner] is 1 / max(|x|, eps)
enum { B_Y, B_INV, B_DY };   // backward takes
enum { B_DX };               // backward makes

struct l2norm_attr {
    int axis;
    double eps;
};

static const struct vg_source source = {
    .parts = { "common", "reduce", "l2norm" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128, 256 } } },
};

static int64_t product(const struct vg_tensor *x, int from, int to)
{
    int64_t n = 1;
    for (int i = from; i < to; i++)
        n *= x->dim[i];
    return n;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct l2norm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];

    VG_REQUIRE(g, x->rank >= 1, VG_ERR_SHAPE, "l2norm: x is a scalar");
    VG_REQUIRE(g, a->axis >= 0 && a->axis < x->rank, VG_ERR_VALUE,
               "l2norm: axis is %d, wanted one of the %d of x %s", a->axis, x->rank,
               vg_shape_text(g, x));
    VG_REQUIRE(g, a->eps > 0, VG_ERR_VALUE, "l2norm: eps is %g, wanted > 0", a->eps);

    n->out[Y] = vg_temp_like(g, x);
    n->out[INV] =
        vg_temp(g, 2, (int64_t[]) { product(x, 0, a->axis), product(x, a->axis + 1, x->rank) });
    return VG_OK;
}

// Rows that lie in one piece have a work-group each; of others a work-item has one, and neighbours
// go side by side.
static size_t groups_of(struct vg_plan *p, const struct vg_node *n, const struct vg_tensor *inv)
{
    const int64_t rows = vg_elems(inv);
    return inv->dim[1] == 1 ? (size_t) rows : vg_ceil_div(rows, vg_plan_tunable(p, n, "WG"));
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct l2norm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X], *inv = n->out[INV];

    return VG_LAUNCH(p, n, .kernel = inv->dim[1] == 1 ? "l2norm_fwd" : "l2norm_axis_fwd",
                     .groups = { groups_of(p, n, inv) },
                     .args = { vg_arg(x), vg_arg(n->out[Y]), vg_arg(inv),
                               vg_arg_int(x->dim[a->axis]), vg_arg_float(a->eps),
                               vg_arg_int(vg_elems(inv)), vg_arg_int(inv->dim[1]) });
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
    const struct vg_tensor *dy = n->in[B_DY], *inv = n->in[B_INV];

    return VG_LAUNCH(p, n, .kernel = inv->dim[1] == 1 ? "l2norm_bwd" : "l2norm_axis_bwd",
                     .groups = { groups_of(p, n, inv) },
                     .args = { vg_arg(n->in[B_Y]), vg_arg(inv), vg_arg(dy), vg_arg(n->out[B_DX]),
                               vg_arg_int(dy->dim[a->axis]), vg_arg_float(a->eps),
                               vg_arg_int(vg_elems(inv)), vg_arg_int(inv->dim[1]) });
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
    struct vg_tensor *x = vg_case_input(g, c, "x");
    return vg_l2norm_axis(g, x, (int) vg_case_int(g, c, "axis", x->rank - 1),
                          vg_case_float(g, c, "eps", 1e-12f));
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

struct vg_tensor *vg_l2norm_axis(struct vg_graph *g, struct vg_tensor *x, int axis, double eps)
{
    const struct l2norm_attr attr = { axis, eps };
    return VG_NODE(g, .op = &vg_op_l2norm, .in = { x }, VG_ATTR(attr))->out[Y];
}

struct vg_tensor *vg_l2norm(struct vg_graph *g, struct vg_tensor *x, double eps)
{
    return vg_l2norm_axis(g, x, x->rank - 1, eps);
}
