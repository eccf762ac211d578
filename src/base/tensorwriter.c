#include "base/tensorwriter.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/tensorfile.h"

#define METADATA "__metadata__"

struct item {
    const char *name, *value;           // value: of metadata alone
    struct vg_tensorfile_entry entry;   // of tensors alone
};

struct list {
    struct item *items;
    size_t count, room;
};

struct vg_tensorwriter {
    struct vg_arena *arena;
    struct list tensors, metadata;
};

static struct item *append(struct list *l)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        l->items = vg_grow(l->items, l->room, sizeof *l->items);
    }
    return &l->items[l->count++];
}

struct vg_tensorwriter *vg_tensorwriter_create(void)
{
    struct vg_tensorwriter *w = vg_alloc(1, sizeof *w);
    w->arena = vg_arena_create();
    return w;
}

void vg_tensorwriter_destroy(struct vg_tensorwriter **w)
{
    if (!*w)
        return;
    free((*w)->tensors.items);
    free((*w)->metadata.items);
    vg_arena_destroy(&(*w)->arena);
    free(*w);
    *w = NULL;
}

void vg_tensorwriter_add(struct vg_tensorwriter *w, const char *name, enum vg_dtype dtype, int rank,
                         const int64_t *dim, const void *data)
{
    assert(rank >= 0 && rank <= VG_TENSORFILE_RANK);
    struct item *item = append(&w->tensors);
    *item = (struct item) { .name = vg_arena_string(w->arena, "%s", name) };
    struct vg_tensorfile_entry *e = &item->entry;
    e->dtype = dtype;
    e->rank = rank;
    e->data = data;
    e->count = 1;
    for (int i = 0; i < rank; i++) {
        assert(dim[i] >= 0);
        e->dim[i] = dim[i];
        e->count *= (size_t) dim[i];
    }
    e->bytes = e->count * vg_dtype_size(dtype);
}

void vg_tensorwriter_meta(struct vg_tensorwriter *w, const char *key, const char *value)
{
    struct item *item = NULL;
    for (size_t i = 0; i < w->metadata.count && !item; i++)
        if (strcmp(w->metadata.items[i].name, key) == 0)
            item = &w->metadata.items[i];
    if (!item) {
        item = append(&w->metadata);
        *item = (struct item) { .name = vg_arena_string(w->arena, "%s", key) };
    }
    item->value = vg_arena_string(w->arena, "%s", value);
}

static int by_name(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static struct item *sorted(const struct list *l)
{
    struct item *items = vg_alloc(l->count, sizeof *items);
    if (l->count > 0)
        memcpy(items, l->items, l->count * sizeof *items);
    qsort(items, l->count, sizeof *items, by_name);
    return items;
}

static json_t *json_of(const struct vg_tensorfile_entry *e, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; i < e->rank; i++)
        json_array_append_new(shape, json_integer(e->dim[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", vg_dtype_name(e->dtype), "shape", shape,
                     "data_offsets", (json_int_t) begin, (json_int_t) (begin + e->bytes));
}

static int put_metadata(const struct vg_tensorwriter *w, json_t *header)
{
    int rc = VG_OK;
    json_t *metadata = json_object();
    struct item *items = sorted(&w->metadata);
    for (size_t i = 0; i < w->metadata.count; i++)
        if (json_object_set_new(metadata, items[i].name, json_string(items[i].value)) != 0)
            rc = vg_fail(VG_ERR_VALUE, "metadata '%s' is not UTF-8", items[i].name);
    free(items);
    if (w->metadata.count > 0)
        json_object_set(header, METADATA, metadata);
    json_decref(metadata);
    return rc;
}

// Also the tensors' places in spans, from the first on.
static int put_tensors(const struct item *items, size_t count, json_t *header,
                       struct vg_span *spans)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct vg_tensorfile_entry *e = &items[i].entry;
        if (strcmp(items[i].name, METADATA) == 0)
            return vg_fail(VG_ERR_VALUE, "a tensor cannot be called '%s'", METADATA);
        if (i > 0 && by_name(&items[i - 1], &items[i]) == 0)
            return vg_fail(VG_ERR_VALUE, "two tensors are called '%s'", items[i].name);
        if (json_object_set_new(header, items[i].name, json_of(e, at)) != 0)
            return vg_fail(VG_ERR_VALUE, "the tensor name '%s' is not UTF-8", items[i].name);
        spans[i] = (struct vg_span) { e->data, e->bytes };
        at += e->bytes;
    }
    return VG_OK;
}

int vg_tensorwriter_write(const struct vg_tensorwriter *w, const char *path)
{
    enum { LENGTH, HEADER, PADDING, TENSORS };
    static const char spaces[8] = "       ";
    int rc = VG_OK;
    unsigned char length[8];
    char *text = NULL;
    json_t *header = json_object();
    struct item *items = sorted(&w->tensors);
    struct vg_span *spans = vg_alloc(TENSORS + w->tensors.count, sizeof *spans);

    VG_TRY(put_metadata(w, header));
    VG_TRY(put_tensors(items, w->tensors.count, header, spans + TENSORS));
    text = json_dumps(header, JSON_COMPACT);
    const size_t bytes = strlen(text), padding = (8 - bytes % 8) % 8;
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char) ((uint64_t) (bytes + padding) >> 8 * i);
    spans[LENGTH] = (struct vg_span) { length, sizeof length };
    spans[HEADER] = (struct vg_span) { text, bytes };
    spans[PADDING] = (struct vg_span) { spaces, padding };
    VG_TRY(vg_file_write_spans(path, spans, TENSORS + w->tensors.count));
out:
    free(text);
    free(spans);
    free(items);
    json_decref(header);
    return rc;
}
