#include "data/cached.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/dataset.h"

/**
 * Another data set, whose images stay in memory once they were made.
 *
 * Drawing and decoding share the cores with a CPU device, so a training of many epochs gains by not
 * doing them again; nothing else changes, the images least of all.  A set stays when it is closed:
 * the next case of a suite that opens the same one finds it as it was, files included.  What is
 * kept is bounded, all sets together.  A set that nobody has open gives way to one that needs the
 * room; images for which there is none are made anew each time they are asked for.
 */
struct cached {
    struct cached *next;   // the set opened before this one
    char *where;
    struct vg_dataset_options options;
    int users;
    struct vg_data *data;
    struct vg_image *kept;   // [count]; without pixels: not kept
    int64_t bytes;           // of all that is kept
};

static struct {
    pthread_mutex_t lock;   // of everything here, and of users, kept and bytes of the sets
    struct cached *newest;
    int64_t room;   // bytes that may still be kept
} store = { PTHREAD_MUTEX_INITIALIZER, NULL, VG_CACHED_BYTES };

void vg_cached_grow(int64_t bytes)
{
    pthread_mutex_lock(&store.lock);
    store.room += bytes;
    pthread_mutex_unlock(&store.lock);
}

// ---- sets ---------------------------------------------------------------------------------------

static void destroy(struct cached *c)
{
    for (int64_t i = 0; c->kept && i < vg_data_count(c->data); i++)
        vg_image_finish(&c->kept[i]);
    free(c->kept);
    vg_data_close(&c->data);
    free(c->where);
    free(c);
}

// How many threads look through files changes no image.
static bool is_of(const struct cached *c, const char *where, const struct vg_dataset_options *o)
{
    const struct vg_dataset_options *p = &c->options;
    return !strcmp(c->where, where) && p->size == o->size && p->split == o->split &&
           p->seed == o->seed && p->count == o->count && p->trust == o->trust;
}

static struct cached *open_again(const char *where, const struct vg_dataset_options *o)
{
    pthread_mutex_lock(&store.lock);
    struct cached *c = store.newest;
    while (c && !is_of(c, where, o))
        c = c->next;
    if (c)
        c->users++;
    pthread_mutex_unlock(&store.lock);
    return c;
}

static void enter(struct cached *c)
{
    pthread_mutex_lock(&store.lock);
    c->next = store.newest;
    store.newest = c;
    pthread_mutex_unlock(&store.lock);
}

static int cached_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    int rc = VG_OK;
    struct cached *c = open_again(where, o);
    *self = c;
    if (c)
        return VG_OK;
    c = vg_alloc(1, sizeof *c);
    *c = (struct cached) { .where = vg_strdup(where), .options = *o, .users = 1 };
    VG_TRY(vg_data_open(where, o, &c->data));
    c->kept = vg_alloc(vg_data_count(c->data), sizeof *c->kept);
    enter(c);
    *self = c;
    c = NULL;
out:
    if (c)
        destroy(c);
    return rc;
}

static void cached_close(void *self)
{
    struct cached *c = self;
    pthread_mutex_lock(&store.lock);
    c->users--;
    pthread_mutex_unlock(&store.lock);
}

static int64_t cached_count(const void *self)
{
    const struct cached *c = self;
    return vg_data_count(c->data);
}

// ---- images -------------------------------------------------------------------------------------

// The oldest set that nobody has open, out of the list; NULL if there is none.  Under the lock.
static struct cached *take_unused(void)
{
    struct cached **oldest = NULL;
    for (struct cached **at = &store.newest; *at; at = &(*at)->next)
        if ((*at)->users == 0)
            oldest = at;
    if (!oldest)
        return NULL;
    struct cached *c = *oldest;
    *oldest = c->next;
    store.room += c->bytes;
    return c;
}

// Whether there is room for so many bytes more of the set, which then are taken.
static bool take_room(struct cached *c, int64_t bytes)
{
    for (;;) {
        pthread_mutex_lock(&store.lock);
        const bool fits = bytes <= store.room;
        if (fits) {
            store.room -= bytes;
            c->bytes += bytes;
        }
        struct cached *unused = fits ? NULL : take_unused();
        pthread_mutex_unlock(&store.lock);
        if (!unused)
            return fits;
        destroy(unused);   // without the lock: the set below may be a cached one
    }
}

// What is kept never changes while somebody has the set open, so its pixels are read without the
// lock.
static struct vg_image find(const struct cached *c, int64_t index)
{
    pthread_mutex_lock(&store.lock);
    const struct vg_image im = c->kept[index];
    pthread_mutex_unlock(&store.lock);
    return im;
}

// Two threads may make one image at a time; the first copy stays.
static int keep(struct cached *c, int64_t index, const struct vg_image *im)
{
    struct vg_image copy = { 0 };
    const int64_t bytes = (int64_t) im->w * im->h * VG_CHANNELS;
    if (!take_room(c, bytes))
        return VG_OK;
    const int rc = vg_image_copy(im, &copy);
    pthread_mutex_lock(&store.lock);
    if (rc != VG_OK || c->kept[index].pixels) {
        store.room += bytes;
        c->bytes -= bytes;
    } else {
        vg_image_swap(&c->kept[index], &copy);
    }
    pthread_mutex_unlock(&store.lock);
    vg_image_finish(&copy);
    return rc;
}

static int cached_image(const void *self, int64_t index, struct vg_image *out)
{
    int rc = VG_OK;
    struct cached *c = (struct cached *) self;   // what is kept is no part of what it means
    const struct vg_image kept = find(c, index);
    if (kept.pixels)
        return vg_image_copy(&kept, out);
    VG_TRY(vg_data_image(c->data, index, out));
    VG_TRY(keep(c, index, out));
out:
    return rc;
}

static int cached_truth(const void *self, int64_t index, struct vg_truth *t)
{
    const struct cached *c = self;
    return vg_data_truth(c->data, index, t);
}

static int cached_stored(const void *self, int64_t index, const char **key, char **data,
                         size_t *bytes)
{
    const struct cached *c = self;
    return vg_data_stored(c->data, index, key, data, bytes);
}

static const struct vg_skipped *cached_skipped(const void *self, int64_t *count)
{
    const struct cached *c = self;
    return vg_data_skipped(c->data, count);
}

const struct vg_dataset vg_dataset_cached = {
    .name = "cached",
    .help = "cached:DATASET, another one whose images stay in memory (2 GiB in all) once made",
    .wanted = "cached:DATASET",
    .open = cached_open,
    .count = cached_count,
    .image = cached_image,
    .truth = cached_truth,
    .stored = cached_stored,
    .skipped = cached_skipped,
    .close = cached_close,
};
