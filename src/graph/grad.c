#include "graph/grad.h"

#include <string.h>

#include "graph/grad_join.h"
#include "graph/graph_private.h"
#include "graph/plan.h"

// ---- the nodes of the graph itself --------------------------------------------------------------

static const struct vg_source source = {
    .parts = { "common", "graph" },
    .tunables = { { "WG", 64, 256, { 64, 128, 256 } } },
};

// Both may write into memory that is given: attr then names the tensor.
struct into_attr {
    struct vg_tensor *out;
};

static int into_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct into_attr *a = n->attr;
    VG_REQUIRE(g, !n->in[1] || vg_elems(n->in[0]) == vg_elems(n->in[1]), VG_ERR_SHAPE,
               "gradients of %s and %s do not add", vg_shape_text(g, n->in[0]),
               vg_shape_text(g, n->in[1]));
    n->out[0] = a->out ? a->out : vg_temp_like(g, n->in[0]);
    return VG_OK;
}

static int into_emit(struct vg_plan *p, const struct vg_node *n, const char *kernel)
{
    enum { ELEMS = 4 };   // by a work-item, as cl/graph.cl has it
    const int64_t elems = vg_elems(n->in[0]);
    return VG_LAUNCH(p, n, .kernel = kernel,
                     .groups = { vg_ceil_div(elems, ELEMS * vg_plan_tunable(p, n, "WG")) },
                     .args = { vg_arg(n->in[0]), vg_arg(n->in[1]), vg_arg(n->out[0]),
                               vg_arg_int(elems) });
}

static int sum_emit(struct vg_plan *p, const struct vg_node *n)
{
    return into_emit(p, n, "graph_sum");
}

static int copy_emit(struct vg_plan *p, const struct vg_node *n)
{
    return into_emit(p, n, "graph_copy");
}

static struct vg_cost sum_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[0], 1, 3);
}

static struct vg_cost copy_cost(const struct vg_node *n)
{
    return vg_cost_each(n->in[0], 0, 2);
}

const struct vg_op vg_op_grad_sum = {
    .name = "grad_sum",
    .source = &source,
    .infer = into_infer,
    .emit = sum_emit,
    .cost = sum_cost,
    .in_place = 1,
};

const struct vg_op vg_op_grad_copy = {
    .name = "grad_copy",
    .source = &source,
    .infer = into_infer,
    .emit = copy_emit,
    .cost = copy_cost,
};

static int clear_infer(struct vg_graph *g, struct vg_node *n)
{
    return VG_OK;
}

static int clear_emit(struct vg_plan *p, const struct vg_node *n)
{
    enum { ELEMS = 4 };
    const size_t each = vg_dtype_size(vg_graph_real_of(vg_plan_graph(p)));
    const int64_t elems = (int64_t) (vg_plan_memory(p)->bytes[VG_GRAD] / each);
    return VG_LAUNCH(p, n, .kernel = "graph_clear",
                     .groups = { vg_ceil_div(elems, ELEMS * vg_plan_tunable(p, n, "WG")) },
                     .args = { vg_arg_slab(VG_GRAD), vg_arg_int(elems) });
}

const struct vg_op vg_op_grad_clear = {
    .name = "grad_clear",
    .source = &source,
    .infer = clear_infer,
    .emit = clear_emit,
};

void vg_graph_accumulate(struct vg_graph *g, int batches)
{
    g->batches = batches;
    if (batches < 2)
        return;
    vg_graph_pass(g, VG_PREPARE);
    VG_NODE(g, .op = &vg_op_grad_clear);
    vg_graph_pass(g, VG_FORWARD);
}

static struct vg_tensor *add_into(struct vg_graph *g, struct vg_tensor *a, struct vg_tensor *b,
                                  struct vg_tensor *out)
{
    const struct into_attr attr = { out };
    return VG_NODE(g, .op = b ? &vg_op_grad_sum : &vg_op_grad_copy, .in = { a, b }, VG_ATTR(attr))
        ->out[0];
}

// ---- gathering ----------------------------------------------------------------------------------

struct vg_tensor *vg_grad_of(struct vg_graph *g, struct vg_tensor *y)
{
    return y->grad ? y->grad : vg_zeros(g, y->rank, y->dim);
}

// The place of x's gradient in the slab, as a tensor of x's shape; x may be a reshaped parameter.
static struct vg_tensor *slot_view(struct vg_graph *g, const struct vg_tensor *x)
{
    const struct vg_tensor *owner = x;
    while (owner->base)
        owner = owner->base;
    struct vg_tensor *t = graph_tensor(g, VG_GRAD, VG_F32, x->rank, x->dim);
    t->base = owner->grad_slot;
    return t;
}

