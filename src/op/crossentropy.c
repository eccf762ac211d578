#include "op/crossentropy.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/lossrows.h"

enum { X, LABEL, TARGET };                         // forward takes one of LABEL and TARGET
enum { LOSS, HITS, LSE, ROW_LOSS, ROW_HIT };       // forward makes; hits with labels only
enum { B_X, B_LABEL, B_TARGET, B_LSE, B_DLOSS };   // backward takes
enum { B_DX };                                     // backward makes

struct crossentropy_attr {
    double scale;
};

static const struct vg_source source = {
    .parts = { "common", "reduce", "lossrows", "crossentropy" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128, 256 } } },
};

static int check_targets(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_tensor *x = n->in[X], *label = n->in[LABEL], *target = n->in[TARGET];
    if (target) {
        VG_REQUIRE(g, vg_same_shape(target, x), VG_ERR_SHAPE,
                   "crossentropy: the target is %s, wanted %s as the logits",
                   vg_shape_text(g, target), vg_shape_text(g, x));
        return VG_OK;
    }
    VG_REQUIRE(g, label->dtype == VG_I32, VG_ERR_VALUE,
               "crossentropy: the labels are not whole numbers");
    VG_REQUIRE(g, vg_elems(label) == vg_rows(x), VG_ERR_SHAPE,
               "crossentropy: %lld labels, wanted one for each of %lld rows",
               (long long) vg_elems(label), (long long) vg_rows(x));
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *x = n->in[X];
    const int64_t rows = vg_rows(x);

    VG_REQUIRE(g, x->rank >= 2, VG_ERR_SHAPE, "crossentropy: the logits are %s, wanted [R, K]",
               vg_shape_text(g, x));
    if (check_targets(g, n) != VG_OK)
        return vg_graph_status(g);
    n->out[LOSS] = vg_temp(g, 0, NULL);
    n->out[LSE] = vg_temp(g, 1, &rows);
    n->out[ROW_LOSS] = vg_temp(g, 1, &rows);
    if (n->in[LABEL]) {
        n->out[HITS] = vg_keep(g, vg_temp_i32(g, 0, NULL), NULL);
        n->out[ROW_HIT] = vg_temp_i32(g, 1, &rows);
    }
    return VG_OK;
}

// A work-item a row where rows are short, a work-group otherwise.
enum { SHORT = 64 };

static int lanes_of(struct vg_plan *p, const struct vg_node *n)
{
    return vg_cols(n->in[X]) <= SHORT ? 1 : vg_plan_tunable(p, n, "WG");
}

static size_t row_groups(struct vg_plan *p, const struct vg_node *n)
{
    return vg_ceil_div(vg_rows(n->in[X]) * lanes_of(p, n), vg_plan_tunable(p, n, "WG"));
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct crossentropy_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    const int64_t rows = vg_rows(x);

    VG_TRY(
        VG_LAUNCH(p, n, .kernel = "crossentropy_fwd", .groups = { row_groups(p, n) },
                  .defines = { { "LANES", lanes_of(p, n) }, { "SOFT", n->in[TARGET] != NULL } },
                  .args = { vg_arg(x), vg_arg(n->in[LABEL]), vg_arg(n->in[TARGET]),
                            vg_arg(n->out[LSE]), vg_arg(n->out[ROW_LOSS]), vg_arg(n->out[ROW_HIT]),
                            vg_arg_int(rows), vg_arg_int(vg_cols(x)), vg_arg_float(a->scale) }));
    VG_TRY(vg_lossrows_mean(p, n, n->out[ROW_LOSS], n->out[LOSS], rows));
    if (n->out[HITS])
        VG_TRY(
            VG_LAUNCH(p, n, .kernel = "lossrows_count",
                      .args = { vg_arg(n->out[ROW_HIT]), vg_arg(n->out[HITS]), vg_arg_int(rows) }));
out:
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    return vg_cost_node(n, 4.0 * (double) vg_elems(n->in[X]));
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, n->in[B_X]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct crossentropy_attr *a = n->attr;
    const struct vg_tensor *x = n->in[B_X];
    const int64_t rows = vg_rows(x);

    return VG_LAUNCH(p, n, .kernel = "crossentropy_bwd", .groups = { row_groups(p, n) },
                     .defines = { { "LANES", lanes_of(p, n) },
                                  { "SOFT", n->in[B_TARGET] != NULL } },
                     .args = { vg_arg(x), vg_arg(n->in[B_LABEL]), vg_arg(n->in[B_TARGET]),
                               vg_arg(n->in[B_LSE]), vg_arg(n->in[B_DLOSS]), vg_arg(n->out[B_DX]),
                               vg_arg_int(rows), vg_arg_int(vg_cols(x)), vg_arg_float(a->scale),
                               vg_arg_float(a->scale / (double) rows) });
}

static const struct vg_op crossentropy_bwd = {
    .name = "crossentropy_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    if (!n->in[X]->needs_grad)
        return VG_OK;
    const struct vg_node *b = VG_NODE(g, .op = &crossentropy_bwd,
                                      .in = { n->in[X], n->in[LABEL], n->in[TARGET], n->out[LSE],
                                              vg_grad_of(g, n->out[LOSS]) },
                                      VG_ATTR(*(const struct crossentropy_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    if (vg_case_has(c, "target")) {
        struct vg_tensor *target = vg_case_input(g, c, "target");
        target->needs_grad = false;
        return vg_crossentropy_soft(g, x, target, vg_case_float(g, c, "scale", 1));
    }
    struct vg_tensor *labels = vg_case_input_i32(g, c, "labels", (int) vg_cols(x));
    struct vg_tensor *loss = vg_crossentropy(g, x, labels);
    vg_keep(g, vg_crossentropy_hits(g, loss), "hits");
    return loss;
}

const struct vg_op vg_op_crossentropy = {
    .name = "crossentropy",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = cost,
    .from_case = from_case,
};

struct vg_tensor *vg_crossentropy(struct vg_graph *g, struct vg_tensor *logits,
                                  struct vg_tensor *labels)
{
    const struct crossentropy_attr attr = { 1 };
    return VG_NODE(g, .op = &vg_op_crossentropy, .in = { logits, labels }, VG_ATTR(attr))
        ->out[LOSS];
}

struct vg_tensor *vg_crossentropy_soft(struct vg_graph *g, struct vg_tensor *logits,
                                       struct vg_tensor *target, double scale)
{
    const struct crossentropy_attr attr = { scale };
    return VG_NODE(g, .op = &vg_op_crossentropy, .in = { logits, NULL, target }, VG_ATTR(attr))
        ->out[LOSS];
}

struct vg_tensor *vg_crossentropy_hits(struct vg_graph *g, const struct vg_tensor *loss)
{
    for (int i = vg_graph_nodes(g) - 1; i >= 0; i--) {
        const struct vg_node *n = vg_graph_node(g, i);
        if (n->op == &vg_op_crossentropy && n->out[LOSS] == loss && n->out[HITS])
            return n->out[HITS];
    }
    vg_graph_poison(g, VG_ERR_VALUE, "crossentropy: hits were asked of another loss");
    return vg_temp_i32(g, 0, NULL);
}
