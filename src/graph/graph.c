#include "graph/graph.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "graph/graph_private.h"

// ---- the graph and its sticky error -------------------------------------------------------------

struct vg_graph *vg_graph_create(uint64_t seed)
{
    struct vg_graph *g = vg_alloc(1, sizeof *g);
    g->arena = vg_arena_create();
    g->seed = seed;
    g->scope = vg_arena_string(g->arena, "%s", "");
    g->placeholder = vg_arena_alloc(g->arena, sizeof *g->placeholder);
    g->placeholder->index = -1;
    return g;
}

void vg_graph_destroy(struct vg_graph **g)
{
    if (!*g)
        return;
    vg_arena_destroy(&(*g)->arena);
    free((*g)->tensors);
    free((*g)->nodes);
    free(*g);
    *g = NULL;
}

uint64_t vg_graph_seed(const struct vg_graph *g)
{
    return g->seed;
}

int vg_graph_status(const struct vg_graph *g)
{
    return g->status;
}

const char *vg_graph_error(const struct vg_graph *g)
{
    return g->error ? g->error : "";
}

int vg_graph_poison(struct vg_graph *g, int code, const char *format, ...)
{
    if (g->status != VG_OK)
        return g->status;
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    g->status = code;
    g->error = g->scope[0] ? vg_arena_string(g->arena, "%s (in %s)", text, g->scope)
                           : vg_arena_string(g->arena, "%s", text);
    return code;
}

void *vg_graph_copy(struct vg_graph *g, const void *data, size_t bytes)
{
    return vg_arena_copy(g->arena, data, bytes);
}

// ---- scope --------------------------------------------------------------------------------------

void vg_scope_push(struct vg_graph *g, const char *format, ...)
{
    char part[256];
    va_list args;
    va_start(args, format);
    vsnprintf(part, sizeof part, format, args);
    va_end(args);
    assert(g->scope_depth < MAX_SCOPES);
    g->scope_stack[g->scope_depth++] = g->scope;
    g->scope = g->scope[0] ? vg_arena_string(g->arena, "%s.%s", g->scope, part)
                           : vg_arena_string(g->arena, "%s", part);
}

void vg_scope_pop(struct vg_graph *g)
{
    assert(g->scope_depth > 0);
    g->scope = g->scope_stack[--g->scope_depth];
}

const char *vg_graph_scope(const struct vg_graph *g)
{
    return g->scope;
}

void vg_graph_real(struct vg_graph *g, enum vg_dtype real)
{
    assert((real == VG_F32 || real == VG_F64) && g->node_count == 0);
    g->real = real;
}

enum vg_dtype vg_graph_real_of(const struct vg_graph *g)
{
    return g->real;
}

void vg_graph_freeze(struct vg_graph *g, bool frozen)
{
    g->frozen = frozen;
}

void vg_graph_eval(struct vg_graph *g, bool eval)
{
    g->eval = eval;
}

bool vg_graph_is_eval(const struct vg_graph *g)
{
    return g->eval;
}

void vg_graph_draws(struct vg_graph *g, uint64_t seed)
{
    g->draws = seed;
}

void vg_graph_pass(struct vg_graph *g, enum vg_pass pass)
{
    g->pass = pass;
}

// ---- nodes --------------------------------------------------------------------------------------

static int count_used(struct vg_tensor *const *list, int most)
{
    int n = most;
    while (n > 0 && !list[n - 1])
        n--;
    return n;
}

static bool any_needs_grad(const struct vg_node *n)
{
    for (int i = 0; i < n->ins; i++)
        if (n->in[i] && n->in[i]->needs_grad)
            return true;
    return false;
}

static struct vg_node *failed_node(struct vg_graph *g, struct vg_node *n)
{
    for (int i = 0; i < VG_MAX_OUT; i++)
        n->out[i] = g->placeholder;
    return n;
}

static void append(struct vg_graph *g, struct vg_node *n)
{
    if (g->node_count == g->node_room) {
        g->node_room = g->node_room ? 2 * g->node_room : 256;
        g->nodes = vg_grow(g->nodes, g->node_room, sizeof *g->nodes);
    }
    n->index = g->node_count;
    g->nodes[g->node_count++] = n;
}

struct vg_node *vg_node(struct vg_graph *g, const struct vg_node_desc *d)
{
    struct vg_node *n = vg_arena_alloc(g->arena, sizeof *n);
    if (g->status != VG_OK)
        return failed_node(g, n);

    n->op = d->op;
    n->attr = d->attr_bytes ? vg_arena_copy(g->arena, d->attr, d->attr_bytes) : NULL;
    n->scope = g->scope;
    n->pass = g->pass;
    memcpy(n->in, d->in, sizeof n->in);
    n->ins = count_used(n->in, VG_MAX_IN);
    if (d->op->infer(g, n) != VG_OK || g->status != VG_OK)
        return failed_node(g, n);

    n->outs = count_used(n->out, VG_MAX_OUT);
    const bool grad = g->pass == VG_FORWARD && d->op->grad && any_needs_grad(n);
    for (int i = 0; i < n->outs; i++)
        if (n->out[i] && n->out[i]->kind == VG_TEMP && vg_is_real(n->out[i]))
            n->out[i]->needs_grad = grad;
    append(g, n);
    return n;
}

void vg_graph_keep_decisions(struct vg_graph *g)
{
    for (int i = 0; i < g->node_count; i++) {
        struct vg_node *n = g->nodes[i];
        struct vg_tensor *decided = n->op->decision ? n->op->decision(n) : NULL;
        if (decided)
            decided->keep = n->out[0]->keep = true;
    }
}

bool vg_is_placeholder(const struct vg_graph *g, const struct vg_tensor *t)
{
    return t == g->placeholder;
}

const struct vg_node *vg_graph_earlier(const struct vg_graph *g, const struct vg_op *op, int input,
                                       const struct vg_tensor *t)
{
    if (!t->is_weight)
        return NULL;
    for (int i = g->node_count - 1; i >= 0; i--) {
        const struct vg_node *n = g->nodes[i];
        if (n->pass != g->pass || n->outs == 0)   // one without outputs works in place
            return NULL;
        if (n->op == op && n->in[input] == t)
            return n;
    }
    return NULL;
}

int vg_graph_nodes(const struct vg_graph *g)
{
    return g->node_count;
}

const struct vg_node *vg_graph_node(const struct vg_graph *g, int index)
{
    return g->nodes[index];
}

int vg_graph_tensors(const struct vg_graph *g)
{
    return g->tensor_count;
}

struct vg_tensor *vg_graph_tensor(const struct vg_graph *g, int index)
{
    return g->tensors[index];
}

// ---- costs --------------------------------------------------------------------------------------

struct vg_cost vg_cost_each(const struct vg_tensor *x, double flops, double values)
{
    const double n = (double) vg_elems(x);
    return (struct vg_cost) { n * flops, n * values * sizeof(float) };
}

struct vg_cost vg_cost_node(const struct vg_node *n, double flops)
{
    double bytes = 0;
    for (int i = 0; i < n->ins; i++)
        bytes += n->in[i] ? (double) vg_bytes(n->in[i]) : 0;
    for (int i = 0; i < n->outs; i++)
        bytes += n->out[i] ? (double) vg_bytes(n->out[i]) : 0;
    return (struct vg_cost) { flops, bytes };
}
