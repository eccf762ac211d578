#include "op/batchnorm.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/columns.h"

enum { X, GAMMA, BETA, RESIDUAL, RUN_MEAN, RUN_VAR, COUNT };   // forward takes
enum { Y, MEAN, INV, MEAN_PART, M2_PART };                     // forward makes
enum { B_X, B_Y, B_DY, B_MEAN, B_INV, B_GAMMA };   // backward takes; Y for the rectifier
enum { B_DX, B_DGAMMA, B_DBETA, B_DRES, B_DGAMMA_PART, B_DBETA_PART };   // and makes

struct batchnorm_attr {
    double eps, momentum;
    bool eval, relu;
    bool x_grad, residual_grad, sums;   // what backward is to make; sums: dgamma and dbeta
};

static const struct vg_source source = {
    .parts = { "common", "vector", "columns", "batchnorm" },
    .tunables = { VG_COLUMN_TUNABLES },
};

// Whether every group of the second pass joins the splits for itself: where that is little beside
// the rows it goes over.
static bool finishes(struct vg_columns c)
{
    enum { MOST = 32, ROWS_A_SPLIT = 4 };
    return c.splits == 1 || (c.splits <= MOST && ROWS_A_SPLIT * (int64_t) c.splits <= c.per);
}

// One set for all launches of a node, so that they share a program.
#define DEFINES(c, a, gamma, residual, finish)                                                     \
    .defines = { VG_COLUMN_DEFINES(c),  { "AFFINE", (gamma) != NULL },                             \
                 { "RELU", (a)->relu }, { "RESIDUAL", (residual) != NULL },                        \
                 { "EVAL", (a)->eval }, { "FINISH", (finish) } }

// ---- forward ------------------------------------------------------------------------------------

static int check_vector(struct vg_graph *g, const struct vg_tensor *t, const char *name,
                        int64_t cols)
{
    VG_REQUIRE(g, t, VG_ERR_SHAPE, "batchnorm: %s is missing, wanted [%lld]", name,
               (long long) cols);
    VG_REQUIRE(g, vg_has_shape(t, 1, &cols), VG_ERR_SHAPE, "batchnorm: %s is %s, wanted [%lld]",
               name, vg_shape_text(g, t), (long long) cols);
    return VG_OK;
}

static int check_values(struct vg_graph *g, const struct vg_node *n)
{
    const struct batchnorm_attr *a = n->attr;
    VG_REQUIRE(g, a->eps > 0, VG_ERR_VALUE, "batchnorm: eps is %g, wanted > 0", a->eps);
    VG_REQUIRE(g, a->momentum >= 0 && a->momentum <= 1, VG_ERR_VALUE,
               "batchnorm: momentum is %g, wanted 0 to 1", a->momentum);
    VG_REQUIRE(g, a->eval || vg_rows(n->in[X]) >= 2, VG_ERR_SHAPE,
               "batchnorm: x is %s, wanted two rows or more in training",
               vg_shape_text(g, n->in[X]));
    VG_REQUIRE(g, !n->in[GAMMA] == !n->in[BETA], VG_ERR_SHAPE,
               "batchnorm: %s is missing, wanted gamma and beta or neither",
               n->in[GAMMA] ? "beta" : "gamma");
    return VG_OK;
}

