#include "op/dropout.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { X, STEP };   // both directions take x or dy
enum { Y };         // and make y or dx

struct dropout_attr {
    double rate;
    uint64_t seed;
    int stream;   // of the forward node; its own index is not known before it is made
};

static const struct vg_source source = {
    .parts = { "common", "vector", "rng", "dropout" },
    .tunables = { VG_FLAT_TUNABLES },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct dropout_attr *a = n->attr;
    VG_REQUIRE(g, a->rate >= 0 && a->rate < 1, VG_ERR_VALUE,
               "dropout: rate is %g, wanted 0 or more and less than 1", a->rate);
    n->out[Y] = vg_temp_like(g, n->in[X]);
    return VG_OK;
}

// Numbers are drawn 16 or 4 at a time, or one by one where the tensor or the device is for less.
static struct vg_flat flat_of(struct vg_plan *p, const struct vg_node *n, int64_t elems)
{
    enum { WORK = 8 };
    const int most = vg_flat_vec(elems, vg_plan_tunable(p, n, "VECTOR"));
    return vg_flat_work_of(p, n, elems, most >= 16 ? 16 : most >= 4 ? 4 : 1, WORK);
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct dropout_attr *a = n->attr;
    const int64_t elems = vg_elems(n->in[X]);
    const struct vg_flat f = flat_of(p, n, elems);
    return VG_LAUNCH(p, n, .kernel = "dropout_apply", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[X]), vg_arg(n->in[STEP]), vg_arg(n->out[Y]),
                               vg_arg_int(f.elems), vg_arg_int((int32_t) a->seed),
                               vg_arg_int((int32_t) (a->seed >> 32)), vg_arg_int(a->stream),
                               vg_arg_float(a->rate), vg_arg_float(1 / (1 - a->rate)) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 1, 2);
}

static const struct vg_op dropout_bwd = {
    .name = "dropout_bwd",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .cost = fwd_cost,
    .in_place = 1 + X,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &dropout_bwd, .in = { vg_grad_of(g, n->out[Y]), n->in[STEP] },
                VG_ATTR(*(const struct dropout_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[Y]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    return vg_dropout(g, vg_case_input(g, c, "x"), vg_case_float(g, c, "rate", 0.1f));
}

const struct vg_op vg_op_dropout = {
    .name = "dropout",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
    .in_place = 1 + X,
};

struct vg_tensor *vg_dropout(struct vg_graph *g, struct vg_tensor *x, double rate)
{
    if (rate == 0)
        return x;
    const struct dropout_attr attr = { rate, vg_graph_seed(g), vg_graph_nodes(g) };
    return VG_NODE(g, .op = &vg_op_dropout, .in = { x, vg_step_input(g) }, VG_ATTR(attr))->out[Y];
}
