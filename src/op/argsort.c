#include "op/argsort.h"

#include "graph/case.h"
#include "graph/plan.h"

enum { X };             // takes
enum { ORDER, RANK };   // makes

static const struct vg_source source = {
    .parts = { "common", "argsort" },
    .tunables = { { "WG", 16, 64, { 16, 32, 64, 128 } } },
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct vg_tensor *x = n->in[X];
    VG_REQUIRE(g, x->rank == 2 && vg_is_real(x), VG_ERR_SHAPE,
               "argsort: x is %s, wanted [R, C] of floats", vg_shape_text(g, x));
    n->out[ORDER] = vg_temp_i32(g, 2, x->dim);
    n->out[RANK] = vg_temp_i32(g, 2, x->dim);
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_tensor *x = n->in[X];
    return VG_LAUNCH(p, n, .kernel = "argsort",
                     .groups = { vg_ceil_div(vg_elems(x), vg_plan_tunable(p, n, "WG")) },
                     .args = { vg_arg(x), vg_arg(n->out[ORDER]), vg_arg(n->out[RANK]),
                               vg_arg_int(vg_rows(x)), vg_arg_int(vg_cols(x)) });
}

static struct vg_cost cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], (double) vg_cols(n->in[X]), 3);
}

// equal=1: all numbers are the same, so that places alone decide.
static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    x->needs_grad = false;
    if (vg_case_int(g, c, "equal", 0))
        x->init = (struct vg_init) { VG_INIT_CONST, 0.5, NULL };
    const struct vg_order o = vg_argsort(g, x);
    vg_keep(g, o.rank, "rank");
    return o.order;
}

const struct vg_op vg_op_argsort = {
    .name = "argsort",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
};

struct vg_order vg_argsort(struct vg_graph *g, struct vg_tensor *x)
{
    const struct vg_node *n = VG_NODE(g, .op = &vg_op_argsort, .in = { x });
    return (struct vg_order) { n->out[ORDER], n->out[RANK] };
}
