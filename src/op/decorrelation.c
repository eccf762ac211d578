#include "op/decorrelation.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/lossrows.h"

enum { C };              // forward takes
enum { LOSS, PART };     // forward makes; PART: one sum a group
enum { B_C, B_DLOSS };   // backward takes
enum { B_DC };           // backward makes

// Elements a group of the first launch sums: a constant, since it sets the size of PART.
enum { CHUNK = 4096 };

static const struct vg_source source = {
    .parts = { "common", "reduce", "lossrows", "decorrelation" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128, 256 } } },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *c = n->in[C];
    VG_REQUIRE(g, c->rank >= 2 && c->dim[c->rank - 1] == c->dim[c->rank - 2], VG_ERR_SHAPE,
               "decorrelation: c is %s, wanted [N, K, K]", vg_shape_text(g, c));
    n->out[LOSS] = vg_temp(g, 0, NULL);
    n->out[PART] = vg_temp(g, 1, (int64_t[]) { (int64_t) vg_ceil_div(vg_elems(c), CHUNK) });
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct vg_tensor *c = n->in[C];
    const int64_t parts = vg_elems(n->out[PART]);

    VG_TRY(VG_LAUNCH(p, n, .kernel = "decorrelation_fwd", .groups = { parts },
                     .args = { vg_arg(c), vg_arg(n->out[PART]), vg_arg_int(vg_elems(c)),
                               vg_arg_int(vg_cols(c)), vg_arg_int(CHUNK) }));
    VG_TRY(vg_lossrows_mean(p, n, n->out[PART], n->out[LOSS], vg_elems(c)));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[C], 2, 1);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DC] = vg_temp_like(g, n->in[B_C]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_tensor *c = n->in[B_C];
    return VG_LAUNCH(p, n, .kernel = "decorrelation_bwd",
                     .groups = { vg_ceil_div(vg_elems(c), vg_plan_tunable(p, n, "WG")) },
                     .args = { vg_arg(c), vg_arg(n->in[B_DLOSS]), vg_arg(n->out[B_DC]),
                               vg_arg_int(vg_elems(c)), vg_arg_int(vg_cols(c)),
                               vg_arg_float(2.0 / (double) vg_elems(c)) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_C], 1, 2);
}

static const struct vg_op decorrelation_bwd = {
    .name = "decorrelation_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &decorrelation_bwd, .in = { n->in[C], vg_grad_of(g, n->out[LOSS]) });
    return vg_grad_add(g, n->in[C], b->out[B_DC]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    return vg_decorrelation(g, vg_case_input(g, c, "c"));
}

const struct vg_op vg_op_decorrelation = {
    .name = "decorrelation",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_decorrelation(struct vg_graph *g, struct vg_tensor *c)
{
    return VG_NODE(g, .op = &vg_op_decorrelation, .in = { c })->out[LOSS];
}
