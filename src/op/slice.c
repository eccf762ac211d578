#include "op/slice.h"

#include <string.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { X };      // forward takes
enum { Y };      // forward makes
enum { B_DY };   // backward takes
enum { B_DX };   // backward makes

struct slice_attr {
    int axis, rank;   // rank and dim are of x
    int64_t dim[VG_MAX_RANK], begin, end;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "slice" },
    .tunables = { VG_FLAT_TUNABLES },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct slice_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    VG_REQUIRE(g, a->axis >= 0 && a->axis < x->rank, VG_ERR_VALUE,
               "slice: axis is %d, wanted one of the %d of x %s", a->axis, x->rank,
               vg_shape_text(g, x));
    VG_REQUIRE(g, a->begin >= 0 && a->begin < a->end && a->end <= x->dim[a->axis], VG_ERR_VALUE,
               "slice: rows %lld to %lld, wanted some of the %lld of x %s", (long long) a->begin,
               (long long) a->end, (long long) x->dim[a->axis], vg_shape_text(g, x));
    int64_t dim[VG_MAX_RANK];
    memcpy(dim, x->dim, sizeof dim);
    dim[a->axis] = a->end - a->begin;
    n->out[Y] = vg_temp(g, x->rank, dim);
    return VG_OK;
}

// Both directions pass over what they write.
static int copy_emit(struct vg_plan *p, const struct vg_node *n, const char *kernel)
{
    const struct slice_attr *a = n->attr;
    int64_t inner = 1;
    for (int i = a->axis + 1; i < a->rank; i++)
        inner *= a->dim[i];
    const struct vg_flat f = vg_flat_rows_of(p, n, vg_elems(n->out[0]), inner);
    return VG_LAUNCH(p, n, .kernel = kernel, .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[0]), vg_arg(n->out[0]), vg_arg_int(f.elems),
                               vg_arg_int(a->dim[a->axis]), vg_arg_int(a->end - a->begin),
                               vg_arg_int(inner), vg_arg_int(a->begin) });
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    return copy_emit(p, n, "slice_fwd");
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->out[Y], 0, 2);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct slice_attr *a = n->attr;
    n->out[B_DX] = vg_temp(g, a->rank, a->dim);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    return copy_emit(p, n, "slice_bwd");
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, 0);
}

static const struct vg_op slice_bwd = {
    .name = "slice_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b = VG_NODE(g, .op = &slice_bwd, .in = { vg_grad_of(g, n->out[Y]) },
                                      VG_ATTR(*(const struct slice_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    return vg_slice(g, vg_case_input(g, c, "x"), (int) vg_case_int(g, c, "axis", 0),
                    vg_case_int(g, c, "begin", 0), vg_case_int(g, c, "end", 1));
}

const struct vg_op vg_op_slice = {
    .name = "slice",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_slice(struct vg_graph *g, struct vg_tensor *x, int axis, int64_t begin,
                           int64_t end)
{
    struct slice_attr attr = { .axis = axis, .rank = x->rank, .begin = begin, .end = end };
    memcpy(attr.dim, x->dim, sizeof attr.dim);
    if (axis >= 0 && axis < x->rank && begin == 0 && end == x->dim[axis])
        return x;
    return VG_NODE(g, .op = &vg_op_slice, .in = { x }, VG_ATTR(attr))->out[Y];
}
