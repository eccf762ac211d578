#include "op/softmax.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/columns.h"
#include "op/rows.h"

enum { X };           // forward takes
enum { Y };           // forward makes
enum { B_Y, B_DY };   // backward takes
enum { B_DX };        // backward makes

struct softmax_attr {
    int axis;
    double scale;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "columns", "rows", "softmax" },
    .tunables = { VG_COLUMN_TUNABLES },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct softmax_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    VG_REQUIRE(g, a->axis >= 0 && a->axis < x->rank, VG_ERR_VALUE,
               "softmax: axis is %d, wanted one of the %d of x %s", a->axis, x->rank,
               vg_shape_text(g, x));
    VG_REQUIRE(g, a->scale > 0, VG_ERR_VALUE, "softmax: scale is %g, wanted > 0", a->scale);
    n->out[Y] = vg_temp_like(g, x);
    return VG_OK;
}

// Forward binds x and y, backward y, dy and dx; what follows is the same.
static int rows_emit(struct vg_plan *p, const struct vg_node *n, const char *kernel)
{
    const struct softmax_attr *a = n->attr;
    const struct vg_tensor *x = n->in[0], *dy = n->ins > 1 ? n->in[1] : NULL;
    const struct vg_rows_tile t = vg_rows_of(p, n, vg_rows(x), vg_cols(x));
    struct vg_launch l = { .kernel = kernel,
                           .groups = { t.groups },
                           .defines = { VG_ROWS_DEFINES(t) } };
    int i = 0;
    l.args[i++] = vg_arg(x);
    if (dy)
        l.args[i++] = vg_arg(dy);
    l.args[i++] = vg_arg(n->out[0]);
    l.args[i++] = vg_arg_int(t.rows);
    l.args[i++] = vg_arg_int(t.cols);
    l.args[i++] = vg_arg_int(t.per);
    l.args[i++] = vg_arg_float(a->scale);
    return vg_plan_launch(p, n, &l);
}

static int axis_emit(struct vg_plan *p, const struct vg_node *n, const char *kernel)
{
    const struct softmax_attr *a = n->attr;
    const struct vg_tensor *x = n->in[0], *dy = n->ins > 1 ? n->in[1] : NULL;
    int64_t inner = 1;
    for (int i = a->axis + 1; i < x->rank; i++)
        inner *= x->dim[i];
    const int64_t axis = x->dim[a->axis];
    const struct vg_columns c = vg_columns_of(p, n, axis, inner);
    struct vg_launch l = { .kernel = kernel,
                           .groups = { c.chunks, 1, (size_t) (vg_elems(x) / axis / inner) },
                           .defines = { VG_COLUMN_DEFINES(c) } };
    int i = 0;
    l.args[i++] = vg_arg(x);
    if (dy)
        l.args[i++] = vg_arg(dy);
    l.args[i++] = vg_arg(n->out[0]);
    l.args[i++] = vg_arg_int(axis);
    l.args[i++] = vg_arg_int(inner);
    l.args[i++] = vg_arg_float(a->scale);
    return vg_plan_launch(p, n, &l);
}

static bool is_last(const struct vg_node *n)
{
    return ((const struct softmax_attr *) n->attr)->axis == n->in[0]->rank - 1;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    return is_last(n) ? rows_emit(p, n, "softmax_rows_fwd") : axis_emit(p, n, "softmax_axis_fwd");
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 5, 2);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, n->in[B_Y]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    return is_last(n) ? rows_emit(p, n, "softmax_rows_bwd") : axis_emit(p, n, "softmax_axis_bwd");
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_Y], 5, 3);
}

static const struct vg_op softmax_bwd = {
    .name = "softmax_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &softmax_bwd, .in = { n->out[Y], vg_grad_of(g, n->out[Y]) },
                VG_ATTR(*(const struct softmax_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    return vg_softmax(g, x, (int) vg_case_int(g, c, "axis", x->rank - 1),
                      vg_case_float(g, c, "scale", 1));
}

const struct vg_op vg_op_softmax = {
    .name = "softmax",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_softmax(struct vg_graph *g, struct vg_tensor *x, int axis, double scale)
{
    const struct softmax_attr attr = { axis, scale };
    return VG_NODE(g, .op = &vg_op_softmax, .in = { x }, VG_ATTR(attr))->out[Y];
}
