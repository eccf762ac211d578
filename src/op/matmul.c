#include "op/matmul.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/columns.h"
#include "op/tile.h"

enum { A, B, BIAS, SHARED };   // takes; SHARED: PACKED of an earlier use of b
enum { Y, PACKED, PART };      // makes; PACKED: b in panels; PART: sums over parts of a long depth
enum { C_DY };                 // the bias's gradient takes
enum { C_DB, C_PARTIAL };      // and makes

struct matmul_attr {
    bool trans_a, trans_b;
    double alpha;
};

static const struct vg_source source = {
    .parts = { "common", "tile", "turn", "matmul" },
    .tunables = { VG_TILE_TUNABLES },
};

struct shape {
    int64_t count, m, n, k;
};

static struct shape shape_of(const struct vg_tensor *a, const struct vg_tensor *b,
                             const struct matmul_attr *o)
{
    const int64_t *da = a->dim + a->rank - 2, *db = b->dim + b->rank - 2;
    return (struct shape) { .count = a->rank == 3 ? a->dim[0] : 1,
                            .m = da[o->trans_a],
                            .n = db[!o->trans_b],
                            .k = da[!o->trans_a] };
}

static int fwd_check(struct vg_graph *g, const struct vg_node *n)
{
    const struct matmul_attr *o = n->attr;
    const struct vg_tensor *a = n->in[A], *b = n->in[B], *bias = n->in[BIAS];

    VG_REQUIRE(g, a->rank == 2 || a->rank == 3, VG_ERR_SHAPE,
               "matmul: a is %s, wanted 2 or 3 dimensions", vg_shape_text(g, a));
    VG_REQUIRE(g, b->rank == a->rank && (a->rank == 2 || a->dim[0] == b->dim[0]), VG_ERR_SHAPE,
               "matmul: b is %s, wanted as many dimensions and matrices as a %s",
               vg_shape_text(g, b), vg_shape_text(g, a));
    const struct shape s = shape_of(a, b, o);
    VG_REQUIRE(g, b->dim[b->rank - 2 + o->trans_b] == s.k, VG_ERR_SHAPE,
               "matmul: b is %s%s, wanted a depth of %lld as a %s%s", vg_shape_text(g, b),
               o->trans_b ? " transposed" : "", (long long) s.k, vg_shape_text(g, a),
               o->trans_a ? " transposed" : "");
    VG_REQUIRE(g, !bias || vg_has_shape(bias, 1, &s.n), VG_ERR_SHAPE,
               "matmul: the bias is %s, wanted [%lld]", vg_shape_text(g, bias), (long long) s.n);
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *a = n->in[A];
    int rc = VG_OK;
    VG_TRY(fwd_check(g, n));
    const struct shape s = shape_of(a, n->in[B], n->attr);
    const int64_t dim[] = { s.count, s.m, s.n }, panels = vg_tile_packed_room(s.k, s.n);
    const int64_t room = vg_tile_splits_room(s.m, s.n, s.k, s.count);

    n->out[Y] = vg_temp(g, a->rank, dim + 3 - a->rank);
    if (!n->in[SHARED])
        n->out[PACKED] = vg_temp(g, 2, (int64_t[]) { s.count, panels });
    if (room > 1)
        n->out[PART] = vg_temp(g, 2, (int64_t[]) { room, s.count * s.m * s.n });
out:
    return rc;
}

// ---- launches -----------------------------------------------------------------------------------

// B as the kernel reads it: in place, or packed in panels of `columns`.
struct panels {
    const struct vg_tensor *b;
    int64_t panel, row, batch;   // steps in it
};

// Packing costs a pass over b, which pays where many rows go over it; in place, wide rows lie far
// apart and share few cache sets.
static bool stays_in_place(const struct shape *s, const struct matmul_attr *o, int64_t columns,
                           int64_t tile_rows)
{
    enum { NARROW = 128 };
    return !o->trans_b && s->n % columns == 0 && (s->m <= 2 * tile_rows || s->n <= NARROW);
}

