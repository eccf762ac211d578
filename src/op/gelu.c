#include "op/gelu.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { X };           // forward takes
enum { Y };           // forward makes
enum { B_X, B_DY };   // backward takes
enum { B_DX };        // backward makes

static const struct vg_source source = {
    .parts = { "common", "vector", "gelu" },
    .tunables = { VG_FLAT_TUNABLES },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    VG_REQUIRE(g, vg_is_real(n->in[X]), VG_ERR_SHAPE, "gelu: x holds whole numbers, wanted floats");
    n->out[Y] = vg_temp_like(g, n->in[X]);
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_flat f = vg_flat_of(p, n, vg_elems(n->in[X]));
    return VG_LAUNCH(p, n, .kernel = "gelu_fwd", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[X]), vg_arg(n->out[Y]), vg_arg_int(f.elems) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 4, 2);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp_like(g, n->in[B_DY]);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_flat f = vg_flat_of(p, n, vg_elems(n->in[B_DY]));
    return VG_LAUNCH(p, n, .kernel = "gelu_bwd", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[B_X]), vg_arg(n->in[B_DY]), vg_arg(n->out[B_DX]),
                               vg_arg_int(f.elems) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[B_DY], 9, 3);
}

static const struct vg_op gelu_bwd = {
    .name = "gelu_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
    .in_place = 1 + B_DY,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &gelu_bwd, .in = { n->in[X], vg_grad_of(g, n->out[Y]) });
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    const bool whole = vg_case_int(g, c, "whole", 0) != 0;   // for the refusal
    return vg_gelu(g, whole ? vg_case_input_i32(g, c, "x", 2) : vg_case_input(g, c, "x"));
}

const struct vg_op vg_op_gelu = {
    .name = "gelu",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
    .in_place = 1 + X,
};

struct vg_tensor *vg_gelu(struct vg_graph *g, struct vg_tensor *x)
{
    return VG_NODE(g, .op = &vg_op_gelu, .in = { x })->out[Y];
}
