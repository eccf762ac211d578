#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "graph/graph_private.h"

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

static const char *full_name(struct vg_graph *g, const char *name)
{
    return g->scope[0] ? vg_arena_string(g->arena, "%s.%s", g->scope, name)
                       : vg_arena_string(g->arena, "%s", name);
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
