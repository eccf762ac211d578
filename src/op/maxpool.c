#include "op/maxpool.h"

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { X };               // forward takes
enum { Y, WHICH };        // forward makes
enum { B_WHICH, B_DY };   // backward takes
enum { B_DX };            // backward makes

struct maxpool_attr {
    struct vg_maxpool_opts o;
    int64_t dim[4];   // of x, for backward
};

static const struct vg_source source = {
    .parts = { "common", "vector", "maxpool" },
    .tunables = { VG_FLAT_TUNABLES, { "ACROSS", 4, 1, { 1, 2, 4 } } },
};

static int check(struct vg_graph *g, const struct vg_tensor *x, const struct vg_maxpool_opts *o)
{
    VG_REQUIRE(g, x->rank == 4, VG_ERR_SHAPE, "maxpool: x is %s, wanted [N, H, W, C]",
               vg_shape_text(g, x));
    VG_REQUIRE(g, o->kernel >= 1 && o->stride >= 1, VG_ERR_VALUE,
               "maxpool: kernel %d and stride %d, wanted >= 1", o->kernel, o->stride);
    VG_REQUIRE(g, o->pad >= 0 && o->pad <= o->kernel / 2, VG_ERR_VALUE,
               "maxpool: pad is %d, wanted 0 to %d, half the kernel", o->pad, o->kernel / 2);
    VG_REQUIRE(g, x->dim[1] + 2 * o->pad >= o->kernel && x->dim[2] + 2 * o->pad >= o->kernel,
               VG_ERR_SHAPE, "maxpool: x is %s, smaller than a window of %d", vg_shape_text(g, x),
               o->kernel);
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    int rc = VG_OK;
    const struct vg_maxpool_opts *o = &((const struct maxpool_attr *) n->attr)->o;
    const struct vg_tensor *x = n->in[X];
    VG_TRY(check(g, x, o));

    const int64_t dim[] = { x->dim[0], (x->dim[1] + 2 * o->pad - o->kernel) / o->stride + 1,
                            (x->dim[2] + 2 * o->pad - o->kernel) / o->stride + 1, x->dim[3] };
    n->out[Y] = vg_temp(g, 4, dim);
    n->out[WHICH] = vg_temp_i32(g, 4, dim);
out:
    return rc;
}

// A work-item's vectors stay within a place's channels; a group has whole turns of them.
struct division {
    struct vg_flat f;
    int units;
};

static struct division divide(struct vg_plan *p, const struct vg_node *n, const struct vg_tensor *t)
{
    enum { WORK = 4 };
    struct division d = { .f = vg_flat_work_of(p, n, vg_elems(t), vg_cols(t), WORK) };
    d.units = vg_flat_vec(vg_cols(t) / d.f.vec, vg_plan_tunable(p, n, "ACROSS"));
    const int64_t turn = (int64_t) vg_plan_tunable(p, n, "WG") * d.f.vec * d.units;
    d.f.span = (int) (vg_ceil_div(d.f.span, turn) * turn);
    d.f.groups = vg_ceil_div(d.f.elems, d.f.span);
    return d;
}

#define DEFINES(d, o)                                                                              \
    .defines = { VG_FLAT_DEFINES((d).f),                                                           \
                 { "UNITS", (d).units },                                                           \
                 { "KERNEL", (o)->kernel },                                                        \
                 { "STRIDE", (o)->stride },                                                        \
                 { "PAD", (o)->pad } }

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_maxpool_opts *o = &((const struct maxpool_attr *) n->attr)->o;
    const struct vg_tensor *x = n->in[X], *y = n->out[Y];
    const struct division d = divide(p, n, y);
    return VG_LAUNCH(p, n, .kernel = "maxpool_fwd", .groups = { d.f.groups }, DEFINES(d, o),
                     .args = { vg_arg(x), vg_arg(y), vg_arg(n->out[WHICH]), vg_arg_int(d.f.elems),
                               vg_arg_int(x->dim[1]), vg_arg_int(x->dim[2]), vg_arg_int(y->dim[1]),
                               vg_arg_int(y->dim[2]), vg_arg_int(y->dim[3]) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    const struct vg_maxpool_opts *o = &((const struct maxpool_attr *) n->attr)->o;
    return vg_cost_node(n, (double) vg_elems(n->out[Y]) * o->kernel * o->kernel);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DX] = vg_temp(g, 4, ((const struct maxpool_attr *) n->attr)->dim);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct vg_maxpool_opts *o = &((const struct maxpool_attr *) n->attr)->o;
    const struct vg_tensor *dy = n->in[B_DY], *dx = n->out[B_DX];
    const struct division d = divide(p, n, dx);
    return VG_LAUNCH(p, n, .kernel = "maxpool_bwd", .groups = { d.f.groups }, DEFINES(d, o),
                     .args = { vg_arg(n->in[B_WHICH]), vg_arg(dy), vg_arg(dx),
                               vg_arg_int(d.f.elems), vg_arg_int(dx->dim[1]),
                               vg_arg_int(dx->dim[2]), vg_arg_int(dy->dim[1]),
                               vg_arg_int(dy->dim[2]), vg_arg_int(dx->dim[3]) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, (double) vg_elems(n->in[B_DY]));
}

static const struct vg_op maxpool_bwd = {
    .name = "maxpool_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct vg_node *b =
        VG_NODE(g, .op = &maxpool_bwd, .in = { n->out[WHICH], vg_grad_of(g, n->out[Y]) },
                VG_ATTR(*(const struct maxpool_attr *) n->attr));
    return vg_grad_add(g, n->in[X], b->out[B_DX]);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    const struct vg_maxpool_opts o = {
        .kernel = (int) vg_case_int(g, c, "kernel", 3),
        .stride = (int) vg_case_int(g, c, "stride", 2),
        .pad = (int) vg_case_int(g, c, "pad", 1),
    };
    return vg_maxpool(g, vg_case_input(g, c, "x"), &o);
}

static struct vg_tensor *decision(const struct vg_node *n)
{
    return n->out[WHICH];
}

const struct vg_op vg_op_maxpool = {
    .name = "maxpool",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
    .decision = decision,
};

struct vg_tensor *vg_maxpool(struct vg_graph *g, struct vg_tensor *x,
                             const struct vg_maxpool_opts *o)
{
    struct maxpool_attr attr = { .o = *o };
    for (int i = 0; i < 4; i++)
        attr.dim[i] = x->dim[i];
    return VG_NODE(g, .op = &vg_op_maxpool, .in = { x }, VG_ATTR(attr))->out[Y];
}
