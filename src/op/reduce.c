#include "op/reduce.h"

#include <string.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "op/columns.h"
#include "op/rows.h"

enum { X };            // forward takes
enum { Y, PARTIAL };   // forward makes
enum { B_DY };         // backward takes
enum { B_DX };         // backward makes

struct reduce_attr {
    int axis, rank;   // rank and dim are of x
    int64_t dim[VG_MAX_RANK];
    enum vg_reduce_mode mode;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "columns", "rows", "spread" },
    .tunables = { VG_COLUMN_TUNABLES },
};

struct extent {
    int64_t outer, axis, inner;
};

static struct extent extent_of(const struct reduce_attr *a)
{
    struct extent e = { 1, a->dim[a->axis], 1 };
    for (int i = 0; i < a->axis; i++)
        e.outer *= a->dim[i];
    for (int i = a->axis + 1; i < a->rank; i++)
        e.inner *= a->dim[i];
    return e;
}

static double factor_of(const struct reduce_attr *a)
{
    return a->mode == VG_REDUCE_MEAN ? 1 / (double) a->dim[a->axis] : 1;
}

// Into how many equal parts a long row is cut where there are few rows.
static int64_t cuts_of(struct extent e)
{
    enum { ENOUGH = 256, SHORTEST = 1024 };
    int64_t cuts = 1;
    while (e.outer * cuts < ENOUGH && e.axis % (2 * cuts) == 0 && e.axis / (2 * cuts) >= SHORTEST)
        cuts *= 2;
    return cuts;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct reduce_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    VG_REQUIRE(g, a->axis >= 0 && a->axis < x->rank, VG_ERR_VALUE,
               "reduce: axis is %d, wanted one of the %d of x %s", a->axis, x->rank,
               vg_shape_text(g, x));
    const struct extent e = extent_of(a);
    int64_t dim[VG_MAX_RANK] = { 0 };
    memcpy(dim, x->dim, a->axis * sizeof *dim);
    memcpy(dim + a->axis, x->dim + a->axis + 1, (x->rank - a->axis - 1) * sizeof *dim);
    n->out[Y] = vg_temp(g, x->rank - 1, dim);
    n->out[PARTIAL] =
        e.inner == 1 ? vg_temp(g, 2, (int64_t[]) { e.outer, cuts_of(e) })
                     : vg_temp(g, 3, (int64_t[]) { e.outer, vg_columns_room(e.axis), e.inner });
    return VG_OK;
}

static int emit_rows(struct vg_plan *p, const struct vg_node *n, int64_t rows, int64_t cols,
                     const struct vg_tensor *x, const struct vg_tensor *out, double factor)
{
    const struct vg_rows_tile t = vg_rows_of(p, n, rows, cols);
    return VG_LAUNCH(p, n, .kernel = "rows_sum", .groups = { t.groups },
                     .defines = { VG_ROWS_DEFINES(t) },
                     .args = { vg_arg(x), vg_arg(out), vg_arg_int(t.rows), vg_arg_int(t.cols),
                               vg_arg_int(t.per), vg_arg_float(factor) });
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct reduce_attr *a = n->attr;
    const struct extent e = extent_of(a);
    const struct vg_tensor *x = n->in[X], *y = n->out[Y], *part = n->out[PARTIAL];
    if (e.inner > 1) {
        struct vg_columns c = vg_columns_of(p, n, e.axis, e.inner);
        c.batch = e.outer;
        return vg_columns_sum(p, n, c, x, part, y, factor_of(a));
    }
    const int64_t cuts = cuts_of(e);
    if (cuts == 1)
        return emit_rows(p, n, e.outer, e.axis, x, y, factor_of(a));
    VG_TRY(emit_rows(p, n, e.outer * cuts, e.axis / cuts, x, part, 1));
    VG_TRY(emit_rows(p, n, e.outer, cuts, part, y, factor_of(a)));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 1, 1);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct reduce_attr *a = n->attr;
    n->out[B_DX] = vg_temp(g, a->rank, a->dim);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct reduce_attr *a = n->attr;
    const struct extent e = extent_of(a);
    const struct vg_flat f =
        vg_flat_rows_of(p, n, vg_elems(n->out[B_DX]), e.inner == 1 ? e.axis : e.inner);
    return VG_LAUNCH(p, n, .kernel = "spread_axis", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f), { "ROWS_ONLY", e.inner == 1 } },
                     .args = { vg_arg(n->in[B_DY]), vg_arg(n->out[B_DX]), vg_arg_int(f.elems),
                               vg_arg_int(e.axis), vg_arg_int(e.inner),
                               vg_arg_float(factor_of(a)) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->out[B_DX], 1, 1);
}

static const struct vg_op reduce_bwd = {
    .name = "reduce_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b = VG_NODE(g, .op = &reduce_bwd, .in = { vg_grad_of(g, n->out[Y]) },
                                      VG_ATTR(*(const struct reduce_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    const bool mean = vg_case_int(g, c, "mean", 0) != 0;
    return vg_reduce(g, vg_case_input(g, c, "x"), (int) vg_case_int(g, c, "axis", 0),
                     mean ? VG_REDUCE_MEAN : VG_REDUCE_SUM);
}

const struct vg_op vg_op_reduce = {
    .name = "reduce",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_reduce(struct vg_graph *g, struct vg_tensor *x, int axis,
                            enum vg_reduce_mode mode)
{
    struct reduce_attr attr = { .axis = axis, .rank = x->rank, .mode = mode };
    memcpy(attr.dim, x->dim, sizeof attr.dim);
    return VG_NODE(g, .op = &vg_op_reduce, .in = { x }, VG_ATTR(attr))->out[Y];
}
