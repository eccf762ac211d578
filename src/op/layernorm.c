#include "op/layernorm.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/columns.h"
#include "op/rows.h"

enum { X, GAMMA, BETA };                                 // forward takes
enum { Y, MEAN, INV };                                   // forward makes
enum { B_X, B_DY, B_MEAN, B_INV, B_GAMMA };              // both backward nodes take
enum { B_DX };                                           // the one makes
enum { S_DGAMMA, S_DBETA, S_GAMMA_PART, S_BETA_PART };   // the other makes

struct layernorm_attr {
    double eps;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "columns", "rows", "layernorm" },
    .tunables = { VG_COLUMN_TUNABLES },
};

static int check_vector(struct vg_graph *g, const struct vg_tensor *t, const char *name,
                        int64_t cols)
{
    VG_REQUIRE(g, !t || vg_has_shape(t, 1, &cols), VG_ERR_SHAPE,
               "layernorm: %s is %s, wanted [%lld]", name, vg_shape_text(g, t), (long long) cols);
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    int rc = VG_OK;
    const struct layernorm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    VG_REQUIRE(g, x->rank >= 1, VG_ERR_SHAPE, "layernorm: x is a scalar");
    VG_REQUIRE(g, a->eps > 0, VG_ERR_VALUE, "layernorm: eps is %g, wanted > 0", a->eps);
    VG_REQUIRE(g, !n->in[GAMMA] == !n->in[BETA], VG_ERR_SHAPE,
               "layernorm: %s is missing, wanted gamma and beta or neither",
               n->in[GAMMA] ? "beta" : "gamma");
    VG_TRY(check_vector(g, n->in[GAMMA], "gamma", vg_cols(x)));
    VG_TRY(check_vector(g, n->in[BETA], "beta", vg_cols(x)));

    n->out[Y] = vg_temp_like(g, x);
    n->out[MEAN] = vg_temp(g, 1, (int64_t[]) { vg_rows(x) });
    n->out[INV] = vg_temp(g, 1, (int64_t[]) { vg_rows(x) });
out:
    return rc;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct layernorm_attr *a = n->attr;
    const struct vg_rows_tile t = vg_rows_of(p, n, vg_rows(n->in[X]), vg_cols(n->in[X]));
    return VG_LAUNCH(p, n, .kernel = "layernorm_fwd", .groups = { t.groups },
                     .defines = { VG_ROWS_DEFINES(t), { "AFFINE", n->in[GAMMA] != NULL } },
                     .args = { vg_arg(n->in[X]), vg_arg(n->in[GAMMA]), vg_arg(n->in[BETA]),
                               vg_arg(n->out[Y]), vg_arg(n->out[MEAN]), vg_arg(n->out[INV]),
                               vg_arg_int(t.rows), vg_arg_int(t.cols), vg_arg_int(t.per),
                               vg_arg_float(a->eps) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 8, 2);
}

// ---- dx -----------------------------------------------------------------------------------------

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, n->in[B_X]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_tensor *x = n->in[B_X];
    const struct vg_rows_tile t = vg_rows_of(p, n, vg_rows(x), vg_cols(x));
    return VG_LAUNCH(p, n, .kernel = "layernorm_bwd", .groups = { t.groups },
                     .defines = { VG_ROWS_DEFINES(t), { "AFFINE", n->in[B_GAMMA] != NULL } },
                     .args = { vg_arg(x), vg_arg(n->in[B_DY]), vg_arg(n->in[B_GAMMA]),
                               vg_arg(n->in[B_MEAN]), vg_arg(n->in[B_INV]), vg_arg(n->out[B_DX]),
                               vg_arg_int(t.rows), vg_arg_int(t.cols), vg_arg_int(t.per) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_X], 10, 3);
}

static const struct vg_op layernorm_bwd = {
    .name = "layernorm_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

// ---- dgamma and dbeta ---------------------------------------------------------------------------

static int sums_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *x = n->in[B_X];
    const int64_t part[] = { vg_columns_room(vg_rows(x)), vg_cols(x) };
    n->out[S_DGAMMA] = vg_temp(g, 1, part + 1);
    n->out[S_DBETA] = vg_temp(g, 1, part + 1);
    n->out[S_GAMMA_PART] = vg_temp(g, 2, part);
    n->out[S_BETA_PART] = vg_temp(g, 2, part);
    return VG_OK;
}

static int sums_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct vg_tensor *x = n->in[B_X];
    const struct vg_columns c = vg_columns_of(p, n, vg_rows(x), vg_cols(x));
    const struct vg_columns all = vg_columns_gather(c);
    VG_TRY(VG_LAUNCH(p, n, .kernel = "layernorm_bwd_sums", .groups = VG_COLUMN_GROUPS(c),
                     .defines = { VG_COLUMN_DEFINES(c) },
                     .args = { vg_arg(x), vg_arg(n->in[B_DY]), vg_arg(n->in[B_MEAN]),
                               vg_arg(n->in[B_INV]), vg_arg(n->out[S_GAMMA_PART]),
                               vg_arg(n->out[S_BETA_PART]), vg_arg_int(c.rows), vg_arg_int(c.cols),
                               vg_arg_int(c.per) }));
    VG_TRY(vg_columns_sum_stage(p, n, all, n->out[S_GAMMA_PART], n->out[S_DGAMMA], 1));
    VG_TRY(vg_columns_sum_stage(p, n, all, n->out[S_BETA_PART], n->out[S_DBETA], 1));
out:
    return rc;
}

static struct vg_cost sums_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_X], 5, 2);
}

static const struct vg_op layernorm_bwd_sums = {
    .name = "layernorm_bwd_sums",
    .source = &source,
    .infer = sums_infer,
    .emit = sums_emit,
    .cost = sums_cost,
};

// ---- both ---------------------------------------------------------------------------------------

static bool wants(const struct vg_tensor *t)
{
    return t && t->needs_grad;
}

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node_desc takes = {
        .in = { n->in[X], vg_grad_of(g, n->out[Y]), n->out[MEAN], n->out[INV], n->in[GAMMA] },
    };
    struct vg_node_desc dx = takes, sums = takes;
    dx.op = &layernorm_bwd;
    sums.op = &layernorm_bwd_sums;

    if (wants(n->in[GAMMA]) || wants(n->in[BETA])) {
        const struct vg_node *s = vg_node(g, &sums);
        vg_grad_add(g, n->in[GAMMA], s->out[S_DGAMMA]);
        vg_grad_add(g, n->in[BETA], s->out[S_DBETA]);
    }
    return wants(n->in[X]) ? vg_grad_add(g, n->in[X], vg_node(g, &dx)->out[B_DX])
                           : vg_graph_status(g);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x"), *gamma = vg_case_optional(g, c, "gamma");
    struct vg_tensor *beta = vg_case_optional(g, c, "beta");
    return vg_layernorm(g, x, gamma, beta, vg_case_float(g, c, "eps", 1e-6f));
}

const struct vg_op vg_op_layernorm = {
    .name = "layernorm",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_layernorm(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *gamma,
                               struct vg_tensor *beta, double eps)
{
    const struct layernorm_attr attr = { eps };
    return VG_NODE(g, .op = &vg_op_layernorm, .in = { x, gamma, beta }, VG_ATTR(attr))->out[Y];
}
