#include "data/catalog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "data/decode.h"

enum { CHUNK = 256, MAX_THREADS = 64 };

// ---- the list -----------------------------------------------------------------------------------

int vg_catalog_create(void **self, size_t bytes, const struct vg_dataset *kind, const char *where,
                      const struct vg_dataset_options *o)
{
    if (!*where)
        return vg_fail(VG_ERR_USAGE, "%s: which one? wanted %s", kind->name, kind->wanted);
    if (o->split != VG_SPLIT_TRAIN)
        return vg_fail(VG_ERR_USAGE, "%s:%s has no labels and no split but train", kind->name,
                       where);
    struct vg_catalog *c = vg_alloc(1, bytes);
    c->arena = vg_arena_create();
    *self = c;
    return VG_OK;
}

void vg_catalog_close(void *self)
{
    struct vg_catalog *c = self;
    free(c->items);
    free(c->skipped);
    vg_arena_destroy(&c->arena);
    free(c);
}

void vg_catalog_add(struct vg_catalog *c, const char *path, const char *key)
{
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 256;
        c->items = vg_grow(c->items, (size_t) c->room, sizeof *c->items);
    }
    c->items[c->count++] = (struct vg_stored) { path, key };
}

void vg_catalog_skip(struct vg_catalog *c, const char *path, const char *reason)
{
    if (c->skipped_count == c->skipped_room) {
        c->skipped_room = c->skipped_room ? 2 * c->skipped_room : 16;
        c->skipped = vg_grow(c->skipped, (size_t) c->skipped_room, sizeof *c->skipped);
    }
    c->skipped[c->skipped_count++] = (struct vg_skipped) {
        vg_arena_string(c->arena, "%s", path),
        vg_arena_string(c->arena, "%s", reason),
    };
}

// ---- one item -----------------------------------------------------------------------------------

int vg_catalog_read_file(const struct vg_catalog *c, const struct vg_stored *item, char **data,
                         size_t *bytes)
{
    return vg_file_read(item->path, VG_DECODE_MAX_BYTES, data, bytes);
}

static int decode(const struct vg_catalog *c, const struct vg_stored *item, bool header_only,
                  struct vg_image *out)
{
    char *data = NULL;
    size_t bytes = 0;
    int w, h;
    *out = (struct vg_image) { 0 };
    int rc = c->read(c, item, &data, &bytes);
    if (rc == VG_OK)
        rc = header_only ? vg_image_probe(item->path, data, bytes, &w, &h)
                         : vg_image_decode_bytes(item->path, data, bytes, out);
    free(data);
    return rc;
}

// ---- all items ----------------------------------------------------------------------------------

// One chunk of items being read by several threads; verdicts do not depend on who reads what.
struct check {
    const struct vg_catalog *catalog;
    const struct vg_stored *items;
    int count, threads;
    bool trust;
    atomic_int next;
    struct {
        int rc;
        char *reason;   // NULL: readable
    } verdict[CHUNK];
};

// Messages begin with the path; a reason stands beside one.
static const char *without_path(const char *message, const char *path)
{
    const size_t length = strlen(path);
    return !strncmp(message, path, length) && !strncmp(message + length, ": ", 2)
               ? message + length + 2
               : message;
}

static void *check_worker(void *arg)
{
    struct check *c = arg;
    struct vg_image im;
    for (int i; (i = atomic_fetch_add(&c->next, 1)) < c->count;) {
        vg_error_clear();
        c->verdict[i].rc = decode(c->catalog, &c->items[i], c->trust, &im);
        c->verdict[i].reason = c->verdict[i].rc == VG_OK
                                   ? NULL
                                   : vg_strdup(without_path(vg_error(), c->items[i].path));
        vg_image_finish(&im);
    }
    vg_error_clear();
    return NULL;
}

