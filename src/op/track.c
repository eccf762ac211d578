#include "op/track.h"

#include "graph/case.h"
#include "graph/plan.h"

enum { STATE, X };   // takes; makes STATE again

struct track_attr {
    double keep;
};

static const struct vg_source source = {
    .parts = { "common", "track" },
    .tunables = { { "WG", 64, 256, { 16, 64, 128, 256 } } },
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct track_attr *a = n->attr;
    const struct vg_tensor *x = n->in[X];
    struct vg_tensor *state = n->in[STATE];

    VG_REQUIRE(g, state->kind == VG_STATE && vg_is_real(state), VG_ERR_VALUE,
               "track: what is written is not a state");
    VG_REQUIRE(g, vg_elems(x) == vg_elems(state), VG_ERR_SHAPE,
               "track: x is %s, wanted the elements of the state %s", vg_shape_text(g, x),
               vg_shape_text(g, state));
    VG_REQUIRE(g, a->keep >= 0 && a->keep <= 1, VG_ERR_VALUE, "track: keep is %g, wanted 0 .. 1",
               a->keep);
    n->out[0] = state;
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct track_attr *a = n->attr;
    const int64_t elems = vg_elems(n->in[STATE]);
    return VG_LAUNCH(p, n, .kernel = "track",
                     .groups = { vg_ceil_div(elems, vg_plan_tunable(p, n, "WG")) },
                     .args = { vg_arg(n->in[STATE]), vg_arg(n->in[X]), vg_arg_int(elems),
                               vg_arg_float(a->keep), vg_arg_float(1 - a->keep) });
}

static struct vg_cost cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[STATE], 3, 3);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    x->needs_grad = false;
    const int64_t more = x->dim[0] + vg_case_int(g, c, "longer", 0);
    struct vg_tensor *state = x;
    if (!vg_case_int(g, c, "same", 0))
        state = vg_state(g, "state", 1, (int64_t[]) { vg_elems(x) / x->dim[0] * more },
                         (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    return vg_track(g, state, x, vg_case_float(g, c, "keep", 0.9f));
}

const struct vg_op vg_op_track = {
    .name = "track",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
};

struct vg_tensor *vg_track(struct vg_graph *g, struct vg_tensor *state, struct vg_tensor *x,
                           double keep)
{
    const struct track_attr attr = { keep };
    return VG_NODE(g, .op = &vg_op_track, .in = { state, x }, VG_ATTR(attr))->out[0];
}