static int panels_emit(struct vg_plan *p, const struct vg_node *n, const struct shape *s,
                       const struct vg_tiles *t, struct panels *b)
{
    const struct matmul_attr *o = n->attr;
    const int64_t panels = (int64_t) vg_ceil_div(s->n, t->columns);

    if (stays_in_place(s, o, t->columns, t->tile_rows)) {
        *b = (struct panels) { n->in[B], t->columns, s->n, s->k * s->n };
        return VG_OK;
    }
    *b = (struct panels) { vg_tile_panels_of(n, PACKED, SHARED), s->k * t->columns, t->columns,
                           panels * s->k * t->columns };
    if (n->in[SHARED])
        return VG_OK;
    const int wg = vg_plan_tunable(p, n, "WG");
    const size_t down = vg_ceil_div(s->k, o->trans_b ? VG_TILE_PACK : wg);
    const bool by_column = o->trans_b && t->local;
    const size_t across = by_column ? vg_ceil_div(panels * t->columns, wg) : (size_t) panels;
    return VG_LAUNCH(p, n, .kernel = o->trans_b ? "matmul_pack_columns" : "matmul_pack_rows",
                     .groups = { o->trans_b ? across : down, o->trans_b ? down : across,
                                 (size_t) s->count },
                     .args = { vg_arg(n->in[B]), vg_arg(b->b), vg_arg_int(s->k), vg_arg_int(s->n),
                               vg_arg_int(o->trans_b ? s->k : s->n), vg_arg_int(s->k * s->n) });
}

static int tiles_emit(struct vg_plan *p, const struct vg_node *n, const struct shape *s,
                      const struct vg_tiles *t, const struct panels *b, int64_t split,
                      int64_t splits)
{
    const struct matmul_attr *o = n->attr;
    const struct vg_tensor *bias = n->in[BIAS];
    const size_t z = t->blocks * (size_t) (splits * s->count);

    return VG_LAUNCH(p, n, .kernel = "matmul", .groups = { (size_t) t->block, t->across, z },
                     .args = { vg_arg(n->in[A]),
                               vg_arg(b->b),
                               vg_arg(n->out[splits > 1 ? PART : Y]),
                               vg_arg(bias ? bias : n->in[A]),
                               vg_arg_int(s->m),
                               vg_arg_int(s->n),
                               vg_arg_int(s->k),
                               vg_arg_int(o->trans_a ? 1 : s->k),
                               vg_arg_int(o->trans_a ? s->m : 1),
                               vg_arg_int(b->panel),
                               vg_arg_int(b->row),
                               vg_arg_int(s->m * s->k),
                               vg_arg_int(b->batch),
                               vg_arg_int(s->m * s->n),
                               vg_arg_int(s->n),
                               vg_arg_int((int64_t) t->blocks),
                               vg_arg_int(splits),
                               vg_arg_int(split),
                               vg_arg_float(o->alpha),
                               vg_arg_int(bias != NULL),
                               vg_arg_int(t->panels) });
}

static int reduce_emit(struct vg_plan *p, const struct vg_node *n, const struct shape *s,
                       int64_t splits)
{
    const struct matmul_attr *o = n->attr;
    const struct vg_tensor *bias = n->in[BIAS];

    return VG_LAUNCH(
        p, n, .kernel = "matmul_reduce",
        .groups = { vg_ceil_div(s->m * s->n, vg_plan_tunable(p, n, "WG")), (size_t) s->count },
        .args = { vg_arg(n->out[PART]), vg_arg(n->out[Y]), vg_arg(bias ? bias : n->in[A]),
                  vg_arg_int(s->m), vg_arg_int(s->n), vg_arg_int(s->m * s->n), vg_arg_int(s->n),
                  vg_arg_int(splits), vg_arg_float(o->alpha), vg_arg_int(bias != NULL) });
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct shape s = shape_of(n->in[A], n->in[B], n->attr);
    const struct vg_tiles t = vg_tiles_of(p, n, s.m, s.n, s.k, s.k);
    const int64_t room = n->out[PART] ? n->out[PART]->dim[0] : 1;
    const int64_t tiles = t.block * (int64_t) (t.across * t.blocks) * s.count;
    const int64_t wanted = vg_tile_splits(tiles, s.k, vg_tile_groups(p));
    const int64_t split = (int64_t) vg_ceil_div(s.k, wanted < room ? wanted : room);
    const int64_t splits = (int64_t) vg_ceil_div(s.k, split);
    struct panels b;
    int rc = VG_OK;

    VG_TRY(panels_emit(p, n, &s, &t, &b));
    VG_TRY(tiles_emit(p, n, &s, &t, &b, split, splits));
    if (splits > 1)
        VG_TRY(reduce_emit(p, n, &s, splits));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    const struct shape s = shape_of(n->in[A], n->in[B], n->attr);
    const double bias = n->in[BIAS] ? (double) s.n : 0, count = (double) s.count;
    return (struct vg_cost) { 2 * count * (double) s.m * (double) s.n * (double) s.k,
                              4 * (count * (double) (s.m * s.k + s.k * s.n + s.m * s.n) + bias) };
}

// ---- the bias's gradient: sums of dy's columns --------------------------------------------------

static const struct vg_source bias_source = {
    .parts = { "common", "vector", "columns" },
    .tunables = { VG_COLUMN_TUNABLES },
};

