#include <criterion/criterion.h>
#include <stdio.h>

#include "base/rng.h"
#include "graph/grad.h"
#include "graph/memory.h"
#include "op/add.h"
#include "op/l2norm.h"
#include "op/relu.h"

enum { ALIGN = 64, NODES = 200 };

// A random tape: chains, joins, reshapes, values that are kept, and their gradients.
static struct vg_graph *random_tape(uint64_t seed)
{
    struct vg_graph *g = vg_graph_create(seed);
    struct vg_rng r = { .seed = seed };
    struct vg_tensor *pool[NODES + 1];
    int n = 0;
    pool[n++] = vg_input(g, "x", 2, (int64_t[]) { 4, 6 });
    pool[0]->needs_grad = true;
    for (int i = 0; i < NODES; i++) {
        struct vg_tensor *a = pool[vg_rng_below(&r, n)], *b = pool[vg_rng_below(&r, n)];
        struct vg_tensor *y = i % 3 == 0   ? vg_add(g, a, b)
                              : i % 3 == 1 ? vg_relu(g, a)
                                           : vg_l2norm(g, a, 1e-6f);
        if (i % 17 == 0)
            vg_keep(g, y, NULL);
        if (i % 5 == 0)
            y = vg_reshape(g, vg_reshape(g, y, 1, (int64_t[]) { 24 }), 2, (int64_t[]) { 4, 6 });
        pool[n++] = y;
    }
    struct vg_tensor *dy = vg_input(g, "dy", 2, (int64_t[]) { 4, 6 });
    vg_graph_backward_from(g, 1, &pool[n - 1], &dy);
    return g;
}

static bool lives(const struct vg_memory *m, const struct vg_tensor *t)
{
    return t->kind == VG_TEMP && !t->base && m->first[t->index] >= 0;
}

// The whole meaning of a plan: what is alive together does not overlap.  An output that takes over
// its input's memory begins where the input ends.
static void expect_apart(const struct vg_graph *g, const struct vg_memory *m, int i, int j)
{
    const struct vg_tensor *a = vg_graph_tensor(g, i), *b = vg_graph_tensor(g, j);
    if (!lives(m, a) || !lives(m, b))
        return;
    const bool shared =
        m->offset[i] < m->offset[j] + vg_bytes(b) && m->offset[j] < m->offset[i] + vg_bytes(a);
    const bool together = m->first[i] <= m->last[j] && m->first[j] <= m->last[i];
    const bool handed_over =
        m->first[i] == m->first[j] && m->last[i] == m->last[j] && m->offset[i] == m->offset[j];
    cr_expect(!shared || !together || handed_over, "tensors %d and %d overlap", i, j);
}

Test(memory, nothing_alive_together_overlaps)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct vg_memory *m;
        struct vg_graph *g = random_tape(seed);
        cr_assert_eq(vg_graph_status(g), VG_OK, "%s", vg_graph_error(g));
        vg_memory_create(&m, g, ALIGN, 0);
        size_t each = 0;
        for (int i = 0; i < vg_graph_tensors(g); i++) {
            each += lives(m, vg_graph_tensor(g, i)) ? vg_bytes(vg_graph_tensor(g, i)) : 0;
            cr_expect_eq(m->offset[i] % ALIGN, 0);
            for (int j = 0; j < i; j++)
                expect_apart(g, m, i, j);
        }
        cr_expect_lt(m->bytes[VG_TEMP], each / 2, "temporaries share memory");
        vg_memory_destroy(&m);
        vg_graph_destroy(&g);
    }
}

// Memory that is handed over must be dead on one side: the two lives, by the tape itself, may touch
// only in the node that hands it over.
Test(memory, what_is_taken_over_is_not_read_again)
{
    struct vg_memory *m;
    struct vg_graph *g = random_tape(3);
    vg_memory_create(&m, g, ALIGN, 0);
    for (int i = 0; i < vg_graph_nodes(g); i++) {
        const struct vg_node *n = vg_graph_node(g, i);
        for (int k = 0; k < n->ins; k++)
            for (int later = i; later < vg_graph_nodes(g); later++) {
                // Between being made and being read here, nobody else may have written the place.
                const struct vg_node *w = vg_graph_node(g, later);
                if (!n->in[k] || later == i || n->in[k]->kind != VG_TEMP)
                    continue;
                bool made_later = false;
                for (int o = 0; o < w->outs; o++)
                    made_later |=
                        w->out[o] && vg_memory_owner(w->out[o]) == vg_memory_owner(n->in[k]);
                cr_expect_not(made_later, "node %d reads what node %d makes", i, later);
            }
    }
    vg_memory_destroy(&m);
    vg_graph_destroy(&g);
}

Test(memory, gradients_lie_where_their_parameters_lie)
{
    struct vg_memory *m;
    struct vg_graph *g = vg_graph_create(1);
    struct vg_tensor *w[4];
    for (int i = 0; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "w%d", i);
        w[i] = vg_param(g, name, 1, (int64_t[]) { 7 + 50 * i }, (struct vg_init) { 0 });
    }
    vg_memory_create(&m, g, ALIGN, 0);
    for (int i = 0; i < 4; i++)
        cr_expect_eq(m->offset[w[i]->index], m->offset[w[i]->grad_slot->index]);
    cr_expect_eq(m->bytes[VG_PARAM], m->bytes[VG_GRAD]);
    vg_memory_destroy(&m);
    vg_graph_destroy(&g);
}

Test(memory, a_split_slab_has_no_tensor_across_the_split)
{
    enum { SPLIT = 512 };
    struct vg_memory *m;
    struct vg_graph *g = random_tape(2);
    vg_memory_create(&m, g, ALIGN, SPLIT);
    for (int i = 0; i < vg_graph_tensors(g); i++)
        if (lives(m, vg_graph_tensor(g, i)))
            cr_expect_eq(m->offset[i] / SPLIT,
                         (m->offset[i] + vg_bytes(vg_graph_tensor(g, i)) - 1) / SPLIT);
    vg_memory_destroy(&m);
    vg_graph_destroy(&g);
}
