#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "data/reader.h"
#include "tests/data/pictures.h"

enum { S = 12, IMAGES = 23 };

// A data set of noise; image `bad` fails, and reading one takes slow_us.
static int64_t fake_images = IMAGES, fake_bad = -1;
static int fake_slow_us;

static int fake_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    *self = &fake_images;
    return VG_OK;
}

static int64_t fake_count(const void *self)
{
    return fake_images;
}

static int fake_image(const void *self, int64_t index, struct vg_image *out)
{
    if (fake_slow_us)
        usleep((useconds_t) fake_slow_us);
    if (index == fake_bad)
        return vg_fail(VG_ERR_FORMAT, "image %d is bad", (int) index);
    *out = noise_image(14 + (int) index % 5, 13, (uint32_t) index);
    return VG_OK;
}

static void fake_close(void *self)
{
}

static const struct vg_dataset fake = {
    .name = "fake", .open = fake_open, .count = fake_count, .image = fake_image, .close = fake_close
};

static struct vg_data *fake_data(void)
{
    struct vg_data *d;
    cr_assert_eq(vg_data_open_kind(&fake, "", NULL, &d), VG_OK);
    return d;
}

static struct vg_reader_options options(const struct vg_data *d)
{
    return (struct vg_reader_options) {
        .data = d,
        .augment = { .kind = VG_AUGMENT_FRA, .size = S, .seed = 77 },
        .batch = 4,
        .threads = 2,
    };
}

static struct vg_reader *make(const struct vg_reader_options *o)
{
    struct vg_reader *r;
    cr_assert_eq(vg_reader_create(o, &r), VG_OK, "%s", vg_error());
    return r;
}

static const struct vg_batch *next(struct vg_reader *r)
{
    const struct vg_batch *b;
    cr_assert_eq(vg_reader_next(r, &b), VG_OK, "%s", vg_error());
    return b;
}

// All that a batch says: where it stands, which images, every float.
static uint64_t batch_hash(const struct vg_batch *b)
{
    const size_t floats = (size_t) b->count * S * S * VG_CHANNELS;
    uint64_t h = bytes_hash(b->index, (size_t) b->count * sizeof *b->index);
    for (int v = 0; v < b->views; v++)
        h = h * 31 + bytes_hash(b->view[v], floats * sizeof(float));
    return h * 31 + b->epoch * 1000 + (uint64_t) b->iteration;
}

static void hashes(const struct vg_reader_options *o, int count, uint64_t *out)
{
    struct vg_reader *r = make(o);
    for (int i = 0; i < count; i++) {
        out[i] = batch_hash(next(r));
        vg_reader_release(r);
    }
    vg_reader_destroy(&r);
}

Test(reader, batches_do_not_depend_on_threads_or_depth)
{
    enum { BATCHES = 17 };   // three epochs of five and a bit
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    uint64_t want[BATCHES], got[BATCHES];
    o.threads = o.depth = 1;
    hashes(&o, BATCHES, want);
    for (int threads = 2; threads <= 5; threads++)
        for (int depth = 1; depth <= 9; depth += 4) {
            o.threads = threads;
            o.depth = depth;
            hashes(&o, BATCHES, got);
            cr_expect_arr_eq(got, want, sizeof want, "%d threads, depth %d", threads, depth);
        }
    vg_data_close(&d);
}

Test(reader, goes_on_where_a_run_was_stopped)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    uint64_t whole[14], rest[14];
    hashes(&o, 14, whole);
    for (int at = 0; at < 14; at += 3) {   // five batches an epoch
        o.epoch = (uint32_t) at / 5;
        o.iteration = at % 5;
        hashes(&o, 14 - at, rest);
        cr_expect_arr_eq(rest, whole + at, (size_t) (14 - at) * sizeof *whole, "from %d", at);
    }
    vg_data_close(&d);
}

Test(reader, an_epoch_is_a_permutation_and_the_next_another)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    o.keep_last = true;
    struct vg_reader *r = make(&o);
    cr_assert_eq(vg_reader_batches(r), 6);   // the last has three images
    int64_t order[2][IMAGES];
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen[IMAGES] = { 0 }, n = 0;
        for (int i = 0; i < 6; i++) {
            const struct vg_batch *b = next(r);
            cr_expect_eq(b->epoch, (uint32_t) epoch);
            cr_expect_eq(b->iteration, i);
            cr_expect_eq(b->count, i < 5 ? 4 : 3);
            for (int k = 0; k < b->count; k++) {
                order[epoch][n++] = b->index[k];
                seen[b->index[k]]++;
            }
            vg_reader_release(r);
        }
        for (int i = 0; i < IMAGES; i++)
            cr_expect_eq(seen[i], 1, "epoch %d, image %d came %d times", epoch, i, seen[i]);
    }
    cr_expect(memcmp(order[0], order[1], sizeof order[0]), "both epochs have the same order");
    vg_reader_destroy(&r);
    vg_data_close(&d);
}

