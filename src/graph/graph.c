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

static const char *full_name(struct vg_graph *g, const char *name)
{
    return g->scope[0] ? vg_arena_string(g->arena, "%s.%s", g->scope, name)
                       : vg_arena_string(g->arena, "%s", name);
}

// ---- shapes -------------------------------------------------------------------------------------

int64_t vg_elems(const struct vg_tensor *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->rank; i++)
        n *= x->dim[i];
    return n;
}

int64_t vg_cols(const struct vg_tensor *x)
{
    return x->rank ? x->dim[x->rank - 1] : 1;
}

int64_t vg_rows(const struct vg_tensor *x)
{
    int64_t n = 1;
    for (int i = 0; i + 1 < x->rank; i++)
        n *= x->dim[i];
    return n;
}

size_t vg_bytes(const struct vg_tensor *x)
{
    return (size_t) vg_elems(x) * vg_dtype_size(x->dtype);
}

bool vg_is_real(const struct vg_tensor *x)
{
    return x->dtype != VG_I32;
}

bool vg_has_shape(const struct vg_tensor *x, int rank, const int64_t *dim)
{
    if (x->rank != rank)
        return false;
    for (int i = 0; i < rank; i++)
        if (x->dim[i] != dim[i])
            return false;
    return true;
}

bool vg_same_shape(const struct vg_tensor *a, const struct vg_tensor *b)
{
    return vg_has_shape(a, b->rank, b->dim);
}

const char *vg_shape_text(struct vg_graph *g, const struct vg_tensor *x)
{
    char text[160] = "[";
    size_t n = 1;
    for (int i = 0; i < x->rank && n < sizeof text; i++)
        n += snprintf(text + n, sizeof text - n, "%s%lld", i ? ", " : "", (long long) x->dim[i]);
    return vg_arena_string(g->arena, "%s]", text);
}

// ---- tensors ------------------------------------------------------------------------------------

struct vg_tensor *graph_tensor(struct vg_graph *g, enum vg_kind kind, enum vg_dtype dtype, int rank,
                               const int64_t *dim)
{
    if (rank < 0 || rank > VG_MAX_RANK) {
        vg_graph_poison(g, VG_ERR_SHAPE, "a tensor has %d dimensions, at most %d are possible",
                        rank, VG_MAX_RANK);
        return g->placeholder;
    }
    struct vg_tensor *t = vg_arena_alloc(g->arena, sizeof *t);
    t->kind = kind;
    t->dtype = dtype == VG_F32 ? g->real : dtype;
    t->rank = rank;
    for (int i = 0; i < rank; i++) {
        t->dim[i] = dim[i];
        if (dim[i] < 1)
            vg_graph_poison(g, VG_ERR_SHAPE, "a tensor has dimension %d of length %lld, wanted > 0",
                            i, (long long) dim[i]);
    }
    if (g->tensor_count == g->tensor_room) {
        g->tensor_room = g->tensor_room ? 2 * g->tensor_room : 256;
        g->tensors = vg_grow(g->tensors, g->tensor_room, sizeof *g->tensors);
    }
    t->index = g->tensor_count;
    g->tensors[g->tensor_count++] = t;
    return t;
}

struct vg_tensor *vg_graph_find(const struct vg_graph *g, const char *name)
{
    for (int i = 0; i < g->tensor_count; i++)
        if (g->tensors[i]->name && !strcmp(g->tensors[i]->name, name))
            return g->tensors[i];
    return NULL;
}

static struct vg_tensor *input_of(struct vg_graph *g, const char *name, enum vg_dtype dtype,
                                  int rank, const int64_t *dim)
{
    struct vg_tensor *t = graph_tensor(g, VG_INPUT, dtype, rank, dim);
    t->name = vg_arena_string(g->arena, "%s", name);
    t->keep = true;
    return t;
}

struct vg_tensor *vg_input(struct vg_graph *g, const char *name, int rank, const int64_t *dim)
{
    return input_of(g, name, VG_F32, rank, dim);
}

struct vg_tensor *vg_input_i32(struct vg_graph *g, const char *name, int rank, const int64_t *dim)
{
    return input_of(g, name, VG_I32, rank, dim);
}

struct vg_tensor *vg_temp(struct vg_graph *g, int rank, const int64_t *dim)
{
    return graph_tensor(g, VG_TEMP, VG_F32, rank, dim);
}

struct vg_tensor *vg_temp_like(struct vg_graph *g, const struct vg_tensor *x)
{
    return graph_tensor(g, VG_TEMP, x->dtype, x->rank, x->dim);
}

struct vg_tensor *vg_temp_i32(struct vg_graph *g, int rank, const int64_t *dim)
{
    return graph_tensor(g, VG_TEMP, VG_I32, rank, dim);
}

static struct vg_tensor *const_of(struct vg_graph *g, const char *name, enum vg_dtype dtype,
                                  int rank, const int64_t *dim, const void *data)
{
    struct vg_tensor *t = input_of(g, name, dtype, rank, dim);
    if (g->status == VG_OK)
        t->data = vg_arena_copy(g->arena, data, vg_elems(t) * vg_dtype_size(dtype));
    return t;
}

struct vg_tensor *vg_const(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                           const float *data)
{
    return const_of(g, name, VG_F32, rank, dim, data);
}

