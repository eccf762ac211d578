#include "op/cosine_loss.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/lossrows.h"

enum { P, Z };                        // forward takes
enum { LOSS, STAT, ROW_LOSS };        // forward makes; STAT [rows, 3]: 1/|p|, 1/|z|, cosine
enum { B_P, B_Z, B_STAT, B_DLOSS };   // backward takes
enum { B_DP, B_DZ };                  // backward makes

static const struct vg_source source = {
    .parts = { "common", "reduce", "lossrows", "cosine_loss" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128, 256 } } },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *p = n->in[P], *z = n->in[Z];
    const int64_t rows = vg_rows(p);

    VG_REQUIRE(g, p->rank >= 1, VG_ERR_SHAPE, "cosine_loss: p is a scalar");
    VG_REQUIRE(g, vg_same_shape(z, p), VG_ERR_SHAPE, "cosine_loss: z is %s, wanted %s as p",
               vg_shape_text(g, z), vg_shape_text(g, p));
    n->out[LOSS] = vg_temp(g, 0, NULL);
    n->out[STAT] = vg_temp(g, 2, (int64_t[]) { rows, 3 });
    n->out[ROW_LOSS] = vg_temp(g, 1, &rows);
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct vg_tensor *x = n->in[P];
    const int64_t rows = vg_rows(x);

    VG_TRY(VG_LAUNCH(p, n, .kernel = "cosine_loss_fwd", .groups = { rows },
                     .args = { vg_arg(x), vg_arg(n->in[Z]), vg_arg(n->out[STAT]),
                               vg_arg(n->out[ROW_LOSS]), vg_arg_int(vg_cols(x)) }));
    VG_TRY(vg_lossrows_mean(p, n, n->out[ROW_LOSS], n->out[LOSS], rows));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, 6.0 * (double) vg_elems(n->in[P]));
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    for (int i = 0; i < 2; i++)
        if (n->in[i]->needs_grad)
            n->out[i] = vg_temp_like(g, n->in[i]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_tensor *x = n->in[B_P];
    const int64_t rows = vg_rows(x);

    return VG_LAUNCH(p, n, .kernel = "cosine_loss_bwd", .groups = { rows },
                     .defines = { { "HAS_DP", n->out[B_DP] != NULL },
                                  { "HAS_DZ", n->out[B_DZ] != NULL } },
                     .args = { vg_arg(x), vg_arg(n->in[B_Z]), vg_arg(n->in[B_STAT]),
                               vg_arg(n->in[B_DLOSS]), vg_arg(n->out[B_DP]), vg_arg(n->out[B_DZ]),
                               vg_arg_int(vg_cols(x)), vg_arg_float(2.0 / (double) rows) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    const int made = (n->out[B_DP] != NULL) + (n->out[B_DZ] != NULL);
    return vg_cost_node(n, 4.0 * made * (double) vg_elems(n->in[B_P]));
}

static const struct vg_op cosine_loss_bwd = {
    .name = "cosine_loss_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &cosine_loss_bwd,
                .in = { n->in[P], n->in[Z], n->out[STAT], vg_grad_of(g, n->out[LOSS]) });
    for (int i = P; i <= Z; i++)
        if (n->in[i]->needs_grad)
            vg_grad_add(g, n->in[i], b->out[i]);
    return vg_graph_status(g);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *p = vg_case_input(g, c, "p"), *z = vg_case_input(g, c, "z");
    z->needs_grad = vg_case_int(g, c, "zgrad", 1) != 0;
    // Rows of a case with small=1 are shorter than the clamp, about 1e-14.
    if (vg_case_int(g, c, "small", 0))
        p->init.scale = 1e-14;
    return vg_cosine_loss(g, p, z);
}

const struct vg_op vg_op_cosine_loss = {
    .name = "cosine_loss",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_cosine_loss(struct vg_graph *g, struct vg_tensor *p, struct vg_tensor *z)
{
    return VG_NODE(g, .op = &vg_op_cosine_loss, .in = { p, z })->out[LOSS];
}
