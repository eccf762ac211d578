#include "data/reader.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

enum { DEFAULT_DEPTH = 3, MAX_THREADS = 256, POLL_NS = 50 * 1000 * 1000 };

// Keeps the permutation's numbers apart from all others of the run's seed.
enum { ORDER = 0x6f726465 };

// A place in the ring: empty (taken 0), being made (done < count), made (done == count).
struct slot {
    struct vg_batch batch;
    float *pixels;
    int64_t *index;
    int taken, done;   // images given to threads, images finished
    int rc, failed;    // of the first image in order that failed
    char *reason;
};

/*
 * Batches have absolute numbers from where reading began; number b lives in slot b % depth.
 * Threads take images in order, so the batches from `taken` down to `released` are in the ring.
 * All fields below the lock are read and written under it, except what a slot's images write.
 */
struct vg_reader {
    struct vg_reader_options o;
    int64_t share, batches;   // images of this rank, batches of an epoch
    int views, thread_count;
    size_t image_floats;
    pthread_t thread[MAX_THREADS];

    pthread_mutex_t lock;
    pthread_cond_t space, made;
    struct slot *slots;
    int64_t filling, released;   // numbers of the batch being given out, and of the oldest kept
    uint32_t *order, order_epoch;
    bool ordered, stopped, held;
    uint64_t wait_ns;
};

static int64_t epoch_images(const struct vg_reader_options *o)
{
    const int64_t n = vg_data_count(o->data);
    return o->ranks > 1 ? n / o->ranks : n;
}

static void order_epoch(struct vg_reader *r, uint32_t epoch)
{
    if (r->o.in_order || (r->ordered && r->order_epoch == epoch))
        return;
    struct vg_rng rng = { .seed = vg_rng_mix(r->o.augment.seed, ORDER), .step = epoch };
    vg_rng_permutation(&rng, (uint32_t) vg_data_count(r->o.data), r->order);
    r->order_epoch = epoch;
    r->ordered = true;
}

// Names the images of the batch with the absolute number `number`.
static void begin_batch(struct vg_reader *r, struct slot *s, int64_t number)
{
    const int64_t at = r->o.iteration + number;
    struct vg_batch *b = &s->batch;
    b->epoch = r->o.epoch + (uint32_t) (at / r->batches);
    b->iteration = at % r->batches;
    const int64_t first = b->iteration * r->o.batch, left = r->share - first;
    b->count = (int) (left < r->o.batch ? left : r->o.batch);

    order_epoch(r, b->epoch);
    for (int i = 0; i < b->count; i++) {
        const int64_t place = (first + i) * r->o.ranks + r->o.rank;
        s->index[i] = r->o.in_order ? place : r->order[place];
    }
}

// The next image to make, or NULL while the ring is full.
static struct slot *take_image(struct vg_reader *r, int *image)
{
    if (r->filling - r->released >= r->o.depth)
        return NULL;
    struct slot *s = &r->slots[r->filling % r->o.depth];
    if (s->taken == 0)
        begin_batch(r, s, r->filling);
    *image = s->taken++;
    if (s->taken == s->batch.count)
        r->filling++;
    return s;
}

// Runs without the lock: the image's place in the slot belongs to this thread.
static int make_image(struct vg_reader *r, struct slot *s, int image)
{
    const int64_t index = s->index[image];
    struct vg_image im = { 0 };
    int rc;
    VG_TRY(vg_data_image(r->o.data, index, &im));
    for (int v = 0; v < r->views; v++) {
        const size_t place = (size_t) v * (size_t) r->o.batch + (size_t) image;
        VG_TRY(vg_augment_view(&r->o.augment, &im, s->batch.epoch, index, v,
                               s->pixels + place * r->image_floats));
    }
out:
    vg_image_finish(&im);
    return rc;
}

static void finish_image(struct vg_reader *r, struct slot *s, int image, int rc)
{
    if (rc != VG_OK && (s->rc == VG_OK || image < s->failed)) {
        s->rc = rc;
        s->failed = image;
        free(s->reason);
        s->reason = vg_strdup(vg_error());
    }
    vg_error_clear();
    if (++s->done == s->batch.count)
        pthread_cond_broadcast(&r->made);
}

static void *work(void *arg)
{
    struct vg_reader *r = arg;
    int image = 0;
    pthread_mutex_lock(&r->lock);
    while (!r->stopped) {
        struct slot *s = take_image(r, &image);
        if (!s) {
            pthread_cond_wait(&r->space, &r->lock);
            continue;
        }
        pthread_mutex_unlock(&r->lock);
        const int rc = make_image(r, s, image);
        pthread_mutex_lock(&r->lock);
        finish_image(r, s, image, rc);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

// Signals are for the threads of the program, not for these.
static int start_threads(struct vg_reader *r)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (int i = 0; i < r->o.threads && !error; i++) {
        error = pthread_create(&r->thread[r->thread_count], NULL, work, r);
        r->thread_count += !error;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r->thread_count > 0)
        return VG_OK;   // fewer than asked for is only slower
    errno = error;
    return vg_fail_errno(VG_ERR_MEMORY, "reader: no thread can be started");
}

static int slots_create(struct vg_reader *r)
{
    const size_t view_floats = (size_t) r->o.batch * r->image_floats;
    r->slots = vg_alloc((size_t) r->o.depth, sizeof *r->slots);
    for (int i = 0; i < r->o.depth; i++) {
        struct slot *s = &r->slots[i];
        s->index = vg_alloc((size_t) r->o.batch, sizeof *s->index);
        s->pixels = vg_try_alloc((size_t) r->views * view_floats * sizeof *s->pixels);
        if (!s->pixels)
            return vg_fail(VG_ERR_MEMORY, "reader: no memory for %d batches of %d images",
                           r->o.depth, r->o.batch);
        s->batch = (struct vg_batch) {
            .views = r->views, .size = r->o.augment.size, .view = { s->pixels }, .index = s->index
        };
        if (r->views > 1)
            s->batch.view[1] = s->pixels + view_floats;
    }
    return VG_OK;
}

static void defaults(struct vg_reader_options *o)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->threads <= 0)
        o->threads = cores > 0 ? (int) cores : 1;
    if (o->threads > MAX_THREADS)
        o->threads = MAX_THREADS;
    if (o->depth <= 0)
        o->depth = DEFAULT_DEPTH;
    if (o->ranks <= 0)
        o->ranks = 1;
}

