#include "data/folder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/decode.h"
#include "data/walk.h"

enum { CHUNK = 256, MAX_THREADS = 64 };

struct folder {
    struct vg_walk files;   // after open: the readable ones
};

// One chunk of files being read by several threads; verdicts do not depend on who reads what.
struct check {
    char *const *paths;
    int count, threads;
    bool trust;
    atomic_int next;
    struct {
        int rc;
        char *reason;   // NULL: readable
    } verdict[CHUNK];
};

static int read_file(const char *path, bool trust)
{
    struct vg_image im = { 0 };
    int w, h;
    const int rc = trust ? vg_image_probe(path, &w, &h) : vg_image_decode(path, &im);
    vg_image_finish(&im);
    return rc;
}

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
    for (int i; (i = atomic_fetch_add(&c->next, 1)) < c->count;) {
        vg_error_clear();
        c->verdict[i].rc = read_file(c->paths[i], c->trust);
        c->verdict[i].reason =
            c->verdict[i].rc == VG_OK ? NULL : vg_strdup(without_path(vg_error(), c->paths[i]));
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

// Moves the readable files of the chunk to `kept`, the others to the skipped ones.
static int keep_readable(struct vg_walk *files, struct check *c, int64_t *kept, int64_t limit)
{
    int rc = VG_OK;
    for (int i = 0; i < c->count; i++) {
        char *path = c->paths[i];
        if (c->verdict[i].rc == VG_ERR_MEMORY && rc == VG_OK)
            rc = vg_fail(VG_ERR_MEMORY, "%s: %s", path, c->verdict[i].reason);
        else if (c->verdict[i].reason && *kept < limit)
            vg_walk_skip(files, path, c->verdict[i].reason);
        else if (!c->verdict[i].reason && *kept < limit)
            files->paths[(*kept)++] = path;
        free(c->verdict[i].reason);
    }
    return rc;
}

static int check_files(struct vg_walk *files, const struct vg_dataset_options *o)
{
    const int64_t limit = o->count > 0 ? o->count : files->count, found = files->count;
    struct check *c = vg_alloc(1, sizeof *c);
    int64_t kept = 0;
    int rc = VG_OK;
    for (int64_t at = 0; rc == VG_OK && at < found && kept < limit; at += CHUNK) {
        c->paths = files->paths + at;
        c->count = (int) (found - at < CHUNK ? found - at : CHUNK);
        c->threads = thread_count(o);
        c->trust = o->trust;
        check_chunk(c);
        rc = keep_readable(files, c, &kept, limit);
    }
    files->count = kept;
    free(c);
    return rc;
}

// By name, so that they can be mended; a folder full of them is told by its number.
static void name_skipped(const struct folder *f, const char *where, int64_t found)
{
    enum { MOST = 10 };
    const int64_t count = f->files.skipped_count;
    for (int64_t i = 0; i < count && i < MOST; i++)
        vg_warn("left out %s: %s", f->files.skipped[i].path, f->files.skipped[i].reason);
    if (count > MOST)
        vg_warn("%s: left out %lld of %lld image files, which cannot be read", where,
                (long long) count, (long long) found);
}

static int folder_fill(struct folder *f, const char *where, const struct vg_dataset_options *o)
{
    int rc;
    VG_TRY(vg_walk_images(&f->files, where));
    const int64_t found = f->files.count;
    if (found == 0)
        return vg_fail(VG_ERR_IO, "%s: no JPEG, PNG, BMP, PGM or PPM files in it or below", where);
    VG_TRY(check_files(&f->files, o));
    if (f->files.count == 0)
        return vg_fail(VG_ERR_FORMAT, "%s: none of %lld image files can be read; %s: %s", where,
                       (long long) found, f->files.skipped[0].path, f->files.skipped[0].reason);
    name_skipped(f, where, found);
out:
    return rc;
}

static int folder_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    if (!*where)
        return vg_fail(VG_ERR_USAGE, "folder: which one? wanted folder:DIRECTORY");
    if (o->split != VG_SPLIT_TRAIN)
        return vg_fail(VG_ERR_USAGE, "folder:%s has no labels and no split but train", where);
    *self = vg_alloc(1, sizeof(struct folder));
    return folder_fill(*self, where, o);
}

static int64_t folder_count(const void *self)
{
    const struct folder *f = self;
    return f->files.count;
}

static int folder_image(const void *self, int64_t index, struct vg_image *out)
{
    const struct folder *f = self;
    return vg_image_decode(f->files.paths[index], out);
}

static const struct vg_skipped *folder_skipped(const void *self, int64_t *count)
{
    const struct folder *f = self;
    *count = f->files.skipped_count;
    return f->files.skipped;
}

static void folder_close(void *self)
{
    struct folder *f = self;
    vg_walk_finish(&f->files);
    free(f);
}

const struct vg_dataset vg_dataset_folder = {
    .name = "folder",
    .help = "folder:DIRECTORY, every image file below it, without labels",
    .open = folder_open,
    .count = folder_count,
    .image = folder_image,
    .skipped = folder_skipped,
    .close = folder_close,
};
