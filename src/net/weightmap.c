#include "net/weightmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/tensorwriter.h"
#include "net/position_table.h"

// By the index of the model's tensor.
struct pair {
    struct vg_tensorfile_entry entry;   // data NULL: the file does not hold it
    void *made;                         // its data, where it is not the file's
};

struct vg_weightmap {
    const char *path;
    const struct vg_tensorfile *file;
    const struct vg_layout *layout;
    const struct vg_graph *graph;
    const char *without;
    struct vg_arena *arena;
    struct pair *pairs;
    int tensors, count, resized;
    bool wrapped;
};

static const struct vg_tensor *tensor_at(const struct vg_weightmap *m, int i)
{
    return vg_graph_tensor(m->graph, i);
}

// ---- position tables ----------------------------------------------------------------------------

static bool is_position_table(const struct vg_tensor *t, const struct vg_tensorfile_entry *e)
{
    const char ending[] = "pos_embed";
    const size_t length = strlen(t->name), n = sizeof ending - 1;
    return length >= n && !strcmp(t->name + length - n, ending) && e->rank == 3 &&
           t->file_rank == 3 && e->dim[0] == 1 && e->dim[2] == t->file_dim[2];
}

static int resize_table(struct vg_weightmap *m, const struct vg_tensor *t, struct pair *pair)
{
    int rc;
    struct vg_tensorfile_entry *e = &pair->entry;
    const int64_t width = e->dim[2];
    const int from = vg_position_table_grid(e->dim[1]), to = vg_position_table_grid(t->file_dim[1]);
    if (from == 0 || to == 0)
        return vg_weights_check(t, e);   // which names both shapes
    float *in = vg_alloc(e->count, sizeof *in);
    VG_TRY(vg_tensorfile_floats(e, in, e->count));
    pair->made = vg_alloc((size_t) vg_elems(t), sizeof(float));
    vg_position_table_resize(in, from, to, width, pair->made);
    e->dtype = VG_F32;
    e->dim[1] = t->file_dim[1];
    e->count = (size_t) vg_elems(t);
    e->bytes = (size_t) vg_elems(t) * sizeof(float);
    e->data = pair->made;
    m->resized++;
out:
    free(in);
    return rc;
}

// ---- which is which -----------------------------------------------------------------------------

static int index_of(const struct vg_weightmap *m, const char *name)
{
    const struct vg_tensor *t = name ? vg_graph_find(m->graph, name) : NULL;
    return t && vg_weights_lasting(t) && vg_layout_holds(m->layout, name) ? t->index : -1;
}

static bool is_left(const struct vg_weightmap *m, const char *ours)
{
    return m->without && !strncmp(ours, m->without, strlen(m->without));
}

static int extra(const struct vg_weightmap *m, const char *name)
{
    return vg_fail(VG_ERR_FORMAT, "%s: tensor '%s' is none that the model has", m->path, name);
}

static int take_entry(struct vg_weightmap *m, const struct vg_tensorfile_entry *e)
{
    const char *ours;
    const enum vg_named named = vg_layout_ours(m->layout, m->wrapped, m->arena, e->name, &ours);
    if (named == VG_NAMED_LEFT_OUT || (named == VG_NAMED && is_left(m, ours)))
        return VG_OK;
    const int i = index_of(m, ours);
    if (i < 0)
        return ours && vg_layout_spares(m->layout, ours) ? VG_OK : extra(m, e->name);
    struct pair *pair = &m->pairs[i];
    if (pair->entry.name)
        return vg_fail(VG_ERR_FORMAT, "%s: tensors '%s' and '%s' are both the model's '%s'",
                       m->path, pair->entry.name, e->name, ours);
    const struct vg_tensor *t = tensor_at(m, i);
    pair->entry = *e;
    m->count++;
    const bool other_grid = is_position_table(t, e) && e->dim[1] != t->file_dim[1];
    const int rc = other_grid ? resize_table(m, t, pair) : vg_weights_check(t, e);
    return rc == VG_OK ? VG_OK : vg_fail_within(rc, m->path);
}

static int check_missing(const struct vg_weightmap *m)
{
    for (int i = 0; i < m->tensors; i++) {
        const struct vg_tensor *t = tensor_at(m, i);
        if (m->pairs[i].entry.name || !vg_weights_lasting(t) ||
            !vg_layout_holds(m->layout, t->name) || is_left(m, t->name))
            continue;
        const char *theirs = vg_layout_theirs(m->layout, m->wrapped, m->arena, t->name, 0);
        return vg_fail(VG_ERR_FORMAT, "%s: has no tensor '%s', which the model has", m->path,
                       theirs ? theirs : t->name);
    }
    return VG_OK;
}