static void check_chunk(struct check *c)
{
    pthread_t thread[MAX_THREADS];
    int started = 0;
    atomic_store(&c->next, 0);
    while (started < c->threads - 1 && !pthread_create(&thread[started], NULL, check_worker, c))
        started++;
    check_worker(c);   // this thread too, so it works where no other can be made
    while (started > 0)
        pthread_join(thread[--started], NULL);
}

static int thread_count(const struct vg_dataset_options *o)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const long n = o->threads > 0 ? o->threads : cores > 0 ? cores : 1;
    return (int) (n < MAX_THREADS ? n : MAX_THREADS);
}

// Moves the readable items of the chunk to `kept`, the others to the skipped ones.
static int keep_readable(struct vg_catalog *catalog, struct check *c, int64_t *kept, int64_t limit)
{
    int rc = VG_OK;
    for (int i = 0; i < c->count; i++) {
        const struct vg_stored item = c->items[i];
        if (c->verdict[i].rc == VG_ERR_MEMORY && rc == VG_OK)
            rc = vg_fail(VG_ERR_MEMORY, "%s: %s", item.path, c->verdict[i].reason);
        else if (c->verdict[i].reason && *kept < limit)
            vg_catalog_skip(catalog, item.path, c->verdict[i].reason);
        else if (!c->verdict[i].reason && *kept < limit)
            catalog->items[(*kept)++] = item;
        free(c->verdict[i].reason);
    }
    return rc;
}

static int check_items(struct vg_catalog *catalog, const struct vg_dataset_options *o)
{
    const int64_t found = catalog->count, limit = o->count > 0 ? o->count : found;
    struct check *c = vg_alloc(1, sizeof *c);
    int64_t kept = 0;
    int rc = VG_OK;
    c->catalog = catalog;
    c->threads = thread_count(o);
    c->trust = o->trust;
    for (int64_t at = 0; rc == VG_OK && at < found && kept < limit; at += CHUNK) {
        c->items = catalog->items + at;
        c->count = (int) (found - at < CHUNK ? found - at : CHUNK);
        check_chunk(c);
        rc = keep_readable(catalog, c, &kept, limit);
    }
    catalog->count = kept;
    free(c);
    return rc;
}

// By name, so that they can be mended; a data set full of them is told by its number.
static void name_skipped(const struct vg_catalog *c, const char *where, int64_t found)
{
    enum { MOST = 10 };
    for (int64_t i = 0; i < c->skipped_count && i < MOST; i++)
        vg_warn("left out %s: %s", c->skipped[i].path, c->skipped[i].reason);
    if (c->skipped_count > MOST)
        vg_warn("%s: left out %lld of %lld images, which cannot be read", where,
                (long long) c->skipped_count, (long long) found);
}

int vg_catalog_check(struct vg_catalog *c, const char *where, const struct vg_dataset_options *o)
{
    int rc;
    const int64_t found = c->count;
    if (found == 0)
        return vg_fail(VG_ERR_IO, "%s: no images in it", where);
    VG_TRY(check_items(c, o));
    if (c->count == 0)
        return vg_fail(VG_ERR_FORMAT, "%s: none of %lld images can be read; %s: %s", where,
                       (long long) found, c->skipped[0].path, c->skipped[0].reason);
    name_skipped(c, where, found);
out:
    return rc;
}

// ---- as a data set ------------------------------------------------------------------------------

int64_t vg_catalog_count(const void *self)
{
    const struct vg_catalog *c = self;
    return c->count;
}

int vg_catalog_image(const void *self, int64_t index, struct vg_image *out)
{
    const struct vg_catalog *c = self;
    return decode(c, &c->items[index], false, out);
}

int vg_catalog_stored(const void *self, int64_t index, const char **key, char **data, size_t *bytes)
{
    const struct vg_catalog *c = self;
    *key = c->items[index].key;
    return c->read(c, &c->items[index], data, bytes);
}

const struct vg_skipped *vg_catalog_skipped(const void *self, int64_t *count)
{
    const struct vg_catalog *c = self;
    *count = c->skipped_count;
    return c->skipped;
}
