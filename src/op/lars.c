#include "op/lars.h"

#include "graph/segments.h"
#include "op/trained.h"

enum { LR };                // takes
enum { NORMS, SCALES };     // makes: squares by chunk [chunks, 2], rates by segment
enum { PARAM, MOMENTUM };   // places of a segment
enum { ADAPTED = 1 };       // flag of a segment

struct lars_attr {
    struct vg_segments segments;
    double eta, momentum, weight_decay;
};

static const struct vg_source source = {
    .parts = { "common", "reduce", "segments", "lars" },
    .tunables = VG_SEGMENT_TUNABLES,
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct lars_attr *a = n->attr;
    VG_REQUIRE(g, vg_elems(n->in[LR]) == 1, VG_ERR_SHAPE,
               "lars: the learning rate is %s, wanted one number", vg_shape_text(g, n->in[LR]));
    VG_REQUIRE(g, a->segments.count > 0, VG_ERR_VALUE, "lars: no parameter has a gradient");
    VG_REQUIRE(g, a->eta > 0, VG_ERR_VALUE, "lars: eta is %g, wanted > 0", a->eta);
    VG_REQUIRE(g, a->momentum >= 0 && a->momentum < 1, VG_ERR_VALUE,
               "lars: the momentum is %g, wanted 0 <= momentum < 1", a->momentum);
    VG_REQUIRE(g, a->weight_decay >= 0, VG_ERR_VALUE, "lars: the weight decay is %g, wanted >= 0",
               a->weight_decay);
    n->out[NORMS] = vg_temp(g, 2, (int64_t[]) { vg_segments_chunks(&a->segments), 2 });
    n->out[SCALES] = vg_temp(g, 1, (int64_t[]) { a->segments.count });
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK, chunks, segments;
    const struct lars_attr *a = n->attr;
    const int64_t count = vg_segments_chunks(&a->segments);

    VG_TRY(vg_segments_tables(p, &a->segments, &chunks, &segments));
    VG_TRY(VG_LAUNCH(p, n, .kernel = "lars_norms", .groups = { count },
                     .args = { vg_arg_slab(VG_PARAM), vg_arg_slab(VG_GRAD), vg_arg_table(chunks),
                               vg_arg(n->out[NORMS]) }));
    VG_TRY(VG_LAUNCH(p, n, .kernel = "lars_scales", .groups = { a->segments.count },
                     .args = { vg_arg_table(chunks), vg_arg_table(segments), vg_arg(n->out[NORMS]),
                               vg_arg(n->out[SCALES]), vg_arg_float(a->eta) }));
    VG_TRY(VG_LAUNCH(p, n, .kernel = "lars_update", .groups = { count },
                     .args = { vg_arg_slab(VG_PARAM), vg_arg_slab(VG_GRAD), vg_arg_slab(VG_STATE),
                               vg_arg_table(chunks), vg_arg(n->out[SCALES]), vg_arg(n->in[LR]),
                               vg_arg_float(a->momentum) }));
out:
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    const struct lars_attr *a = n->attr;
    const double elems = (double) vg_segments_elems(&a->segments);
    return (struct vg_cost) { 9 * elems, 7 * elems * sizeof(float) };
}

static bool is_q(const char *name)
{
    return !strcmp(name, "q");
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    struct vg_tensor *last = vg_case_trained(g, c);
    vg_lars(g, &(struct vg_lars_opts) { .lr = vg_case_number(g, c, "lr", 0.1f),
                                        .eta = vg_case_float(g, c, "eta", 0.001f),
                                        .momentum = vg_case_float(g, c, "momentum", 0.9f),
                                        .weight_decay = vg_case_float(g, c, "decay", 0),
                                        .excluded = is_q });
    vg_case_states(g, "optimizer.momentum.", (struct vg_init) { VG_INIT_NORMAL, 0.1, NULL });
    return last;
}

const struct vg_op vg_op_lars = {
    .name = "lars",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
};

int vg_lars(struct vg_graph *g, const struct vg_lars_opts *o)
{
    struct lars_attr attr = { vg_segments_trained(g), o->eta, o->momentum, o->weight_decay };
    vg_segments_add_state(g, &attr.segments, MOMENTUM, "optimizer.momentum");
    for (int i = 0; i < attr.segments.count; i++) {
        struct vg_segment *s = &attr.segments.list[i];
        const bool adapted = !o->excluded || !o->excluded(s->at[PARAM]->name);
        s->flags = adapted ? ADAPTED : 0;
        s->decay = adapted ? o->weight_decay : 0;
    }
    VG_NODE(g, .op = &vg_op_lars, .in = { o->lr }, VG_ATTR(attr));
    return vg_graph_status(g);
}