static int check_shapes(struct vg_graph *g, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct vg_tensor *x = n->in[X], *residual = n->in[RESIDUAL], *count = n->in[COUNT];
    VG_REQUIRE(g, x->rank >= 1, VG_ERR_SHAPE, "batchnorm: x is a scalar");
    VG_TRY(check_values(g, n));
    if (n->in[GAMMA]) {
        VG_TRY(check_vector(g, n->in[GAMMA], "gamma", vg_cols(x)));
        VG_TRY(check_vector(g, n->in[BETA], "beta", vg_cols(x)));
    }
    VG_TRY(check_vector(g, n->in[RUN_MEAN], "the running mean", vg_cols(x)));
    VG_TRY(check_vector(g, n->in[RUN_VAR], "the running variance", vg_cols(x)));
    VG_REQUIRE(g, count && count->dtype == VG_I32 && vg_elems(count) == 1, VG_ERR_SHAPE,
               "batchnorm: the count is %s, wanted one whole number",
               count ? vg_shape_text(g, count) : "missing");
    VG_REQUIRE(g, !residual || vg_same_shape(x, residual), VG_ERR_SHAPE,
               "batchnorm: the residual is %s, wanted %s as x", vg_shape_text(g, residual),
               vg_shape_text(g, x));
out:
    return rc;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    int rc = VG_OK;
    const struct batchnorm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    VG_TRY(check_shapes(g, n));

    const int64_t part[] = { vg_columns_room(vg_rows(x)), vg_cols(x) };
    n->out[Y] = vg_temp_like(g, x);
    n->out[MEAN] = vg_temp(g, 1, part + 1);
    n->out[INV] = vg_temp(g, 1, part + 1);
    if (!a->eval) {
        n->out[MEAN_PART] = vg_temp(g, 2, part);
        n->out[M2_PART] = vg_temp(g, 2, part);
    }
out:
    return rc;
}

static int emit_stats(struct vg_plan *p, const struct vg_node *n, struct vg_columns c, bool finish)
{
    const struct batchnorm_attr *a = n->attr;
    return VG_LAUNCH(p, n, .kernel = "batchnorm_stats", .groups = VG_COLUMN_GROUPS(c),
                     DEFINES(c, a, n->in[GAMMA], n->in[RESIDUAL], finish),
                     .args = { vg_arg(n->in[X]), vg_arg(n->out[MEAN_PART]), vg_arg(n->out[M2_PART]),
                               vg_arg_int(c.rows), vg_arg_int(c.cols), vg_arg_int(c.per) });
}

// As cl/batchnorm.cl has them.
#define MOMENT_ARGS(n, c, a)                                                                       \
    vg_arg((n)->out[MEAN_PART]), vg_arg((n)->out[M2_PART]), vg_arg((n)->out[MEAN]),                \
        vg_arg((n)->out[INV]), vg_arg((n)->in[RUN_MEAN]), vg_arg((n)->in[RUN_VAR]),                \
        vg_arg((n)->in[COUNT]), vg_arg_int((c).rows), vg_arg_int((c).cols), vg_arg_int((c).per),   \
        vg_arg_int((int64_t) (c).splits), vg_arg_float((a)->eps), vg_arg_float((a)->momentum)

static int emit_finish(struct vg_plan *p, const struct vg_node *n, struct vg_columns c)
{
    const struct batchnorm_attr *a = n->attr;
    return VG_LAUNCH(p, n, .kernel = "batchnorm_finish", .groups = { c.chunks },
                     DEFINES(c, a, n->in[GAMMA], n->in[RESIDUAL], false),
                     .args = { MOMENT_ARGS(n, c, a) });
}

static int emit_running(struct vg_plan *p, const struct vg_node *n, struct vg_columns c)
{
    const struct batchnorm_attr *a = n->attr;
    return VG_LAUNCH(p, n, .kernel = "batchnorm_running", .groups = { c.chunks },
                     DEFINES(c, a, n->in[GAMMA], n->in[RESIDUAL], false),
                     .args = { vg_arg(n->in[RUN_MEAN]), vg_arg(n->in[RUN_VAR]),
                               vg_arg(n->out[MEAN]), vg_arg(n->out[INV]), vg_arg_int(c.cols),
                               vg_arg_float(a->eps) });
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct batchnorm_attr *a = n->attr;
    const struct vg_columns c = vg_columns_of(p, n, vg_rows(n->in[X]), vg_cols(n->in[X]));
    const bool finish = !a->eval && finishes(c);
    VG_TRY(a->eval ? emit_running(p, n, c) : emit_stats(p, n, c, finish));
    if (!a->eval && !finish)
        VG_TRY(emit_finish(p, n, c));
    VG_TRY(VG_LAUNCH(p, n, .kernel = "batchnorm_apply", .groups = VG_COLUMN_GROUPS(c),
                     DEFINES(c, a, n->in[GAMMA], n->in[RESIDUAL], finish),
                     .args = { vg_arg(n->in[X]), vg_arg(n->in[RESIDUAL]), vg_arg(n->in[GAMMA]),
                               vg_arg(n->in[BETA]), vg_arg(n->out[Y]), MOMENT_ARGS(n, c, a) }));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    const struct batchnorm_attr *a = n->attr;
    return vg_cost_each(n->in[X], a->eval ? 2 : 8, 2 + !a->eval + (n->in[RESIDUAL] != NULL));
}

