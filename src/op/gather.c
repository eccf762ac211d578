#include "op/gather.h"

#include <stdlib.h>

#include "base/mem.h"
#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { X, INDEX, INVERSE };   // forward takes
enum { Y };                   // forward makes
enum { B_DY, B_INVERSE };     // backward takes
enum { B_DX };                // backward makes

struct gather_attr {
    int64_t begin, count;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "gather" },
    .tunables = { VG_FLAT_TUNABLES },
};

static int check_index(struct vg_graph *g, const struct vg_tensor *x, const struct vg_tensor *index)
{
    const bool fits = index->rank == 2 && index->dtype == VG_I32 &&
                      index->dim[1] == x->dim[x->rank - 2] &&
                      (x->rank == 2 || index->dim[0] == x->dim[0]);
    VG_REQUIRE(g, fits, VG_ERR_SHAPE,
               "gather: an index is %s, wanted whole numbers for the rows of x %s",
               vg_shape_text(g, index), vg_shape_text(g, x));
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    int rc = VG_OK;
    const struct gather_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];

    VG_REQUIRE(g, x->rank == 2 || x->rank == 3, VG_ERR_SHAPE,
               "gather: x is %s, wanted [N, T, D] or [T, D]", vg_shape_text(g, x));
    VG_TRY(check_index(g, x, n->in[INDEX]));
    VG_TRY(check_index(g, x, n->in[INVERSE]));
    const int64_t rows = n->in[INDEX]->dim[1];
    VG_REQUIRE(g, a->begin >= 0 && a->count >= 1 && a->begin + a->count <= rows, VG_ERR_VALUE,
               "gather: %lld rows from %lld on, wanted some of %lld", (long long) a->count,
               (long long) a->begin, (long long) rows);
    VG_REQUIRE(g, x->rank == 3 || !x->needs_grad, VG_ERR_VALUE,
               "gather: x %s is shared by all images and wants a gradient", vg_shape_text(g, x));
    n->out[Y] = vg_temp(g, 3, (int64_t[]) { n->in[INDEX]->dim[0], a->count, vg_cols(x) });
out:
    return rc;
}

// Both directions pass over what they write.
static int pass_emit(struct vg_plan *p, const struct vg_node *n, const char *kernel, bool shared,
                     const struct vg_tensor *index)
{
    const struct gather_attr *a = n->attr;
    const struct vg_tensor *made = n->out[0];
    const struct vg_flat f = vg_flat_rows_of(p, n, vg_elems(made), vg_cols(made));
    return VG_LAUNCH(p, n, .kernel = kernel, .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f), { "SHARED", shared } },
                     .args = { vg_arg(n->in[0]), vg_arg(index), vg_arg(made), vg_arg_int(f.elems),
                               vg_arg_int(index->dim[1]), vg_arg_int(vg_cols(made)),
                               vg_arg_int(a->begin), vg_arg_int(a->count) });
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    return pass_emit(p, n, "gather_fwd", n->in[X]->rank == 2, n->in[INDEX]);
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->out[Y], 0, 2);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *dy = n->in[B_DY], *inverse = n->in[B_INVERSE];
    n->out[B_DX] = vg_temp(g, 3, (int64_t[]) { dy->dim[0], inverse->dim[1], dy->dim[2] });
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    return pass_emit(p, n, "gather_bwd", false, n->in[B_INVERSE]);
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, 0);
}

static const struct vg_op gather_bwd = {
    .name = "gather_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &gather_bwd, .in = { vg_grad_of(g, n->out[Y]), n->in[INVERSE] },
                VG_ATTR(*(const struct gather_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

// A case's permutation: image n is turned by n + 1, or back by as much.
static struct vg_tensor *turn(struct vg_graph *g, const char *name, int64_t images, int64_t rows,
                              int64_t by)
{
    int32_t *index = vg_alloc(images * rows, sizeof *index);
    for (int64_t i = 0; i < images * rows; i++) {
        const int64_t turned = i % rows + by * (i / rows + 1);
        index[i] = (int32_t) ((turned % rows + rows) % rows);
    }
    struct vg_tensor *t = vg_const_i32(g, name, 2, (int64_t[]) { images, rows }, index);
    free(index);
    return t;
}

// images=N with x=TxD, which then has no gradient; rows=M: the permutation is of M rows.
static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    const int64_t rows = vg_case_int(g, c, "rows", x->rank >= 2 ? x->dim[x->rank - 2] : 1);
    const int64_t images = vg_case_int(g, c, "images", x->rank == 3 ? x->dim[0] : 1);
    x->needs_grad = !vg_case_has(c, "images");
    return vg_gather(g, x, turn(g, "index", images, rows, 1), turn(g, "inverse", images, rows, -1),
                     vg_case_int(g, c, "begin", 0), vg_case_int(g, c, "count", rows));
}

const struct vg_op vg_op_gather = {
    .name = "gather",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_gather(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *index,
                            struct vg_tensor *inverse, int64_t begin, int64_t count)
{
    const struct gather_attr attr = { begin, count };
    return VG_NODE(g, .op = &vg_op_gather, .in = { x, index, inverse }, VG_ATTR(attr))->out[Y];
}
