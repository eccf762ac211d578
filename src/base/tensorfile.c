#include "base/tensorfile.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

#define METADATA "__metadata__"

enum { HEADER_BYTES_MAX = 100 << 20, LENGTH_BYTES = 8 };

struct vg_tensorfile {
    const char *path;   // in arena
    char *bytes;        // the file
    json_t *header;     // holds the names and the metadata
    struct vg_arena *arena;
    struct vg_tensorfile_entry *entries;   // sorted by name
    size_t count;
};

#define REFUSE(f, format, ...)                                                                     \
    vg_fail(VG_ERR_FORMAT, "%s: " format, (f)->path __VA_OPT__(, ) __VA_ARGS__)
#define REFUSE_TENSOR(f, e, format, ...)                                                           \
    REFUSE(f, "tensor '%s': " format, (e)->name __VA_OPT__(, ) __VA_ARGS__)

static uint64_t load_u64(const char *bytes)
{
    uint64_t value = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        value = value << 8 | (unsigned char) bytes[i];
    return value;
}

// A zip archive or, from before 2020, a pickle.
static bool is_pytorch(const char *bytes)
{
    return !memcmp(bytes, "PK\x03\x04", 4) || !memcmp(bytes, "\x80\x02", 2);
}

static int parse_header(struct vg_tensorfile *f, size_t file_bytes, size_t *data_at)
{
    if (file_bytes < LENGTH_BYTES)
        return REFUSE(f, "has %zu bytes, a safetensors file at least %d", file_bytes, LENGTH_BYTES);
    const uint64_t length = load_u64(f->bytes), rest = file_bytes - LENGTH_BYTES;
    if ((length > rest || length > HEADER_BYTES_MAX) && is_pytorch(f->bytes))
        return REFUSE(f, "a file of PyTorch's own, no safetensors file; "
                         "tools/parity/pth_to_safetensors.py makes one of it");
    if (length > rest || length > HEADER_BYTES_MAX)
        return REFUSE(f, "says its header has %ju bytes, at most %ju are possible",
                      (uintmax_t) length,
                      (uintmax_t) (rest < HEADER_BYTES_MAX ? rest : HEADER_BYTES_MAX));

    json_error_t error;
    f->header = json_loadb(f->bytes + LENGTH_BYTES, length, JSON_REJECT_DUPLICATES, &error);
    if (!f->header)
        return REFUSE(f, "the header is not valid JSON: %s", error.text);
    if (!json_is_object(f->header))
        return REFUSE(f, "the header is not a JSON object");
    *data_at = LENGTH_BYTES + length;
    return VG_OK;
}

static int check_metadata(const struct vg_tensorfile *f)
{
    json_t *metadata = json_object_get(f->header, METADATA), *value;
    const char *key;
    if (metadata && !json_is_object(metadata))
        return REFUSE(f, "%s is not a JSON object", METADATA);
    json_object_foreach(metadata, key, value) if (!json_is_string(value)) return REFUSE(
        f, "%s '%s' is not a string", METADATA, key);
    return VG_OK;
}

