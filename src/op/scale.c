#include "op/scale.h"

#include <math.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "op/flat.h"

enum { X };   // takes
enum { Y };   // makes

struct scale_attr {
    double factor;
};

static const struct vg_source source = {
    .parts = { "common", "vector", "scale" },
    .tunables = { VG_FLAT_TUNABLES },
};

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct scale_attr *a = n->attr;
    VG_REQUIRE(g, isfinite(a->factor), VG_ERR_VALUE, "scale: factor is %g, wanted a finite number",
               a->factor);
    n->out[Y] = vg_temp_like(g, n->in[X]);
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct scale_attr *a = n->attr;
    const struct vg_flat f = vg_flat_of(p, n, vg_elems(n->in[X]));
    return VG_LAUNCH(p, n, .kernel = "scale_fwd", .groups = { f.groups },
                     .defines = { VG_FLAT_DEFINES(f) },
                     .args = { vg_arg(n->in[X]), vg_arg(n->out[Y]), vg_arg_int(f.elems),
                               vg_arg_float(a->factor) });
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[X], 1, 2);
}

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct scale_attr *a = n->attr;
    return vg_grad_add(g, n->in[X], vg_scale(g, vg_grad_of(g, n->out[Y]), a->factor));
}

// times makes a factor that no suite can write, for the refusal.
static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    const float factor = vg_case_float(g, c, "factor", 2);
    const float times = vg_case_float(g, c, "times", 1);
    return vg_scale(g, vg_case_input(g, c, "x"), factor * times);
}

const struct vg_op vg_op_scale = {
    .name = "scale",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
    .in_place = 1 + X,
};

struct vg_tensor *vg_scale(struct vg_graph *g, struct vg_tensor *x, double factor)
{
    const struct scale_attr attr = { factor };
    if (factor == 1)
        return x;
    return VG_NODE(g, .op = &vg_op_scale, .in = { x }, VG_ATTR(attr))->out[Y];
}
