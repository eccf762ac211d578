#include "op/combine.h"

#include <math.h>
#include <stdio.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"

enum { TOTAL };      // forward makes
enum { B_DTOTAL };   // backward takes
enum { B_DTERM };    // backward makes

struct combine_attr {
    int count;
    double weight[VG_COMBINE_TERMS];
};

struct term_attr {
    double weight;
    struct vg_tensor *term;   // for its shape
};

static const struct vg_source source = { .parts = { "common", "combine" } };

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct combine_attr *a = n->attr;
    VG_REQUIRE(g, a->count >= 1 && a->count <= VG_COMBINE_TERMS, VG_ERR_VALUE,
               "combine: %d terms, wanted 1 to %d", a->count, VG_COMBINE_TERMS);
    for (int i = 0; i < a->count; i++) {
        VG_REQUIRE(g, vg_elems(n->in[i]) == 1, VG_ERR_SHAPE,
                   "combine: term %d is %s, wanted one element", i, vg_shape_text(g, n->in[i]));
        VG_REQUIRE(g, isfinite(a->weight[i]), VG_ERR_VALUE,
                   "combine: weight %d is %g, wanted a finite number", i, a->weight[i]);
    }
    n->out[TOTAL] = vg_temp(g, 0, NULL);
    return VG_OK;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct combine_attr *a = n->attr;
    struct vg_launch l = { .kernel = "combine_fwd", .defines = { { "COUNT", a->count } } };
    int at = 0;
    l.args[at++] = vg_arg(n->out[TOTAL]);
    for (int i = 0; i < VG_COMBINE_TERMS; i++) {
        l.args[at++] = vg_arg(i < a->count ? n->in[i] : NULL);
        l.args[at++] = vg_arg_float(a->weight[i]);
    }
    return vg_plan_launch(p, n, &l);
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, 2.0 * n->ins);
}

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    n->out[B_DTERM] = vg_temp_like(g, ((const struct term_attr *) n->attr)->term);
    return VG_OK;
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct term_attr *a = n->attr;
    return VG_LAUNCH(p, n, .kernel = "combine_bwd",
                     .args = { vg_arg(n->in[B_DTOTAL]), vg_arg(n->out[B_DTERM]),
                               vg_arg_float(a->weight) });
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, 1);
}

static const struct vg_op combine_bwd = {
    .name = "combine_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct combine_attr *a = n->attr;
    struct vg_tensor *dtotal = vg_grad_of(g, n->out[TOTAL]);
    for (int i = 0; i < a->count; i++) {
        if (!n->in[i]->needs_grad)
            continue;
        const struct term_attr attr = { a->weight[i], n->in[i] };
        const struct vg_node *b = VG_NODE(g, .op = &combine_bwd, .in = { dtotal }, VG_ATTR(attr));
        vg_grad_add(g, n->in[i], b->out[B_DTERM]);
    }
    return vg_graph_status(g);
}

// Inputs are t0, t1, ...; each weight is minus half the one before.
static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *terms[VG_COMBINE_TERMS + 1];
    double weights[VG_COMBINE_TERMS + 1], weight = vg_case_float(g, c, "first", 1);
    const int count = (int) vg_case_int(g, c, "terms", 2);
    for (int i = 0; i < count && i <= VG_COMBINE_TERMS; i++) {
        char name[8];
        snprintf(name, sizeof name, "t%d", i % 100);
        terms[i] = vg_case_input(g, c, name);
        weights[i] = weight;
        weight *= -0.5f;
    }
    return vg_combine(g, count, terms, weights);
}

const struct vg_op vg_op_combine = {
    .name = "combine",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_combine(struct vg_graph *g, int count, struct vg_tensor *const terms[],
                             const double weights[])
{
    struct combine_attr attr = { .count = count };
    struct vg_node_desc d = { .op = &vg_op_combine, VG_ATTR(attr) };
    for (int i = 0; i < count && i < VG_COMBINE_TERMS; i++) {
        attr.weight[i] = weights[i];
        d.in[i] = terms[i];
    }
    return vg_node(g, &d)->out[TOTAL];
}
