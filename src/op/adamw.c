#include "op/adamw.h"

#include <math.h>

#include "graph/segments.h"
#include "op/trained.h"

enum { LR, M_SCALE, V_SCALE };   // takes
enum { PARAM, M, V };            // places of a segment

struct adamw_attr {
    struct vg_segments segments;
    double beta1, beta2, eps;
};

static const struct vg_source source = {
    .parts = { "common", "segments", "adamw" },
    .tunables = VG_SEGMENT_TUNABLES,
};

static int check_numbers(struct vg_graph *g, const struct vg_node *n)
{
    static const char *const names[] = { "the learning rate", "m_scale", "v_scale" };
    for (int i = LR; i <= V_SCALE; i++)
        VG_REQUIRE(g, vg_elems(n->in[i]) == 1, VG_ERR_SHAPE, "adamw: %s is %s, wanted one number",
                   names[i], vg_shape_text(g, n->in[i]));
    return VG_OK;
}

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct adamw_attr *a = n->attr;
    if (check_numbers(g, n) != VG_OK)
        return vg_graph_status(g);
    VG_REQUIRE(g, a->segments.count > 0, VG_ERR_VALUE, "adamw: no parameter has a gradient");
    VG_REQUIRE(g, a->beta1 >= 0 && a->beta1 < 1 && a->beta2 >= 0 && a->beta2 < 1, VG_ERR_VALUE,
               "adamw: the betas are %g and %g, wanted 0 <= beta < 1", a->beta1, a->beta2);
    VG_REQUIRE(g, a->eps > 0, VG_ERR_VALUE, "adamw: eps is %g, wanted > 0", a->eps);
    for (int i = 0; i < a->segments.count; i++)
        VG_REQUIRE(g, a->segments.list[i].decay >= 0, VG_ERR_VALUE,
                   "adamw: the weight decay is %g, wanted >= 0", a->segments.list[i].decay);
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK, chunks, segments;
    const struct adamw_attr *a = n->attr;

    VG_TRY(vg_segments_tables(p, &a->segments, &chunks, &segments));
    VG_TRY(VG_LAUNCH(p, n, .kernel = "adamw", .groups = { vg_segments_chunks(&a->segments) },
                     .args = { vg_arg_slab(VG_PARAM), vg_arg_slab(VG_GRAD), vg_arg_slab(VG_STATE),
                               vg_arg_table(chunks), vg_arg(n->in[LR]), vg_arg(n->in[M_SCALE]),
                               vg_arg(n->in[V_SCALE]), vg_arg_float(a->beta1),
                               vg_arg_float(1 - a->beta1), vg_arg_float(a->beta2),
                               vg_arg_float(1 - a->beta2), vg_arg_float(a->eps) }));
out:
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    const struct adamw_attr *a = n->attr;
    const double elems = (double) vg_segments_elems(&a->segments);
    return (struct vg_cost) { 14 * elems, 7 * elems * sizeof(float) };
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
    const float beta1 = vg_case_float(g, c, "beta1", 0.9f);
    const float beta2 = vg_case_float(g, c, "beta2", 0.95f);
    const int64_t t = vg_case_int(g, c, "t", 3);
    struct vg_tensor *last = vg_case_trained(g, c);
    vg_adamw(g, &(struct vg_adamw_opts) {
                    .lr = vg_case_number(g, c, "lr", 0.01f),
                    .m_scale = vg_case_number(g, c, "m_scale", (float) vg_adamw_m_scale(beta1, t)),
                    .v_scale = vg_case_number(g, c, "v_scale", (float) vg_adamw_v_scale(beta2, t)),
                    .beta1 = beta1,
                    .beta2 = beta2,
                    .eps = vg_case_float(g, c, "eps", 1e-8f),
                    .weight_decay = vg_case_float(g, c, "decay", 0.05f),
                    .no_decay = is_vector,
                    .rate = slower_q });
    vg_case_states(g, "optimizer.m.", (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    vg_case_states(g, "optimizer.v.", (struct vg_init) { VG_INIT_POSITIVE, 1, NULL });
    return last;
}

const struct vg_op vg_op_adamw = {
    .name = "adamw",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
    .by_sign = true,
};

int vg_adamw(struct vg_graph *g, const struct vg_adamw_opts *o)
{
    struct adamw_attr attr = { vg_segments_trained(g), o->beta1, o->beta2, o->eps };
    vg_segments_add_state(g, &attr.segments, M, "optimizer.m");
    vg_segments_add_state(g, &attr.segments, V, "optimizer.v");
    for (int i = 0; i < attr.segments.count; i++) {
        struct vg_segment *s = &attr.segments.list[i];
        s->decay = o->no_decay && o->no_decay(s->at[PARAM]) ? 0 : o->weight_decay;
        s->rate = o->rate ? o->rate(s->at[PARAM]) : 1;
    }
    VG_NODE(g, .op = &vg_op_adamw, .in = { o->lr, o->m_scale, o->v_scale }, VG_ATTR(attr));
    return vg_graph_status(g);
}

double vg_adamw_m_scale(double beta1, int64_t t)
{
    return 1 / (1 - pow(beta1, (double) t));
}

double vg_adamw_v_scale(double beta2, int64_t t)
{
    return 1 / sqrt(1 - pow(beta2, (double) t));
}
