#include "op/add.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"
#include "op/columns.h"

enum { A, B };              // forward takes
enum { Y };                 // forward makes
enum { R_DY };              // the sum over rows takes
enum { R_DB, R_PARTIAL };   // and makes

struct rows_attr {
    int rank;   // of b
};

static const struct vg_source source = {
    .parts = { "common", "vector", "columns", "add" },
    .tunables = { VG_COLUMN_TUNABLES },
};

static bool is_suffix(const struct vg_tensor *a, const struct vg_tensor *b)
{
    return b->rank <= a->rank && vg_has_shape(b, b->rank, a->dim + a->rank - b->rank);
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *a = n->in[A], *b = n->in[B];
    VG_REQUIRE(g, is_suffix(a, b), VG_ERR_SHAPE,
               "add: b is %s, wanted the shape of a %s or its last dimensions", vg_shape_text(g, b),
               vg_shape_text(g, a));
    n->out[Y] = vg_temp_like(g, a);
    return VG_OK;
}

static int flat_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_flat f = vg_flat_of(p, n, vg_elems(n->in[A]));
    return VG_LAUNCH(
        p, n, .kernel = "add_fwd", .groups = { f.groups }, .defines = { VG_FLAT_DEFINES(f) },
        .args = { vg_arg(n->in[A]), vg_arg(n->in[B]), vg_arg(n->out[Y]), vg_arg_int(f.elems) });
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const int64_t cols = vg_elems(n->in[B]), rows = vg_elems(n->in[A]) / cols;
    if (rows == 1)
        return flat_emit(p, n);
    const struct vg_columns c = vg_columns_of(p, n, rows, cols);
    return VG_LAUNCH(p, n, .kernel = "add_fwd_row", .groups = VG_COLUMN_GROUPS(c),
                     .defines = { VG_COLUMN_DEFINES(c) },
                     .args = { vg_arg(n->in[A]), vg_arg(n->in[B]), vg_arg(n->out[Y]),
                               vg_arg_int(rows), vg_arg_int(cols), vg_arg_int(c.per) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, (double) vg_elems(n->out[Y]));
}

static int rows_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct rows_attr *a = n->attr;
    const struct vg_tensor *dy = n->in[R_DY];
    n->out[R_DB] = vg_temp(g, a->rank, dy->dim + dy->rank - a->rank);
    const int64_t cols = vg_elems(n->out[R_DB]);
    n->out[R_PARTIAL] = vg_temp(g, 2, (int64_t[]) { vg_columns_room(vg_elems(dy) / cols), cols });
    return VG_OK;
}

static int rows_emit(struct vg_plan *p, const struct vg_node *n)
{
    const int64_t cols = vg_elems(n->out[R_DB]), rows = vg_elems(n->in[R_DY]) / cols;
    return vg_columns_sum(p, n, vg_columns_of(p, n, rows, cols), n->in[R_DY], n->out[R_PARTIAL],
                          n->out[R_DB], 1);
}

static struct vg_cost rows_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[R_DY], 1, 1);
}

static const struct vg_op add_bwd = {
    .name = "add_bwd",
    .source = &source,
    .infer = rows_infer,
    .emit = rows_emit,
    .cost = rows_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    struct vg_tensor *b = n->in[B], *dy = vg_grad_of(g, n->out[Y]), *db = dy;
    const struct rows_attr attr = { b->rank };
    if (b->needs_grad && vg_elems(b) != vg_elems(dy))
        db = VG_NODE(g, .op = &add_bwd, .in = { dy }, VG_ATTR(attr))->out[R_DB];
    vg_grad_add(g, n->in[A], dy);
    return vg_grad_add(g, b, db);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    return vg_add(g, vg_case_input(g, c, "a"), vg_case_input(g, c, "b"));
}

const struct vg_op vg_op_add = {
    .name = "add",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_add(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b)
{
    return VG_NODE(g, .op = &vg_op_add, .in = { a, b })->out[Y];
}
