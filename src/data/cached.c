#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/dataset.h"

/**
 * Another data set, whose images stay in memory once they were made.
 *
 * Drawing and decoding share the cores with a CPU device, so a training of many epochs gains by not
 * doing them again; nothing else changes, the images least of all.  What is kept is bounded: images
 * beyond the bound are made anew each time they are asked for.
 */
enum { MOST_MEBIBYTES = 2048 };

struct cached {
    struct vg_data *data;
    pthread_mutex_t lock;    // of kept and room
    struct vg_image *kept;   // [count]; without pixels: not kept
    int64_t room;            // bytes that may still be kept
};

static int cached_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    int rc = VG_OK;
    struct cached *c = vg_alloc(1, sizeof *c);
    *self = c;
    pthread_mutex_init(&c->lock, NULL);
    c->room = (int64_t) MOST_MEBIBYTES << 20;
    VG_TRY(vg_data_open(where, o, &c->data));
    c->kept = vg_alloc(vg_data_count(c->data), sizeof *c->kept);
out:
    return rc;
}

static void cached_close(void *self)
{
    struct cached *c = self;
    for (int64_t i = 0; c->kept && i < vg_data_count(c->data); i++)
        vg_image_finish(&c->kept[i]);
    free(c->kept);
    vg_data_close(&c->data);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static int64_t cached_count(const void *self)
{
    const struct cached *c = self;
    return vg_data_count(c->data);
}

// What is kept never changes until the end, so its pixels are read without the lock.
static struct vg_image find(struct cached *c, int64_t index)
{
    pthread_mutex_lock(&c->lock);
    const struct vg_image im = c->kept[index];
    pthread_mutex_unlock(&c->lock);
    return im;
}

// Whether there is room for so many bytes more, which then are taken.
static bool take_room(struct cached *c, int64_t bytes)
{
    pthread_mutex_lock(&c->lock);
    const bool fits = bytes <= c->room;
    c->room -= fits ? bytes : 0;
    pthread_mutex_unlock(&c->lock);
    return fits;
}

// Two threads may make one image at a time; the first copy stays.  Once all room is taken, nothing
// is copied any more.
static int keep(struct cached *c, int64_t index, const struct vg_image *im)
{
    int rc = VG_OK;
    struct vg_image copy;
    const int64_t bytes = (int64_t) im->w * im->h * VG_CHANNELS;
    if (!take_room(c, bytes))
        return VG_OK;
    VG_TRY(vg_image_copy(im, &copy));
    pthread_mutex_lock(&c->lock);
    if (c->kept[index].pixels)
        c->room += bytes;
    else
        vg_image_swap(&c->kept[index], &copy);
    pthread_mutex_unlock(&c->lock);
    vg_image_finish(&copy);
out:
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
    .help = "cached:DATASET, another one whose images stay in memory (2 GiB at most) once made",
    .wanted = "cached:DATASET",
    .open = cached_open,
    .count = cached_count,
    .image = cached_image,
    .truth = cached_truth,
    .stored = cached_stored,
    .skipped = cached_skipped,
    .close = cached_close,
};