// ---- backward -----------------------------------------------------------------------------------

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct batchnorm_attr *a = n->attr;
    const struct vg_tensor *x = n->in[B_X];
    const int64_t part[] = { vg_columns_room(vg_rows(x)), vg_cols(x) };

    if (a->x_grad)
        n->out[B_DX] = vg_temp_like(g, x);
    if (a->residual_grad)
        n->out[B_DRES] = vg_temp_like(g, x);
    n->out[B_DGAMMA] = vg_temp(g, 1, part + 1);
    n->out[B_DBETA] = vg_temp(g, 1, part + 1);
    n->out[B_DGAMMA_PART] = vg_temp(g, 2, part);
    n->out[B_DBETA_PART] = vg_temp(g, 2, part);
    return VG_OK;
}

static int emit_sums(struct vg_plan *p, const struct vg_node *n, struct vg_columns c, bool finish)
{
    int rc = VG_OK;
    const struct batchnorm_attr *a = n->attr;
    VG_TRY(VG_LAUNCH(p, n, .kernel = "batchnorm_bwd_sums", .groups = VG_COLUMN_GROUPS(c),
                     DEFINES(c, a, n->in[B_GAMMA], n->out[B_DRES], finish),
                     .args = { vg_arg(n->in[B_X]), vg_arg(n->in[B_Y]), vg_arg(n->in[B_DY]),
                               vg_arg(n->in[B_MEAN]), vg_arg(n->in[B_INV]),
                               vg_arg(n->out[B_DBETA_PART]), vg_arg(n->out[B_DGAMMA_PART]),
                               vg_arg(n->out[B_DRES]), vg_arg_int(c.rows), vg_arg_int(c.cols),
                               vg_arg_int(c.per) }));
    if (!finish)
        VG_TRY(VG_LAUNCH(p, n, .kernel = "batchnorm_bwd_finish", .groups = { c.chunks },
                         DEFINES(c, a, n->in[B_GAMMA], n->out[B_DRES], finish),
                         .args = { vg_arg(n->out[B_DBETA_PART]), vg_arg(n->out[B_DGAMMA_PART]),
                                   vg_arg(n->out[B_DBETA]), vg_arg(n->out[B_DGAMMA]),
                                   vg_arg_int(c.cols), vg_arg_int(c.splits) }));
out:
    return rc;
}

// Once dresidual is written it is the masked dy, and y need not be read again.
static int emit_dx(struct vg_plan *p, const struct vg_node *n, struct vg_columns c, bool finish)
{
    const struct batchnorm_attr *a = n->attr;
    const struct vg_tensor *dz = a->residual_grad ? n->out[B_DRES] : n->in[B_DY];
    return VG_LAUNCH(p, n, .kernel = "batchnorm_bwd_apply", .groups = VG_COLUMN_GROUPS(c),
                     DEFINES(c, a, n->in[B_GAMMA], n->out[B_DRES], finish),
                     .args = { vg_arg(n->in[B_X]), vg_arg(n->in[B_Y]), vg_arg(dz),
                               vg_arg(n->in[B_MEAN]), vg_arg(n->in[B_INV]), vg_arg(n->in[B_GAMMA]),
                               vg_arg(n->out[B_DBETA_PART]), vg_arg(n->out[B_DGAMMA_PART]),
                               vg_arg(n->out[B_DBETA]), vg_arg(n->out[B_DGAMMA]),
                               vg_arg(n->out[B_DX]), vg_arg_int(c.rows), vg_arg_int(c.cols),
                               vg_arg_int(c.per), vg_arg_int(c.splits) });
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct batchnorm_attr *a = n->attr;
    const struct vg_columns c = vg_columns_of(p, n, vg_rows(n->in[B_X]), vg_cols(n->in[B_X]));
    const bool sums = a->sums || a->residual_grad, finish = sums && a->x_grad && finishes(c);
    if (sums)
        VG_TRY(emit_sums(p, n, c, finish));
    if (a->x_grad)
        VG_TRY(emit_dx(p, n, c, finish));
out:
    return rc;
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    const struct batchnorm_attr *a = n->attr;
    const bool sums = a->sums || a->residual_grad, again = a->relu && !a->residual_grad;
    const double first = sums ? 2 + a->relu + a->residual_grad : 0;
    const double second = a->x_grad ? 3 - a->eval + again : 0;
    return vg_cost_each(n->in[B_X], (sums ? 6 : 0) + (a->x_grad ? (a->eval ? 2 : 6) : 0),
                        first + second);
}

