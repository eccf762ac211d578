#include "graph/grad_join.h"

#include <stdlib.h>

#include "base/mem.h"
#include "graph/graph_private.h"
#include "graph/plan.h"
#include "graph/segments.h"

// Of a parameter; above, a sum is worth a launch and its memory is not.
enum { MOST_ELEMS = 65536 };
enum { GRAD, SECOND };   // places of a segment

static const struct vg_source source = {
    .parts = { "common", "segments", "grad_join" },
    .tunables = VG_SEGMENT_TUNABLES,
};

static int infer(struct vg_graph *g, struct vg_node *n)
{
    return VG_OK;
}

static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK, chunks, segments;
    const struct vg_segments *s = n->attr;
    VG_TRY(vg_segments_tables(p, s, &chunks, &segments));
    VG_TRY(
        VG_LAUNCH(p, n, .kernel = "grad_join", .groups = { vg_segments_chunks(s) },
                  .args = { vg_arg_slab(VG_GRAD), vg_arg_slab(VG_STATE), vg_arg_table(chunks) }));
out:
    return rc;
}

static struct vg_cost cost(const struct vg_node *n)
{
    const double elems = (double) vg_segments_elems(n->attr);
    return (struct vg_cost) { elems, 3 * elems * sizeof(float) };
}

const struct vg_op vg_op_grad_join = {
    .name = "grad_join",
    .source = &source,
    .infer = infer,
    .emit = emit,
    .cost = cost,
};

bool vg_grad_wait(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *dx)
{
    if (x->second || vg_elems(x) > MOST_ELEMS)
        return false;
    x->second = graph_tensor(g, VG_STATE, VG_F32, x->rank, x->dim);
    dx->kind = VG_STATE;
    dx->base = x->second;
    return true;
}

int vg_grad_join(struct vg_graph *g)
{
    struct vg_segments s = { .list = vg_alloc(g->tensor_count + 1, sizeof *s.list) };
    for (int i = 0; i < g->tensor_count; i++) {
        struct vg_tensor *x = g->tensors[i];
        if (!x->second)
            continue;
        s.list[s.count++] = (struct vg_segment) { .at = { [GRAD] = x, [SECOND] = x->second } };
        x->second = NULL;
    }
    struct vg_segment *list = s.list;
    s.list = vg_graph_copy(g, list, (s.count + 1) * sizeof *list);
    free(list);
    if (s.count > 0)
        VG_NODE(g, .op = &vg_op_grad_join, VG_ATTR(s));
    return vg_graph_status(g);
}