static int bias_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *dy = n->in[C_DY];
    const int64_t cols = vg_cols(dy);
    n->out[C_DB] = vg_temp(g, 1, &cols);
    n->out[C_PARTIAL] = vg_temp(g, 2, (int64_t[]) { vg_columns_room(vg_rows(dy)), cols });
    return VG_OK;
}

static int bias_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_tensor *dy = n->in[C_DY];
    return vg_columns_sum(p, n, vg_columns_of(p, n, vg_rows(dy), vg_cols(dy)), dy,
                          n->out[C_PARTIAL], n->out[C_DB], 1);
}

static struct vg_cost bias_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[C_DY], 1, 1);
}

static const struct vg_op matmul_bwd_bias = {
    .name = "matmul_bwd_bias",
    .source = &bias_source,
    .infer = bias_infer,
    .emit = bias_emit,
    .cost = bias_cost,
};

// ---- the operator -------------------------------------------------------------------------------

// The panels of an earlier product with the same weight, if that one made the same choices.
static struct vg_tensor *shared_panels(struct vg_graph *g, const struct vg_tensor *a,
                                       const struct vg_tensor *b, const struct matmul_attr *o)
{
    const struct vg_node *n = vg_tile_earlier(g, &vg_op_matmul, B, b);
    const struct matmul_attr *before = n ? n->attr : NULL;
    const bool same = n && vg_same_shape(n->in[A], a) && before->trans_a == o->trans_a &&
                      before->trans_b == o->trans_b;
    return same ? vg_tile_panels_of(n, PACKED, SHARED) : NULL;
}

static struct vg_tensor *product(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b,
                                 struct vg_tensor *bias, const struct matmul_attr *o)
{
    return VG_NODE(g, .op = &vg_op_matmul, .in = { a, b, bias, shared_panels(g, a, b, o) },
                   .attr = o, .attr_bytes = sizeof *o)
        ->out[Y];
}

static struct vg_tensor *gradient(struct vg_graph *g, struct vg_tensor *a, bool trans_a,
                                  struct vg_tensor *b, bool trans_b, double alpha)
{
    return product(g, a, b, NULL, &(struct matmul_attr) { trans_a, trans_b, alpha });
}

// With y = op(a) op(b):  d op(a) = dy op(b)^T,  d op(b) = op(a)^T dy; of a transposed operand the
// whole product is transposed.
static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct matmul_attr *o = n->attr;
    struct vg_tensor *a = n->in[A], *b = n->in[B], *bias = n->in[BIAS];
    struct vg_tensor *dy = vg_grad_of(g, n->out[Y]);

    if (bias && bias->needs_grad)
        vg_grad_add(g, bias, VG_NODE(g, .op = &matmul_bwd_bias, .in = { dy })->out[C_DB]);
    if (b->needs_grad)
        vg_grad_add(g, b,
                    o->trans_b ? gradient(g, dy, true, a, o->trans_a, o->alpha)
                               : gradient(g, a, !o->trans_a, dy, false, o->alpha));
    if (a->needs_grad)
        vg_grad_add(g, a,
                    o->trans_a ? gradient(g, b, o->trans_b, dy, true, o->alpha)
                               : gradient(g, dy, false, b, !o->trans_b, o->alpha));
    return vg_graph_status(g);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *a = vg_case_input(g, c, "a"), *b = vg_case_input(g, c, "b");
    return vg_matmul(g, a, b,
                     &(struct vg_matmul_opts) { .trans_a = vg_case_int(g, c, "ta", 0) != 0,
                                                .trans_b = vg_case_int(g, c, "tb", 0) != 0,
                                                .alpha = vg_case_float(g, c, "alpha", 1),
                                                .bias = vg_case_optional(g, c, "bias") });
}

const struct vg_op vg_op_matmul = {
    .name = "matmul",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_matmul(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b,
                            const struct vg_matmul_opts *o)
{
    const struct vg_matmul_opts none = { 0 };
    o = o ? o : &none;
    const struct matmul_attr attr = { o->trans_a, o->trans_b, o->alpha != 0 ? o->alpha : 1 };
    return product(g, a, b, o->bias, &attr);
}

struct vg_tensor *vg_linear(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *w,
                            struct vg_tensor *bias)
{
    const struct vg_matmul_opts o = { .trans_b = true, .bias = bias };
    if (x->rank == 2)
        return vg_matmul(g, x, w, &o);
    int64_t dim[VG_MAX_RANK];
    struct vg_tensor *rows = vg_reshape(g, x, 2, (int64_t[]) { vg_rows(x), vg_cols(x) });
    struct vg_tensor *y = vg_matmul(g, rows, w, &o);
    for (int i = 0; i < x->rank; i++)
        dim[i] = i < x->rank - 1 ? x->dim[i] : vg_cols(y);
    return vg_reshape(g, y, x->rank, dim);
}