struct vg_tensor *vg_const_i32(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                               const int32_t *data)
{
    return const_of(g, name, VG_I32, rank, dim, data);
}

struct vg_tensor *vg_zeros(struct vg_graph *g, int rank, const int64_t *dim)
{
    return input_of(g, "zeros", VG_F32, rank, dim);   // inputs start as zero
}

struct vg_tensor *vg_step_input(struct vg_graph *g)
{
    if (!g->step)
        g->step = vg_input_i32(g, "step", 0, NULL);
    return g->step;
}

static struct vg_tensor *known(struct vg_graph *g, const char *name, int rank, const int64_t *dim)
{
    struct vg_tensor *t = vg_graph_find(g, name);
    if (t && !vg_has_shape(t, rank, dim))
        vg_graph_poison(g, VG_ERR_SHAPE, "%s is used with two shapes", name);
    return t;
}

static struct vg_tensor *lasting(struct vg_graph *g, const char *name, enum vg_kind kind,
                                 enum vg_dtype dtype, int rank, const int64_t *dim,
                                 struct vg_init init)
{
    const char *full = full_name(g, name);
    struct vg_tensor *t = known(g, full, rank, dim);
    if (t)
        return t;
    t = graph_tensor(g, kind, dtype, rank, dim);
    t->name = full;
    t->keep = true;
    t->init = init;
    t->init.seed = g->draws;
    t->file_rank = rank;
    memcpy(t->file_dim, t->dim, sizeof t->file_dim);
    return t;
}

struct vg_tensor *vg_param(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                           struct vg_init init)
{
    struct vg_tensor *t =
        lasting(g, name, g->frozen ? VG_STATE : VG_PARAM, VG_F32, rank, dim, init);
    t->is_weight = true;
    if (t->kind == VG_PARAM && !t->grad_slot) {
        t->needs_grad = true;
        t->grad_slot = graph_tensor(g, VG_GRAD, VG_F32, rank, dim);
        t->grad_slot->name = vg_arena_string(g->arena, "grad.%s", t->name);
        t->grad_slot->keep = true;
    }
    return t;
}

struct vg_tensor *vg_param_oihw(struct vg_graph *g, const char *name, const int64_t dim[4],
                                struct vg_init init)
{
    struct vg_tensor *t = vg_param(g, name, 4, dim, init);
    const int64_t file[4] = { dim[0], dim[3], dim[1], dim[2] };
    vg_param_file_shape(t, 4, file);
    t->file_oihw = true;
    return t;
}

void vg_param_file_shape(struct vg_tensor *t, int rank, const int64_t *dim)
{
    assert(rank <= VG_MAX_RANK);
    t->file_rank = rank;
    memcpy(t->file_dim, dim, rank * sizeof *dim);
}

struct vg_tensor *vg_state(struct vg_graph *g, const char *name, int rank, const int64_t *dim,
                           struct vg_init init)
{
    return lasting(g, name, VG_STATE, VG_F32, rank, dim, init);
}

struct vg_tensor *vg_state_i32(struct vg_graph *g, const char *name, int rank, const int64_t *dim)
{
    return lasting(g, name, VG_STATE, VG_I32, rank, dim, (struct vg_init) { 0 });
}

struct vg_tensor *vg_keep(struct vg_graph *g, struct vg_tensor *x, const char *name)
{
    if (g->status != VG_OK)
        return x;
    x->keep = true;
    if (name && !x->name)
        x->name = vg_arena_string(g->arena, "%s", name);
    return x;
}

// ---- views --------------------------------------------------------------------------------------

static bool is_view_of(const struct vg_tensor *t, const struct vg_tensor *x, int rank,
                       const int64_t *dim)
{
    return t->base == x && t->needs_grad == x->needs_grad && vg_has_shape(t, rank, dim);
}

// The same view of a tensor is one tensor, so that its gradient is gathered in one place.
static struct vg_tensor *view(struct vg_graph *g, struct vg_tensor *x, int rank, const int64_t *dim)
{
    for (int i = x->index + 1; i < g->tensor_count; i++)
        if (is_view_of(g->tensors[i], x, rank, dim))
            return g->tensors[i];
    struct vg_tensor *t = graph_tensor(g, x->kind, x->dtype, rank, dim);
    t->base = x;
    t->needs_grad = x->needs_grad;
    return t;
}

struct vg_tensor *vg_reshape(struct vg_graph *g, struct vg_tensor *x, int rank, const int64_t *dim)
{
    if (g->status != VG_OK)
        return g->placeholder;
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dim[i];
    if (n != vg_elems(x)) {
        vg_graph_poison(g, VG_ERR_SHAPE, "reshape: x is %s, wanted %lld elements",
                        vg_shape_text(g, x), (long long) n);
        return g->placeholder;
    }
    return vg_has_shape(x, rank, dim) ? x : view(g, x, rank, dim);
}

struct vg_tensor *vg_detach(struct vg_graph *g, struct vg_tensor *x)
{
    if (g->status != VG_OK || !x->needs_grad)
        return x;
    struct vg_tensor *t = graph_tensor(g, x->kind, x->dtype, x->rank, x->dim);
    t->base = x;
    return t;
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
