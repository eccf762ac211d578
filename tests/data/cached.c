// Images kept in memory are those of the data set below, made once; all else goes through to it.

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/cached.h"
#include "data/reader.h"
#include "tests/data/pictures.h"
#include "tests/data/stored.h"

static struct vg_data *open_faces(const char *selector)
{
    struct vg_data *d = NULL;
    const struct vg_dataset_options o = { .size = 24, .seed = 5 };
    cr_assert_eq(vg_data_open(selector, &o, &d), VG_OK, "%s", vg_error());
    return d;
}

Test(cached, makes_an_image_once)
{
    char *dir = temp_make();
    write_picture(dir, "a.png", 12);
    write_picture(dir, "b.png", 13);
    char *list = write_bytes(dir, "list.txt", "a.png\nb.png\ngone.png\n", 21);
    char *where = vg_format("list:%s", list), *file = vg_format("%s/a.png", dir);
    struct vg_data *d = open_stored("cached", where, NULL);
    expect_width(d, 0, 12);
    cr_assert_eq(remove(file), 0);
    char *other = vg_format("%s/b.png", dir);
    cr_assert_eq(remove(other), 0);
    expect_width(d, 0, 12);
    struct vg_image im;
    cr_expect_eq(vg_data_image(d, 1, &im), VG_ERR_IO, "an image that was never made was kept");
    expect_skipped(d, 0, "/gone.png", "No such file");
    vg_data_close(&d);
    free(other);
    free(file);
    free(where);
    free(list);
    temp_remove(dir);
}

Test(cached, gives_the_images_and_labels_of_the_other)
{
    enum { FACES = 6 };
    struct vg_data *drawn = open_faces("synthetic:6"), *kept = open_faces("cached:synthetic:6");
    cr_assert_eq(vg_data_count(kept), FACES);
    for (int i = 0; i < 2 * FACES; i++) {
        struct vg_image a, b;
        struct vg_truth t = { 0 }, u = { 0 };
        cr_assert_eq(vg_data_image(drawn, i % FACES, &a), VG_OK);
        cr_assert_eq(vg_data_image(kept, i % FACES, &b), VG_OK);
        cr_expect_eq(image_hash(&a), image_hash(&b), "image %d differs", i % FACES);
        vg_image_flip(&b);   // the copy is the caller's
        cr_assert_eq(vg_data_truth(drawn, i % FACES, &t), VG_OK);
        cr_assert_eq(vg_data_truth(kept, i % FACES, &u), VG_OK);
        cr_expect(!memcmp(t.landmarks, u.landmarks, sizeof t.landmarks));
        vg_image_finish(&a);
        vg_image_finish(&b);
    }
    vg_data_close(&drawn);
    vg_data_close(&kept);
}

enum { SIDE = 11 };   // of the pictures below

// A folder of one picture, which is gone once the set has been asked for it.
static struct vg_data *open_gone(const char *dir, const char *name)
{
    char *file = vg_format("%s/a.png", name), *path = vg_format("%s/%s", dir, file);
    char *where = vg_format("folder:%s/%s", dir, name);
    write_picture(dir, file, SIDE);
    struct vg_data *d = open_stored("cached", where, NULL);
    expect_width(d, 0, SIDE);
    cr_assert_eq(remove(path), 0);
    free(where);
    free(path);
    free(file);
    return d;
}

static void open_and_close_gone(const char *dir, const char *name)
{
    struct vg_data *d = open_gone(dir, name);
    vg_data_close(&d);
}

// Whether the picture that is gone is to be had from a set opened now.
static bool is_kept(const char *dir, const char *name)
{
    struct vg_data *d;
    struct vg_image im = { 0 };
    char *selector = vg_format("cached:folder:%s/%s", dir, name);
    const bool kept = vg_data_open(selector, NULL, &d) == VG_OK &&
                      vg_data_image(d, 0, &im) == VG_OK && im.w == SIDE;
    vg_image_finish(&im);
    vg_data_close(&d);
    free(selector);
    return kept;
}

static void leave_room_for_one_picture(void)
{
    vg_cached_grow(SIDE * SIDE * VG_CHANNELS - VG_CACHED_BYTES);
}

Test(cached, keeps_a_set_for_who_opens_it_next)
{
    char *dir = temp_make();
    open_and_close_gone(dir, "a");
    open_and_close_gone(dir, "b");
    cr_expect(is_kept(dir, "a"));
    cr_expect(is_kept(dir, "b"));
    temp_remove(dir);
}

Test(cached, a_set_that_nobody_has_open_gives_way)
{
    char *dir = temp_make();
    leave_room_for_one_picture();
    open_and_close_gone(dir, "a");
    cr_expect(is_kept(dir, "a"));
    open_and_close_gone(dir, "b");
    cr_expect_not(is_kept(dir, "a"), "two pictures in the room of one");
    cr_expect(is_kept(dir, "b"));
    temp_remove(dir);
}

Test(cached, a_set_that_is_open_keeps_what_it_has)
{
    char *dir = temp_make();
    leave_room_for_one_picture();
    struct vg_data *a = open_gone(dir, "a");
    open_and_close_gone(dir, "b");
    expect_width(a, 0, SIDE);
    cr_expect_not(is_kept(dir, "b"), "two pictures in the room of one");
    vg_data_close(&a);
    temp_remove(dir);
}

// Sum of all pixels of some batches, made by several threads.
static double sum_batches(const struct vg_data *d)
{
    enum { BATCH = 4, BATCHES = 12, SIZE = 24 };
    struct vg_reader *r;
    double sum = 0;
    const struct vg_reader_options o = {
        .data = d,
        .augment = { .kind = VG_AUGMENT_MCF, .size = SIZE, .seed = 3 },
        .batch = BATCH,
        .threads = 4
    };
    cr_assert_eq(vg_reader_create(&o, &r), VG_OK, "%s", vg_error());
    for (int i = 0; i < BATCHES; i++) {
        const struct vg_batch *b;
        cr_assert_eq(vg_reader_next(r, &b), VG_OK, "%s", vg_error());
        for (int k = 0; k < BATCH * SIZE * SIZE * VG_CHANNELS; k++)
            sum += b->view[0][k] * (k % 97 + 1) * (i + 1);
        vg_reader_release(r);
    }
    vg_reader_destroy(&r);
    return sum;
}

Test(cached, serves_several_threads)
{
    struct vg_data *drawn = open_faces("synthetic:16"), *kept = open_faces("cached:synthetic:16");
    cr_expect_eq(sum_batches(drawn), sum_batches(kept));
    vg_data_close(&drawn);
    vg_data_close(&kept);
}

Test(cached, refuses_what_the_other_refuses)
{
    expect_refused("cached", "", NULL, VG_ERR_USAGE, "wanted one of: cached, folder");
    expect_refused("cached", "none:x", NULL, VG_ERR_USAGE, "no data set \"none\"");
    expect_refused("cached", "list:/nonexistent", NULL, VG_ERR_IO, "No such file");
}