int vg_weightmap_create(struct vg_weightmap **out, const char *path, const struct vg_tensorfile *f,
                        const struct vg_layout *layout, const struct vg_graph *g,
                        const char *without)
{
    int rc = VG_OK;
    struct vg_weightmap *m = vg_alloc(1, sizeof *m);
    *out = NULL;
    m->arena = vg_arena_create();
    m->path = vg_arena_string(m->arena, "%s", path);
    m->file = f;
    m->layout = layout;
    m->graph = g;
    m->without = without;
    m->tensors = vg_graph_tensors(g);
    m->pairs = vg_alloc((size_t) m->tensors, sizeof *m->pairs);
    m->wrapped = vg_layout_is_wrapped(layout, f);
    for (size_t i = 0; i < vg_tensorfile_count(f); i++)
        VG_TRY(take_entry(m, vg_tensorfile_at(f, i)));
    VG_TRY(check_missing(m));
    *out = m;
    m = NULL;
out:
    vg_weightmap_destroy(&m);
    return rc;
}

void vg_weightmap_destroy(struct vg_weightmap **m)
{
    if (!*m)
        return;
    for (int i = 0; i < (*m)->tensors; i++)
        free((*m)->pairs[i].made);
    free((*m)->pairs);
    vg_arena_destroy(&(*m)->arena);
    free(*m);
    *m = NULL;
}

int vg_weightmap_count(const struct vg_weightmap *m)
{
    return m->count;
}

int vg_weightmap_resized(const struct vg_weightmap *m)
{
    return m->resized;
}

// ---- into a plan --------------------------------------------------------------------------------

// The entry that t takes: its own, or that of the tensor it starts as a copy of.
static const struct vg_tensorfile_entry *entry_of(const struct vg_weightmap *m, int i)
{
    const struct vg_tensor *t = tensor_at(m, i);
    if (m->pairs[i].entry.name)
        return &m->pairs[i].entry;
    const int twin = vg_weights_lasting(t) ? index_of(m, t->init.twin) : -1;
    return twin >= 0 && m->pairs[twin].entry.name && vg_same_shape(t, tensor_at(m, twin))
               ? &m->pairs[twin].entry
               : NULL;
}

int vg_weightmap_load(const struct vg_weightmap *m, struct vg_plan *p)
{
    int rc = VG_OK;
    for (int i = 0; i < m->tensors; i++) {
        const struct vg_tensorfile_entry *e = entry_of(m, i);
        if (e)
            VG_TRY(vg_weights_set(p, tensor_at(m, i), false, e));
    }
out:
    return rc;
}

// ---- into a file --------------------------------------------------------------------------------

// Counters stay 64-bit integers, everything else becomes single precision.
static int make_plain(struct pair *pair, bool counter)
{
    int rc;
    struct vg_tensorfile_entry *e = &pair->entry;
    const enum vg_dtype wanted = counter ? VG_I64 : VG_F32;
    if (e->dtype == wanted)
        return VG_OK;
    float *values = vg_alloc(e->count, sizeof *values);
    VG_TRY(vg_tensorfile_floats(e, values, e->count));
    void *made = values;
    if (counter) {
        int64_t *whole = vg_alloc(e->count, sizeof *whole);
        for (size_t i = 0; i < e->count; i++)
            whole[i] = (int64_t) values[i];
        free(values);
        made = whole;
    }
    free(pair->made);
    pair->made = made;
    e->data = made;
    e->dtype = wanted;
    values = NULL;
out:
    free(values);
    return rc;
}

static int add_tensor(const struct vg_weightmap *m, int i, const struct vg_layout *to,
                      const char *prefix, struct vg_tensorwriter *w, int *count)
{
    int rc;
    const struct vg_tensor *t = tensor_at(m, i);
    struct pair *pair = &m->pairs[i];
    if (!pair->entry.name)
        return vg_fail(VG_ERR_FORMAT,
                       "%s: layout '%s' holds the model's '%s' and this file does not", m->path,
                       to->name, t->name);
    VG_TRY(make_plain(pair, t->dtype == VG_I32));
    const char *theirs;
    for (int n = 0; (theirs = vg_layout_theirs(to, to->wrapped, m->arena, t->name, n)); n++) {
        const char *name = vg_arena_string(m->arena, "%s%s", prefix, theirs);
        vg_tensorwriter_add(w, name, pair->entry.dtype, t->file_rank, t->file_dim,
                            pair->entry.data);
        (*count)++;
    }
out:
    return rc;
}

int vg_weightmap_write(const struct vg_weightmap *m, const char *path, const struct vg_layout *to,
                       const char *prefix, const struct vg_weights_meta *meta, int *written)
{
    int rc = VG_OK, count = 0;
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    for (int i = 0; i < m->tensors; i++) {
        const struct vg_tensor *t = tensor_at(m, i);
        if (vg_weights_lasting(t) && vg_layout_holds(to, t->name))
            VG_TRY(add_tensor(m, i, to, prefix, w, &count));
    }
    for (; meta && meta->key; meta++)
        vg_tensorwriter_meta(w, meta->key, meta->value);
    VG_TRY(vg_tensorwriter_write(w, path));
    if (written)
        *written = count;
out:
    vg_tensorwriter_destroy(&w);
    return rc;
}