static bool has_views(const struct vg_graph *g, const struct vg_tensor *t)
{
    for (int i = t->index + 1; i < g->tensor_count; i++)
        if (g->tensors[i]->base == t)
            return true;
    return false;
}

// Whether dx is nobody else's, so that the node that made it may write elsewhere.
static bool is_own(const struct vg_graph *g, const struct vg_tensor *dx)
{
    return dx->kind == VG_TEMP && !dx->base && !dx->keep && !dx->is_grad && !has_views(g, dx);
}

// The node that made dx writes straight into the slab where it may; else dx is copied.
static int first_for_param(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *dx)
{
    struct vg_tensor *slot = slot_view(g, x);
    if (g->batches > 1) {   // it holds what the batches before this one have left
        x->grad = add_into(g, slot, dx, slot);
        return vg_graph_status(g);
    }
    if (!is_own(g, dx)) {
        x->grad = add_into(g, dx, NULL, slot);
        return vg_graph_status(g);
    }
    dx->kind = VG_GRAD;
    dx->base = slot->base;
    x->grad = dx;
    return VG_OK;
}

static int add_for_param(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *dx)
{
    if (!x->grad)
        return first_for_param(g, x, dx);
    if (is_own(g, dx) && vg_grad_wait(g, x, dx))
        return vg_graph_status(g);
    x->grad = add_into(g, x->grad, dx, slot_view(g, x));
    return vg_graph_status(g);
}

int vg_grad_add(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *dx)
{
    if (vg_graph_status(g) != VG_OK)
        return vg_graph_status(g);
    if (!x || !x->needs_grad)
        return VG_OK;
    VG_REQUIRE(g, vg_elems(x) == vg_elems(dx), VG_ERR_SHAPE, "the gradient of %s has shape %s",
               vg_shape_text(g, x), vg_shape_text(g, dx));
    if (x->base)   // a reshape: what it gets is its base's
        return vg_grad_add(g, x->base, dx);
    if (x->kind == VG_PARAM)
        return add_for_param(g, x, dx);

    if (dx->kind == VG_GRAD)   // a later sum would change it in place
        dx = add_into(g, dx, NULL, NULL);
    dx = vg_reshape(g, dx, x->rank, x->dim);
    x->grad = x->grad ? add_into(g, x->grad, dx, NULL) : dx;
    x->grad->is_grad = true;
    return vg_graph_status(g);
}

// A view's gradient for operators that ask for it: that of the tensor below, in the view's shape.
static struct vg_tensor *reached(struct vg_graph *g, struct vg_tensor *y)
{
    if (y->grad || !y->base || !y->needs_grad)
        return y->grad;
    struct vg_tensor *below = reached(g, y->base);
    return below ? vg_reshape(g, below, y->rank, y->dim) : NULL;
}

static bool wants_backward(struct vg_graph *g, const struct vg_node *n)
{
    bool arrived = false, needed = false;
    for (int i = 0; i < n->outs; i++)
        arrived = arrived || (n->out[i] && reached(g, n->out[i]));
    for (int i = 0; i < n->ins; i++)
        needed = needed || (n->in[i] && n->in[i]->needs_grad);
    return arrived && needed && n->op->grad;
}

int vg_graph_backward_from(struct vg_graph *g, int count, struct vg_tensor *const y[],
                           struct vg_tensor *const dy[])
{
    const enum vg_pass pass = g->pass;
    const char *scope = g->scope;

    g->pass = VG_BACKWARD;
    for (int i = 0; i < count; i++)
        vg_grad_add(g, y[i], dy[i]);
    for (int i = g->node_count - 1; i >= 0 && g->status == VG_OK; i--) {
        const struct vg_node *n = g->nodes[i];
        if (n->pass != VG_FORWARD || !wants_backward(g, n))
            continue;
        g->scope = n->scope;
        n->op->grad(g, n);
    }
    vg_grad_join(g);
    g->scope = scope;
    g->pass = pass;
    return g->status;
}

int vg_graph_backward(struct vg_graph *g, struct vg_tensor *loss)
{
    const float one = g->batches > 1 ? 1 / (float) g->batches : 1;
    if (g->status != VG_OK)
        return g->status;
    VG_REQUIRE(g, vg_elems(loss) == 1, VG_ERR_SHAPE, "the loss is %s, wanted one element",
               vg_shape_text(g, loss));
    struct vg_tensor *seed = vg_const(g, "one", loss->rank, loss->dim, &one);
    return vg_graph_backward_from(g, 1, &loss, &seed);
}