static int parse_shape(const struct vg_tensorfile *f, struct vg_tensorfile_entry *e,
                       const json_t *shape)
{
    if (!json_is_array(shape))
        return REFUSE_TENSOR(f, e, "shape is not an array");
    if (json_array_size(shape) > VG_TENSORFILE_RANK)
        return REFUSE_TENSOR(f, e, "has %zu dimensions, at most %d are accepted",
                             json_array_size(shape), VG_TENSORFILE_RANK);
    e->rank = (int) json_array_size(shape);
    e->bytes = vg_dtype_size(e->dtype);
    for (int i = 0; i < e->rank; i++) {
        const json_t *dim = json_array_get(shape, (size_t) i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return REFUSE_TENSOR(f, e, "dimension %d is not an integer >= 0", i);
        e->dim[i] = json_integer_value(dim);
        if (__builtin_mul_overflow(e->bytes, (uint64_t) e->dim[i], &e->bytes))
            return REFUSE_TENSOR(f, e, "the shape is larger than any memory");
    }
    e->count = e->bytes / vg_dtype_size(e->dtype);
    return VG_OK;
}

static int parse_offsets(const struct vg_tensorfile *f, struct vg_tensorfile_entry *e,
                         const json_t *offsets, const char *data, size_t data_bytes)
{
    const json_t *first = json_array_get(offsets, 0), *second = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(second))
        return REFUSE_TENSOR(f, e, "data_offsets are not two integers");
    const json_int_t begin = json_integer_value(first), end = json_integer_value(second);
    if (begin < 0 || end < begin || (uint64_t) end > data_bytes)
        return REFUSE_TENSOR(f, e, "data_offsets are [%jd, %jd], the data has %zu bytes",
                             (intmax_t) begin, (intmax_t) end, data_bytes);
    if ((uint64_t) (end - begin) != e->bytes)
        return REFUSE_TENSOR(f, e, "has %jd bytes, its shape has %zu", (intmax_t) (end - begin),
                             e->bytes);
    e->data = data + begin;
    return VG_OK;
}

static int parse_entry(const struct vg_tensorfile *f, struct vg_tensorfile_entry *e,
                       const json_t *value, const char *data, size_t data_bytes)
{
    int rc = VG_OK;
    const char *dtype = json_string_value(json_object_get(value, "dtype"));
    const json_t *shape = json_object_get(value, "shape");
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (!dtype || !shape || !offsets || json_object_size(value) != 3)
        return REFUSE_TENSOR(f, e, "wanted are the fields dtype, shape and data_offsets alone");
    e->dtype = vg_dtype_find(dtype);
    if (e->dtype == VG_DTYPES)
        return REFUSE_TENSOR(f, e,
                             "dtype is '%s', accepted are F32 F64 F16 BF16 I64 I32 I16 I8 "
                             "U8 BOOL",
                             dtype);
    VG_TRY(parse_shape(f, e, shape));
    VG_TRY(parse_offsets(f, e, offsets, data, data_bytes));
out:
    return rc;
}

static int by_place(const void *a, const void *b)
{
    const struct vg_tensorfile_entry *x = a, *y = b;
    const uintptr_t p = (uintptr_t) x->data, q = (uintptr_t) y->data;
    if (p != q)
        return p < q ? -1 : 1;
    return x->bytes == y->bytes ? 0 : x->bytes < y->bytes ? -1 : 1;   // empty ones first
}

static int by_name(const void *a, const void *b)
{
    const struct vg_tensorfile_entry *x = a, *y = b;
    return strcmp(x->name, y->name);
}

// Every byte of the data belongs to exactly one tensor.
static int check_tiling(const struct vg_tensorfile *f, const char *data, size_t data_bytes)
{
    size_t at = 0;
    qsort(f->entries, f->count, sizeof *f->entries, by_place);
    for (size_t i = 0; i < f->count; i++) {
        const struct vg_tensorfile_entry *e = &f->entries[i];
        const size_t begin = (size_t) ((const char *) e->data - data);
        if (begin != at)
            return REFUSE_TENSOR(f, e, "begins at byte %zu of the data, %s byte %zu", begin,
                                 begin < at ? "overlapping the tensor that ends at"
                                            : "leaving a gap after",
                                 at);
        at += e->bytes;
    }
    if (at != data_bytes)
        return REFUSE(f, "has %zu bytes behind its last tensor", data_bytes - at);
    return VG_OK;
}

// Only a tensor behind one of narrower elements can be out of line, which is rare: copy it.
static void align_entries(struct vg_tensorfile *f)
{
    for (size_t i = 0; i < f->count; i++) {
        struct vg_tensorfile_entry *e = &f->entries[i];
        if ((uintptr_t) e->data % vg_dtype_size(e->dtype) != 0)
            e->data = vg_arena_copy(f->arena, e->data, e->bytes);
    }
}

