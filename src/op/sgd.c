#include "op/sgd.h"

#include "graph/segments.h"
#include "op/trained.h"

enum { LR };                // takes
enum { PARAM, MOMENTUM };   // places of a segment

struct sgd_attr {
    struct vg_segments segments;
    double momentum;
};

static const struct vg_source source = {
    .parts = { "common", "segments", "sgd" },
    .tunables = VG_SEGMENT_TUNABLES,
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct sgd_attr *a = n->attr;
    VG_REQUIRE(g, vg_elems(n->in[LR]) == 1, VG_ERR_SHAPE,
               "sgd: the learning rate is %s, wanted one number", vg_shape_text(g, n->in[LR]));
    VG_REQUIRE(g, a->segments.count > 0, VG_ERR_VALUE, "sgd: no parameter has a gradient");
    VG_REQUIRE(g, a->momentum >= 0 && a->momentum < 1, VG_ERR_VALUE,
               "sgd: the momentum is %g, wanted 0 <= momentum < 1", a->momentum);
    for (int i = 0; i < a->segments.count; i++)
        VG_REQUIRE(g, a->segments.list[i].decay >= 0, VG_ERR_VALUE,
                   "sgd: the weight decay is %g, wanted >= 0", a->segments.list[i].decay);
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK, chunks, segments;
    const struct sgd_attr *a = n->attr;

    VG_TRY(vg_segments_tables(p, &a->segments, &chunks, &segments));
    VG_TRY(
        VG_LAUNCH(p, n, .kernel = "sgd", .groups = { vg_segments_chunks(&a->segments) },
                  .args = { vg_arg_slab(VG_PARAM), vg_arg_slab(VG_GRAD), vg_arg_slab(VG_STATE),
                            vg_arg_table(chunks), vg_arg(n->in[LR]), vg_arg_float(a->momentum) }));
out:
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    const struct sgd_attr *a = n->attr;
    const double elems = (double) vg_segments_elems(&a->segments);
    return (struct vg_cost) { 6 * elems, 5 * elems * sizeof(float) };
}

static bool is_vector(const struct vg_tensor *param)
{
    return param->rank == 1;
}

static float slower_q(const struct vg_tensor *param)
{
    return strcmp(param->name, "q") ? 1 : 0.5f;
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *last = vg_case_trained(g, c);
    vg_sgd(g, &(struct vg_sgd_opts) { .lr = vg_case_number(g, c, "lr", 0.1f),
                                      .momentum = vg_case_float(g, c, "momentum", 0.9f),
                                      .weight_decay = vg_case_float(g, c, "decay", 1e-4f),
                                      .no_decay = is_vector,
                                      .rate = slower_q });
    vg_case_states(g, "optimizer.momentum.", (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    return last;
}

const struct vg_op vg_op_sgd = {
    .name = "sgd",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
};

int vg_sgd(struct vg_graph *g, const struct vg_sgd_opts *o)
{
    struct sgd_attr attr = { vg_segments_trained(g), o->momentum };
    vg_segments_add_state(g, &attr.segments, MOMENTUM, "optimizer.momentum");
    for (int i = 0; i < attr.segments.count; i++) {
        struct vg_segment *s = &attr.segments.list[i];
        s->decay = o->no_decay && o->no_decay(s->at[PARAM]) ? 0 : o->weight_decay;
        s->rate = o->rate ? o->rate(s->at[PARAM]) : 1;
    }
    VG_NODE(g, .op = &vg_op_sgd, .in = { o->lr }, VG_ATTR(attr));
    return vg_graph_status(g);
}