static int check_size(const struct vg_reader_options *o)
{
    const int64_t n = vg_data_count(o->data), share = epoch_images(o);
    if (n > UINT32_MAX)
        return vg_fail(VG_ERR_VALUE, "data set %s has %lld images, at most %lld are accepted",
                       vg_data_name(o->data), (long long) n, (long long) UINT32_MAX);
    if (share < 1 || (share < o->batch && !o->keep_last))
        return vg_fail(VG_ERR_VALUE,
                       "data set %s has %lld images for each of %d ranks, fewer than a batch of %d",
                       vg_data_name(o->data), (long long) share, o->ranks, o->batch);
    return VG_OK;
}

static struct vg_reader *reader_make(const struct vg_reader_options *o)
{
    struct vg_reader *r = vg_alloc(1, sizeof *r);
    r->o = *o;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->space, NULL);
    pthread_cond_init(&r->made, NULL);
    r->share = epoch_images(o);
    r->batches = o->keep_last ? (r->share + o->batch - 1) / o->batch : r->share / o->batch;
    r->views = vg_augment_views(o->augment.kind);
    r->image_floats = (size_t) o->augment.size * (size_t) o->augment.size * VG_CHANNELS;
    if (!o->in_order)
        r->order = vg_alloc((size_t) vg_data_count(o->data), sizeof *r->order);
    return r;
}

int vg_reader_create(const struct vg_reader_options *options, struct vg_reader **reader)
{
    struct vg_reader_options o = *options;
    assert(o.data && o.batch >= 1 && o.augment.size >= 1 && o.iteration >= 0);
    defaults(&o);
    assert(o.rank >= 0 && o.rank < o.ranks);
    struct vg_reader *r = NULL;
    int rc;
    VG_TRY(check_size(&o));
    r = reader_make(&o);
    VG_TRY(slots_create(r));
    VG_TRY(start_threads(r));
out:
    if (rc != VG_OK)
        vg_reader_destroy(&r);
    *reader = r;
    return rc;
}

void vg_reader_destroy(struct vg_reader **reader)
{
    struct vg_reader *r = *reader;
    if (!r)
        return;
    vg_reader_stop(r);
    for (int i = 0; i < r->thread_count; i++)
        pthread_join(r->thread[i], NULL);
    for (int i = 0; r->slots && i < r->o.depth; i++) {
        free(r->slots[i].pixels);
        free(r->slots[i].index);
        free(r->slots[i].reason);
    }
    pthread_cond_destroy(&r->made);
    pthread_cond_destroy(&r->space);
    pthread_mutex_destroy(&r->lock);
    free(r->slots);
    free(r->order);
    free(r);
    *reader = NULL;
}

int64_t vg_reader_batches(const struct vg_reader *r)
{
    return r->batches;
}

// Wakes up now and then to look at the flag: a signal handler can set it but not signal `made`.
static void wait_a_little(struct vg_reader *r)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += POLL_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&r->made, &r->lock, &until);
}

static bool is_made(const struct slot *s)
{
    return s->taken > 0 && s->done == s->batch.count;
}

static bool is_stopped(const struct vg_reader *r)
{
    return r->stopped || (r->o.interrupt && *r->o.interrupt);
}

int vg_reader_next(struct vg_reader *r, const struct vg_batch **batch)
{
    const uint64_t start = vg_clock_ns();
    int rc = VG_OK;
    *batch = NULL;
    pthread_mutex_lock(&r->lock);
    assert(!r->held);
    struct slot *s = &r->slots[r->released % r->o.depth];
    while (!is_made(s) && !is_stopped(r))
        wait_a_little(r);
    r->wait_ns += vg_clock_ns() - start;
    if (is_stopped(r))
        rc = vg_fail(VG_ERR_INTERRUPTED, "reader: interrupted");
    else if (s->rc != VG_OK)
        rc = vg_fail(s->rc, "%s", s->reason);
    else
        *batch = &s->batch;
    r->held = rc == VG_OK;
    pthread_mutex_unlock(&r->lock);
    return rc;
}

void vg_reader_release(struct vg_reader *r)
{
    pthread_mutex_lock(&r->lock);
    assert(r->held);
    struct slot *s = &r->slots[r->released % r->o.depth];
    s->taken = s->done = 0;
    r->held = false;
    r->released++;
    pthread_cond_broadcast(&r->space);
    pthread_mutex_unlock(&r->lock);
}

void vg_reader_stop(struct vg_reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopped = true;
    pthread_cond_broadcast(&r->space);
    pthread_cond_broadcast(&r->made);
    pthread_mutex_unlock(&r->lock);
}

uint64_t vg_reader_wait_ns(struct vg_reader *r)
{
    pthread_mutex_lock(&r->lock);
    const uint64_t ns = r->wait_ns;
    r->wait_ns = 0;
    pthread_mutex_unlock(&r->lock);
    return ns;
}