static const struct vg_op batchnorm_bwd = {
    .name = "batchnorm_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static bool wants(const struct vg_tensor *t)
{
    return t && t->needs_grad;
}

// Without a rectifier the residual's gradient is dy itself.
static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    struct batchnorm_attr attr = *(const struct batchnorm_attr *) n->attr;
    struct vg_tensor *dy = vg_grad_of(g, n->out[Y]);
    attr.x_grad = wants(n->in[X]);
    attr.residual_grad = attr.relu && wants(n->in[RESIDUAL]);
    attr.sums = wants(n->in[GAMMA]) || wants(n->in[BETA]) || (attr.x_grad && !attr.eval);

    const struct vg_node *b = VG_NODE(g, .op = &batchnorm_bwd,
                                      .in = { n->in[X], attr.relu ? n->out[Y] : NULL, dy,
                                              n->out[MEAN], n->out[INV], n->in[GAMMA] },
                                      VG_ATTR(attr));
    vg_grad_add(g, n->in[X], b->out[B_DX]);
    vg_grad_add(g, n->in[GAMMA], b->out[B_DGAMMA]);
    vg_grad_add(g, n->in[BETA], b->out[B_DBETA]);
    return vg_grad_add(g, n->in[RESIDUAL], attr.residual_grad ? b->out[B_DRES] : dy);
}

// ---- case ---------------------------------------------------------------------------------------

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    const int64_t states = vg_case_int(g, c, "states", vg_cols(x));   // another: for a refusal
    const struct vg_init normal = { VG_INIT_NORMAL, 1, NULL }, one = { VG_INIT_CONST, 1.5, NULL };
    const struct vg_batchnorm_opts o = {
        .mean = vg_state(g, "running_mean", 1, &states, normal),
        .var = vg_state(g, "running_var", 1, &states, one),
        .count = vg_state_i32(g, "count", 0, NULL),
        .eps = vg_case_float(g, c, "eps", 1e-5f),
        .momentum = vg_case_float(g, c, "momentum", 0.1f),
        .eval = vg_case_int(g, c, "eval", 0) != 0,
        .relu = vg_case_int(g, c, "relu", 0) != 0,
        .residual = vg_case_optional(g, c, "residual"),
    };
    struct vg_tensor *gamma = vg_case_optional(g, c, "gamma");
    return vg_batchnorm(g, x, gamma, vg_case_optional(g, c, "beta"), &o);
}

static struct vg_tensor *decision(const struct vg_node *n)
{
    return ((const struct batchnorm_attr *) n->attr)->relu ? n->out[Y] : NULL;
}

const struct vg_op vg_op_batchnorm = {
    .name = "batchnorm",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
    .decision = decision,
};

struct vg_tensor *vg_batchnorm(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *gamma,
                               struct vg_tensor *beta, const struct vg_batchnorm_opts *o)
{
    const struct batchnorm_attr attr = {
        .eps = o->eps,
        .momentum = o->momentum,
        .eval = o->eval,
        .relu = o->relu,
    };
    return VG_NODE(g, .op = &vg_op_batchnorm,
                   .in = { x, gamma, beta, o->residual, o->mean, o->var, o->count }, VG_ATTR(attr))
        ->out[Y];
}