Test(reader, a_batch_holds_the_views_of_its_images)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    struct vg_reader *r = make(&o);
    const struct vg_batch *b = next(r);
    enum { FLOATS = S * S * VG_CHANNELS };
    float want[FLOATS];
    cr_assert_eq(b->views, 2);
    for (int i = 0; i < b->count; i++)
        for (int v = 0; v < 2; v++) {
            struct vg_image im;
            cr_assert_eq(vg_data_image(d, b->index[i], &im), VG_OK);
            cr_assert_eq(vg_augment_view(&o.augment, &im, 0, b->index[i], v, want), VG_OK);
            cr_expect_arr_eq(b->view[v] + i * FLOATS, want, sizeof want, "image %d view %d", i, v);
            vg_image_finish(&im);
        }
    vg_reader_release(r);
    vg_reader_destroy(&r);
    vg_data_close(&d);
}

Test(reader, in_order_and_ranks)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    o.in_order = true;
    o.ranks = 2;
    for (o.rank = 0; o.rank < 2; o.rank++) {
        struct vg_reader *r = make(&o);
        cr_expect_eq(vg_reader_batches(r), 2);   // 11 images a rank
        for (int i = 0; i < 2; i++) {
            const struct vg_batch *b = next(r);
            for (int k = 0; k < 4; k++)
                cr_expect_eq(b->index[k], (4 * i + k) * 2 + o.rank);
            vg_reader_release(r);
        }
        vg_reader_destroy(&r);
    }
    vg_data_close(&d);
}

Test(reader, a_failure_reaches_the_consumer_in_its_place)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    o.in_order = true;
    fake_bad = 9;   // of the third batch
    for (o.threads = 1; o.threads <= 3; o.threads++) {
        struct vg_reader *r = make(&o);
        const struct vg_batch *b;
        for (int i = 0; i < 2; i++) {
            next(r);
            vg_reader_release(r);
        }
        for (int again = 0; again < 2; again++) {
            vg_error_clear();
            cr_expect_eq(vg_reader_next(r, &b), VG_ERR_FORMAT);
            cr_expect_str_eq(vg_error(), "image 9 is bad");
            cr_expect_null(b);
        }
        vg_reader_destroy(&r);
    }
    vg_data_close(&d);
}

Test(reader, refuses_a_data_set_smaller_than_a_batch)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    struct vg_reader *r;
    o.batch = IMAGES + 1;
    cr_expect_eq(vg_reader_create(&o, &r), VG_ERR_VALUE);
    cr_expect_str_eq(vg_error(),
                     "data set fake has 23 images for each of 1 ranks, fewer than a batch of 24");
    cr_expect_null(r);
    vg_error_clear();
    o.keep_last = true;
    r = make(&o);
    cr_expect_eq(next(r)->count, IMAGES);
    vg_reader_release(r);
    vg_reader_destroy(&r);
    vg_data_close(&d);
}

static void *stop_soon(void *reader)
{
    usleep(20 * 1000);
    vg_reader_stop(reader);
    return NULL;
}

Test(reader, stops_while_the_consumer_waits, .timeout = 20)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    const struct vg_batch *b;
    fake_slow_us = 100 * 1000;   // a batch takes 200 ms
    struct vg_reader *r = make(&o);
    pthread_t stopper;
    cr_assert_eq(pthread_create(&stopper, NULL, stop_soon, r), 0);
    cr_expect_eq(vg_reader_next(r, &b), VG_ERR_INTERRUPTED);
    pthread_join(stopper, NULL);
    vg_reader_destroy(&r);
    vg_data_close(&d);
}

static volatile sig_atomic_t pressed;

static void on_signal(int number)
{
    pressed = 1;
}

Test(reader, a_signal_ends_the_wait, .timeout = 20)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    const struct vg_batch *b;
    o.interrupt = &pressed;
    fake_slow_us = 400 * 1000;
    signal(SIGALRM, on_signal);
    struct vg_reader *r = make(&o);
    ualarm(30 * 1000, 0);
    cr_expect_eq(vg_reader_next(r, &b), VG_ERR_INTERRUPTED);
    vg_reader_destroy(&r);
    vg_data_close(&d);
}

// Destroyed with the ring full, half full and just begun.
Test(reader, ends_at_any_time, .timeout = 20)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    fake_slow_us = 1000;
    for (int i = 0; i < 12; i++) {
        struct vg_reader *r = make(&o);
        if (i % 3)
            next(r);
        if (i % 3 == 2)
            vg_reader_release(r);
        usleep((useconds_t) (i * 1500));
        vg_reader_destroy(&r);
        cr_expect_null(r);
    }
    vg_data_close(&d);
}

// Four images of 20 ms on one thread take 80 ms; what did not pass before the call is waited for.
Test(reader, measures_how_long_it_waits)
{
    struct vg_data *d = fake_data();
    struct vg_reader_options o = options(d);
    o.threads = 1;
    fake_slow_us = 20 * 1000;
    const uint64_t start = vg_clock_ns();
    struct vg_reader *r = make(&o);
    cr_expect_eq(vg_reader_wait_ns(r), 0);
    const uint64_t passed_ns = vg_clock_ns() - start;
    next(r);
    const uint64_t waited_ns = vg_reader_wait_ns(r);
    cr_expect_geq(waited_ns + passed_ns, 80u * 1000 * 1000, "waited %lu ns",
                  (unsigned long) waited_ns);
    cr_expect_eq(vg_reader_wait_ns(r), 0, "asking starts it again");
    vg_reader_release(r);
    vg_reader_destroy(&r);
    vg_data_close(&d);
}
