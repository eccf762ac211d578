#include "op/concat.h"

#include <string.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { A, B };   // forward takes
enum { Y };      // forward makes
enum { B_DY };   // backward takes
enum { B_DX };   // backward makes

struct concat_attr {
    int axis;
};

struct part_attr {
    struct vg_tensor *part;         // a or b, for its shape
    int64_t whole, begin, length;   // numbers of a piece: of dy, before the part, of the part
    int64_t inner;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "concat" },
    .tunables = { VG_FLAT_TUNABLES },
};

static bool fits(const struct vg_tensor *a, const struct vg_tensor *b, int axis)
{
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = i == axis || a->dim[i] == b->dim[i];
    return same;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const int axis = ((const struct concat_attr *) n->attr)->axis;
    const struct vg_tensor *a = n->in[A], *b = n->in[B];
    VG_REQUIRE(g, axis >= 0 && axis < a->rank, VG_ERR_VALUE,
               "concat: axis is %d, wanted one of the %d of a %s", axis, a->rank,
               vg_shape_text(g, a));
    VG_REQUIRE(g, fits(a, b, axis), VG_ERR_SHAPE, "concat: b is %s, wanted a's %s but for axis %d",
               vg_shape_text(g, b), vg_shape_text(g, a), axis);
    int64_t dim[VG_MAX_RANK];
    memcpy(dim, a->dim, sizeof dim);
    dim[axis] += b->dim[axis];
    n->out[Y] = vg_temp(g, a->rank, dim);
    return VG_OK;
}

static int64_t product_from(const struct vg_tensor *t, int axis)
{
    int64_t n = 1;
    for (int i = axis; i < t->rank; i++)
        n *= t->dim[i];
    return n;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const int axis = ((const struct concat_attr *) n->attr)->axis;
    const struct vg_tensor *a = n->in[A], *b = n->in[B], *y = n->out[Y];
    const struct vg_flat f = vg_flat_rows_of(p, n, vg_elems(y), product_from(y, axis + 1));
    return VG_LAUNCH(p, n, .kernel = "concat_fwd", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(a), vg_arg(b), vg_arg(y), vg_arg_int(f.elems),
                               vg_arg_int(product_from(a, axis)),
                               vg_arg_int(product_from(b, axis)) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, 0);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, ((const struct part_attr *) n->attr)->part);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct part_attr *a = n->attr;
    const struct vg_flat f = vg_flat_rows_of(p, n, vg_elems(n->out[B_DX]), a->inner);
    return VG_LAUNCH(p, n, .kernel = "concat_bwd", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[B_DY]), vg_arg(n->out[B_DX]), vg_arg_int(f.elems),
                               vg_arg_int(a->whole), vg_arg_int(a->begin), vg_arg_int(a->length) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->out[B_DX], 0, 2);
}

static const struct vg_op concat_bwd = {
    .name = "concat_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const int axis = ((const struct concat_attr *) n->attr)->axis;
    struct vg_tensor *dy = vg_grad_of(g, n->out[Y]);
    int64_t begin = 0;
    for (int i = A; i <= B; i++) {
        const struct part_attr attr = { n->in[i], product_from(n->out[Y], axis), begin,
                                        product_from(n->in[i], axis),
                                        product_from(n->in[i], axis + 1) };
        begin += attr.length;
        if (n->in[i]->needs_grad)
            vg_grad_add(g, n->in[i],
                        VG_NODE(g, .op = &concat_bwd, .in = { dy }, VG_ATTR(attr))->out[B_DX]);
    }
    return vg_graph_status(g);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *a = vg_case_input(g, c, "a"), *b = vg_case_input(g, c, "b");
    return vg_concat(g, a, b, (int) vg_case_int(g, c, "axis", 0));
}

const struct vg_op vg_op_concat = {
    .name = "concat",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_concat(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b, int axis)
{
    const struct concat_attr attr = { axis };
    return VG_NODE(g, .op = &vg_op_concat, .in = { a, b }, VG_ATTR(attr))->out[Y];
}