static int parse_file(struct vg_tensorfile *f, size_t file_bytes)
{
    int rc = VG_OK;
    size_t data_at = 0;
    json_t *value;
    const char *name;

    VG_TRY(parse_header(f, file_bytes, &data_at));
    VG_TRY(check_metadata(f));
    const char *data = f->bytes + data_at;
    const size_t data_bytes = file_bytes - data_at;
    f->entries = vg_arena_alloc(f->arena, json_object_size(f->header) * sizeof *f->entries);
    json_object_foreach(f->header, name, value)
    {
        if (strcmp(name, METADATA) == 0)
            continue;
        f->entries[f->count].name = name;
        VG_TRY(parse_entry(f, &f->entries[f->count], value, data, data_bytes));
        f->count++;
    }
    VG_TRY(check_tiling(f, data, data_bytes));
    qsort(f->entries, f->count, sizeof *f->entries, by_name);
    align_entries(f);
out:
    return rc;
}

int vg_tensorfile_open(struct vg_tensorfile **f, const char *path)
{
    int rc = VG_OK;
    size_t bytes = 0;
    *f = vg_alloc(1, sizeof **f);
    (*f)->arena = vg_arena_create();
    (*f)->path = vg_arena_string((*f)->arena, "%s", path);
    VG_TRY(vg_file_read(path, SIZE_MAX / 4, &(*f)->bytes, &bytes));
    VG_TRY(parse_file(*f, bytes));
out:
    if (rc != VG_OK)
        vg_tensorfile_close(f);
    return rc;
}

void vg_tensorfile_close(struct vg_tensorfile **f)
{
    if (!*f)
        return;
    json_decref((*f)->header);
    free((*f)->bytes);
    vg_arena_destroy(&(*f)->arena);
    free(*f);
    *f = NULL;
}

size_t vg_tensorfile_count(const struct vg_tensorfile *f)
{
    return f->count;
}

const struct vg_tensorfile_entry *vg_tensorfile_at(const struct vg_tensorfile *f, size_t i)
{
    return &f->entries[i];
}

const struct vg_tensorfile_entry *vg_tensorfile_find(const struct vg_tensorfile *f,
                                                     const char *name)
{
    const struct vg_tensorfile_entry key = { .name = name };
    return bsearch(&key, f->entries, f->count, sizeof key, by_name);
}

int vg_tensorfile_need(const struct vg_tensorfile *f, const char *name,
                       const struct vg_tensorfile_entry **entry)
{
    *entry = vg_tensorfile_find(f, name);
    return *entry ? VG_OK : REFUSE(f, "has no tensor '%s'", name);
}

const char *vg_tensorfile_meta(const struct vg_tensorfile *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, METADATA), key));
}

static int check_count(const struct vg_tensorfile_entry *e, size_t count)
{
    if (e->count == count)
        return VG_OK;
    return vg_fail(VG_ERR_SHAPE, "tensor '%s' has %zu elements, wanted %zu", e->name, e->count,
                   count);
}

int vg_tensorfile_floats(const struct vg_tensorfile_entry *e, float *out, size_t count)
{
    int rc = VG_OK;
    VG_TRY(check_count(e, count));
    if (e->dtype == VG_F32)
        memcpy(out, e->data, e->bytes);
    else
        for (size_t i = 0; i < count; i++)
            out[i] = (float) vg_dtype_value(e->dtype, e->data, i);
out:
    return rc;
}

int vg_tensorfile_doubles(const struct vg_tensorfile_entry *e, double *out, size_t count)
{
    int rc = VG_OK;
    VG_TRY(check_count(e, count));
    for (size_t i = 0; i < count; i++)
        out[i] = vg_dtype_value(e->dtype, e->data, i);
out:
    return rc;
}
