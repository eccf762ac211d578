#include "op/ema.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "graph/segments.h"
#include "op/trained.h"

enum { M };                // takes
enum { ONLINE, TARGET };   // places of a segment

struct ema_attr {
    const struct vg_graph *g;   // the pairs are not known before the whole of it is
    const char *online, *target;
};

static const struct vg_source source = {
    .parts = { "common", "segments", "ema" },
    .tunables = VG_SEGMENT_TUNABLES,
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    const struct ema_attr *a = n->attr;
    VG_REQUIRE(g, vg_elems(n->in[M]) == 1, VG_ERR_SHAPE, "ema: m is %s, wanted one number",
               vg_shape_text(g, n->in[M]));
    VG_REQUIRE(g, a->online[0] && a->target[0], VG_ERR_VALUE,
               "ema: a prefix is empty, wanted those of two branches");
    return VG_OK;
}

// ---- pairs --------------------------------------------------------------------------------------

static bool is_online(const struct ema_attr *a, const struct vg_tensor *t)
{
    return t->kind == VG_PARAM && !t->base && !strncmp(t->name, a->online, strlen(a->online));
}

static const struct vg_tensor *counterpart(const struct ema_attr *a, const struct vg_tensor *t)
{
    char *name = vg_format("%s%s", a->target, t->name + strlen(a->online));
    const struct vg_tensor *target = vg_graph_find(a->g, name);
    free(name);
    return target && target->kind == VG_STATE && vg_same_shape(target, t) ? target : NULL;
}

static int find_pairs(const struct ema_attr *a, struct vg_segments *s)
{
    for (int i = 0; i < vg_graph_tensors(a->g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(a->g, i);
        if (!is_online(a, t))
            continue;
        const struct vg_tensor *target = counterpart(a, t);
        if (!target)
            return vg_fail(VG_ERR_VALUE, "ema: %s has no frozen counterpart of its shape under %s",
                           t->name, a->target);
        s->list[s->count++] = (struct vg_segment) { .at = { t, target }, .rate = 1 };
    }
    if (s->count == 0)
        return vg_fail(VG_ERR_VALUE, "ema: no parameter's name begins with %s", a->online);
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK, chunks, segments;
    const struct ema_attr *a = n->attr;
    struct vg_segments s = { vg_alloc(vg_graph_tensors(a->g), sizeof *s.list), 0 };

    VG_TRY(find_pairs(a, &s));
    VG_TRY(vg_segments_tables(p, &s, &chunks, &segments));
    VG_TRY(VG_LAUNCH(p, n, .kernel = "ema", .groups = { vg_segments_chunks(&s) },
                     .args = { vg_arg_slab(VG_PARAM), vg_arg_slab(VG_STATE), vg_arg_table(chunks),
                               vg_arg(n->in[M]) }));
out:
    free(s.list);
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    const struct ema_attr *a = n->attr;
    double elems = 0;
    for (int i = 0; i < vg_graph_tensors(a->g); i++)
        if (is_online(a, vg_graph_tensor(a->g, i)))
            elems += (double) vg_elems(vg_graph_tensor(a->g, i));
    return (struct vg_cost) { 3 * elems, 3 * elems * sizeof(float) };
}

// Shapes x, y, z are parameters of the two branches; the node comes before them.
static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    static const char *const keys[] = { "x", "y", "z" };
    const struct vg_init normal = { VG_INIT_NORMAL, 1, NULL };
    struct vg_tensor *last = NULL;

    vg_ema(g, vg_case_number(g, c, "m", 0.996f), vg_case_int(g, c, "nowhere", 0) ? "" : "online.",
           "target.");
    for (int i = 0; i < 3; i++) {
        if (!vg_case_has(c, keys[i]))
            continue;
        struct vg_tensor *x = vg_case_input(g, c, keys[i]);
        x->needs_grad = false;
        vg_scope_push(g, "online");
        vg_param(g, keys[i], x->rank, x->dim, normal);
        vg_scope_pop(g);
        vg_graph_freeze(g, true);
        vg_scope_push(g, "target");
        last = vg_param(g, keys[i], x->rank, x->dim, normal);
        vg_scope_pop(g);
        vg_graph_freeze(g, false);
    }
    return last;
}

const struct vg_op vg_op_ema = {
    .name = "ema",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
    .from_case = from_case,
};

int vg_ema(struct vg_graph *g, struct vg_tensor *m, const char *online, const char *target)
{
    const struct ema_attr attr = { g, vg_graph_copy(g, online, strlen(online) + 1),
                                   vg_graph_copy(g, target, strlen(target) + 1) };
    VG_NODE(g, .op = &vg_op_ema, .in = { m }, VG_ATTR(attr));
    return vg_graph_status(g);
}
