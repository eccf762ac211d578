#include "op/sumnorm.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"

enum { X };                  // forward takes
enum { Y, INV };             // forward makes; INV [outer, inner] is 1 / s
enum { B_Y, B_INV, B_DY };   // backward takes
enum { B_DX };               // backward makes

struct sumnorm_attr {
    int axis;
    double eps;
};

static const struct vg_source source = {
    .parts = { "common", "sumnorm" },
    .tunables = { { "WG", 16, 64, { 8, 16, 32, 64, 128 } } },
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
    const struct sumnorm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];

    VG_REQUIRE(g, a->axis >= 0 && a->axis < x->rank, VG_ERR_SHAPE,
               "sumnorm: axis %d of x %s, wanted 0 .. %d", a->axis, vg_shape_text(g, x),
               x->rank - 1);
    n->out[Y] = vg_temp_like(g, x);
    n->out[INV] =
        vg_temp(g, 2, (int64_t[]) { product(x, 0, a->axis), product(x, a->axis + 1, x->rank) });
    return VG_OK;
}

static size_t groups_of(struct vg_plan *p, const struct vg_node *n, const struct vg_tensor *inv)
{
    return vg_ceil_div(vg_elems(inv), vg_plan_tunable(p, n, "WG"));
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct sumnorm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X], *inv = n->out[INV];

    return VG_LAUNCH(p, n, .kernel = "sumnorm_fwd", .groups = { groups_of(p, n, inv) },
                     .args = { vg_arg(x), vg_arg(n->out[Y]), vg_arg(inv), vg_arg_int(vg_elems(inv)),
                               vg_arg_int(x->dim[a->axis]), vg_arg_int(inv->dim[1]),
                               vg_arg_float(a->eps) });
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
    const struct sumnorm_attr *a = n->attr;
    const struct vg_tensor *y = n->in[B_Y], *inv = n->in[B_INV];

    return VG_LAUNCH(p, n, .kernel = "sumnorm_bwd", .groups = { groups_of(p, n, inv) },
                     .args = { vg_arg(y), vg_arg(inv), vg_arg(n->in[B_DY]), vg_arg(n->out[B_DX]),
                               vg_arg_int(vg_elems(inv)), vg_arg_int(y->dim[a->axis]),
                               vg_arg_int(inv->dim[1]) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_DY], 4, 3);
}

static const struct vg_op sumnorm_bwd = {
    .name = "sumnorm_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &sumnorm_bwd, .in = { n->out[Y], n->out[INV], vg_grad_of(g, n->out[Y]) },
                VG_ATTR(*(const struct sumnorm_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    x->init = (struct vg_init) { VG_INIT_POSITIVE, 1, NULL };
    return vg_sumnorm(g, x, (int) vg_case_int(g, c, "axis", 0), vg_case_float(g, c, "eps", 1e-7f));
}

const struct vg_op vg_op_sumnorm = {
    .name = "sumnorm",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_sumnorm(struct vg_graph *g, struct vg_tensor *x, int axis, double eps)
{
    const struct sumnorm_attr attr = { axis, eps };
    return VG_NODE(g, .op = &vg_op_sumnorm, .in = { x }, VG_ATTR(attr))->out[Y];
}
