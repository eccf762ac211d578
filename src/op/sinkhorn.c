#include "op/sinkhorn.h"

#include "graph/case.h"
#include "graph/plan.h"

enum { PROBS };             // takes
enum { Y, FACTOR, PART };   // makes; FACTOR [K] is a, PART [parts, K] sums of blocks of rows

enum { MOST_COLS = 256 };
enum { BLOCK = 512 };   // rows a group sums: a constant, since it sets the size of PART

struct sinkhorn_attr {
    int iterations;
};

static const struct vg_source source = {
    .parts = { "common", "reduce", "sinkhorn" },
    .tunables = { { "WG", 16, 64, { 8, 16, 32, 64, 128 } } },
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct sinkhorn_attr *a = n->attr;
    const struct vg_tensor *x = n->in[PROBS];

    VG_REQUIRE(g, x->rank == 2 && x->dim[1] <= MOST_COLS, VG_ERR_SHAPE,
               "sinkhorn: probs is %s, wanted [R, K] with K at most %d", vg_shape_text(g, x),
               MOST_COLS);
    VG_REQUIRE(g, a->iterations > 0, VG_ERR_VALUE, "sinkhorn: %d iterations, wanted 1 or more",
               a->iterations);
    n->out[Y] = vg_temp_like(g, x);
    n->out[FACTOR] = vg_temp(g, 1, &x->dim[1]);
    n->out[PART] =
        vg_temp(g, 2, (int64_t[]) { (int64_t) vg_ceil_div(x->dim[0], BLOCK), x->dim[1] });
    return VG_OK;
}

static int launch(struct vg_plan *p, const struct vg_node *n, const char *kernel, size_t groups,
                  bool first)
{
    const struct vg_tensor *x = n->in[PROBS];
    return VG_LAUNCH(p, n, .kernel = kernel, .groups = { groups },
                     .defines = { { "COLS", (int) x->dim[1] }, { "FIRST", first } },
                     .args = { vg_arg(x), vg_arg(n->out[Y]), vg_arg(n->out[FACTOR]),
                               vg_arg(n->out[PART]), vg_arg_int(x->dim[0]), vg_arg_int(BLOCK),
                               vg_arg_int(n->out[PART]->dim[0]) });
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const struct sinkhorn_attr *a = n->attr;
    const struct vg_tensor *x = n->in[PROBS], *part = n->out[PART];

    for (int i = 0; i < a->iterations; i++) {
        VG_TRY(launch(p, n, "sinkhorn_part", part->dim[0], i == 0));
        VG_TRY(launch(p, n, "sinkhorn_factor", x->dim[1], i == 0));
    }
    VG_TRY(
        launch(p, n, "sinkhorn_apply", vg_ceil_div(x->dim[0], vg_plan_tunable(p, n, "WG")), false));
out:
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    const int i = ((const struct sinkhorn_attr *) n->attr)->iterations;
    return vg_cost_each(n->in[PROBS], 4.0 * i + 3, i + 2.0);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *x = vg_case_input(g, c, "x");
    x->needs_grad = false;
    x->init = (struct vg_init) { VG_INIT_POSITIVE, 1, NULL };
    return vg_sinkhorn(g, x, (int) vg_case_int(g, c, "iterations", 3));
}

const struct vg_op vg_op_sinkhorn = {
    .name = "sinkhorn",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
};

struct vg_tensor *vg_sinkhorn(struct vg_graph *g, struct vg_tensor *probs, int iterations)
{
    const struct sinkhorn_attr attr = { iterations };
    return VG_NODE(g, .op = &vg_op_sinkhorn, .in = { probs }, VG_ATTR(attr))->out[Y];
}
