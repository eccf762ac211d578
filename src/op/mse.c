#include "op/mse.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/lossrows.h"

enum { X, TARGET };                // forward takes
enum { LOSS, ROW_LOSS };           // forward makes
enum { B_X, B_TARGET, B_DLOSS };   // backward takes
enum { B_DX };                     // backward makes

static const struct vg_source source = {
    .parts = { "common", "reduce", "lossrows", "mse" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128, 256 } } },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *x = n->in[X];
    const int64_t rows = vg_rows(x);

    VG_REQUIRE(g, x->rank >= 1, VG_ERR_SHAPE, "mse: x is a scalar");
    VG_REQUIRE(g, vg_same_shape(n->in[TARGET], x), VG_ERR_SHAPE,
               "mse: the target is %s, wanted %s as x", vg_shape_text(g, n->in[TARGET]),
               vg_shape_text(g, x));
    n->out[LOSS] = vg_temp(g, 0, NULL);
    n->out[ROW_LOSS] = vg_temp(g, 1, &rows);
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct vg_tensor *x = n->in[X];
    const int64_t rows = vg_rows(x);

    VG_TRY(VG_LAUNCH(p, n, .kernel = "mse_fwd", .groups = { rows },
                     .args = { vg_arg(x), vg_arg(n->in[TARGET]), vg_arg(n->out[ROW_LOSS]),
                               vg_arg_int(vg_cols(x)) }));
    VG_TRY(vg_lossrows_mean(p, n, n->out[ROW_LOSS], n->out[LOSS], vg_elems(x)));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 3, 2);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, n->in[B_X]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_tensor *x = n->in[B_X];
    return VG_LAUNCH(p, n, .kernel = "mse_bwd", .groups = { vg_rows(x) },
                     .args = { vg_arg(x), vg_arg(n->in[B_TARGET]), vg_arg(n->in[B_DLOSS]),
                               vg_arg(n->out[B_DX]), vg_arg_int(vg_cols(x)),
                               vg_arg_float(2.0 / (double) vg_elems(x)) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_X], 2, 3);
}

static const struct vg_op mse_bwd = {
    .name = "mse_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &mse_bwd, .in = { n->in[X], n->in[TARGET], vg_grad_of(g, n->out[LOSS]) });
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x"), *target = vg_case_input(g, c, "target");
    target->needs_grad = false;
    return vg_mse(g, x, target);
}

const struct vg_op vg_op_mse = {
    .name = "mse",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_mse(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *target)
{
    return VG_NODE(g, .op = &vg_op_mse, .in = { x, target })->out[LOSS];
}
