#include "graph/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const struct vg_tensor *vg_memory_owner(const struct vg_tensor *t)
{
    while (t->base)
        t = t->base;
    return t;
}

// A piece of memory of the temporary slab: one tensor, or several that took it over in turn.
struct piece {
    int first, last;
    size_t bytes, offset;
};

struct layout {
    const struct vg_graph *g;
    struct vg_memory *m;
    int *home;             // by tensor index: the tensor whose piece it uses
    struct piece *piece;   // by tensor index, where home[i] == i
};

static size_t round_up(size_t n, size_t align)
{
    return (n + align - 1) / align * align;
}

static void touch(struct layout *l, const struct vg_tensor *t, int node)
{
    if (!t)
        return;
    struct piece *p = &l->piece[vg_memory_owner(t)->index];
    p->first = p->first < 0 || node < p->first ? node : p->first;
    p->last = node > p->last ? node : p->last;
}

static void find_lives(struct layout *l)
{
    const int nodes = vg_graph_nodes(l->g);
    for (int i = 0; i < nodes; i++) {
        const struct vg_node *n = vg_graph_node(l->g, i);
        for (int k = 0; k < n->ins; k++)
            touch(l, n->in[k], i);
        for (int k = 0; k < n->outs; k++)
            touch(l, n->out[k], i);
    }
    for (int i = 0; i < l->m->tensors; i++) {
        const struct vg_tensor *t = vg_graph_tensor(l->g, i);
        if (t->keep && l->piece[vg_memory_owner(t)->index].first >= 0)
            l->piece[vg_memory_owner(t)->index].last = nodes;
    }
}

// Output 0 moves into the memory of an input that nobody reads later.
static void take_over(struct layout *l, const struct vg_node *n)
{
    const struct vg_tensor *in = n->in[n->op->in_place - 1], *out = n->out[0];
    if (!in || !out || out->base)
        return;
    const int from = l->home[vg_memory_owner(in)->index], to = out->index;
    const struct vg_tensor *owner = vg_graph_tensor(l->g, from);
    struct piece *a = &l->piece[from], *b = &l->piece[to];
    if (owner->kind != VG_TEMP || out->kind != VG_TEMP || a->last != n->index ||
        b->first != n->index || a->bytes != b->bytes || from == to)
        return;
    l->home[to] = from;
    a->last = b->last;
}

static int larger_first(const void *a, const void *b)
{
    const struct piece *p = *(struct piece *const *) a, *q = *(struct piece *const *) b;
    if (p->bytes != q->bytes)
        return p->bytes < q->bytes ? 1 : -1;
    return p < q ? -1 : p > q;
}

static int lower_first(const void *a, const void *b)
{
    const struct piece *p = *(struct piece *const *) a, *q = *(struct piece *const *) b;
    return p->offset < q->offset ? -1 : p->offset > q->offset;
}

static size_t past_split(size_t offset, size_t bytes, size_t split)
{
    if (split && bytes <= split && offset / split != (offset + bytes - 1) / split)
        return round_up(offset, split);
    return offset;
}

// The lowest offset where p fits between the pieces that are alive with it.
static size_t lowest_free(const struct piece *p, struct piece *const *placed, int count,
                          struct piece **near, size_t split)
{
    int n = 0;
    for (int i = 0; i < count; i++)
        if (placed[i]->first <= p->last && p->first <= placed[i]->last)
            near[n++] = placed[i];
    qsort(near, n, sizeof *near, lower_first);

    size_t at = 0;
    for (int i = 0; i < n; i++) {
        at = past_split(at, p->bytes, split);
        if (at + p->bytes <= near[i]->offset)
            return at;
        const size_t end = near[i]->offset + near[i]->bytes;
        at = end > at ? end : at;
    }
    return past_split(at, p->bytes, split);
}

static void place_temporaries(struct layout *l)
{
    const int tensors = l->m->tensors;
    struct piece **order = vg_alloc(tensors, sizeof *order),
                 **near = vg_alloc(tensors, sizeof *near);
    int count = 0;
    for (int i = 0; i < tensors; i++) {
        const struct vg_tensor *t = vg_graph_tensor(l->g, i);
        if (t->kind == VG_TEMP && !t->base && l->home[i] == i && l->piece[i].first >= 0)
            order[count++] = &l->piece[i];
    }
    qsort(order, count, sizeof *order, larger_first);
    for (int i = 0; i < count; i++) {
        order[i]->offset = lowest_free(order[i], order, i, near, l->m->split);
        const size_t end = order[i]->offset + order[i]->bytes;
        if (end > l->m->bytes[VG_TEMP])
            l->m->bytes[VG_TEMP] = end;
    }
    free(order);
    free(near);
}

static void place_lasting(struct layout *l)
{
    for (int i = 0; i < l->m->tensors; i++) {
        const struct vg_tensor *t = vg_graph_tensor(l->g, i);
        if (t->kind == VG_TEMP || t->base)
            continue;
        l->piece[i].offset = l->m->bytes[t->kind];
        l->m->bytes[t->kind] += l->piece[i].bytes;
    }
}

static void write_out(struct layout *l)
{
    for (int i = 0; i < l->m->tensors; i++) {
        const struct vg_tensor *t = vg_graph_tensor(l->g, i);
        const struct piece *p = &l->piece[l->home[vg_memory_owner(t)->index]];
        l->m->offset[i] = p->offset;
        l->m->first[i] = p->first;
        l->m->last[i] = p->last;
    }
}

int vg_memory_create(struct vg_memory **out, const struct vg_graph *g, size_t align, size_t split)
{
    const int tensors = vg_graph_tensors(g), nodes = vg_graph_nodes(g);
    struct vg_memory *m = vg_alloc(1, sizeof *m);
    m->tensors = tensors;
    m->align = align;
    m->split = split;
    m->offset = vg_alloc(tensors, sizeof *m->offset);
    m->first = vg_alloc(tensors, sizeof *m->first);
    m->last = vg_alloc(tensors, sizeof *m->last);

    struct layout l = { .g = g, .m = m };
    l.home = vg_alloc(tensors, sizeof *l.home);
    l.piece = vg_alloc(tensors, sizeof *l.piece);
    for (int i = 0; i < tensors; i++) {
        l.home[i] = i;
        l.piece[i] = (struct piece) { -1, -1, round_up(vg_bytes(vg_graph_tensor(g, i)), align), 0 };
    }
    find_lives(&l);
    for (int i = 0; i < nodes; i++)
        if (vg_graph_node(g, i)->op->in_place)
            take_over(&l, vg_graph_node(g, i));
    place_lasting(&l);
    place_temporaries(&l);
    write_out(&l);

    free(l.home);
    free(l.piece);
    *out = m;
    return VG_OK;
}

void vg_memory_destroy(struct vg_memory **m)
{
    if (!*m)
        return;
    free((*m)->offset);
    free((*m)->first);
    free((*m)->last);
    free(*m);
    *m = NULL;
}

size_t vg_memory_total(const struct vg_memory *m)
{
    size_t total = 0;
    for (int k = 0; k < VG_KINDS; k++)
        total += m->bytes[k];
    return total;
}
