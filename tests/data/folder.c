#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/folder.h"
#include "tests/data/pictures.h"
#include "tests/data/stored.h"

Test(folder, takes_images_below_it_in_the_order_of_their_paths)
{
    char *dir = temp_make();
    write_picture(dir, "b/two.PNG", 12);
    write_picture(dir, "b/deep/er/one.bmp", 11);
    write_picture(dir, "a.ppm", 10);
    write_picture(dir, "z.pgm", 13);
    write_picture(dir, ".hidden.png", 1);
    write_picture(dir, ".git/x.png", 1);
    free(write_bytes(dir, "labels.txt", "0", 1));
    char *loop = vg_format("%s/b/deep/loop", dir);
    cr_assert_eq(symlink("../..", loop), 0);

    struct vg_data *d = open_stored("folder", dir, NULL);
    cr_assert_eq(vg_data_count(d), 4);
    for (int i = 0; i < 4; i++)
        expect_width(d, i, 10 + i);
    int64_t skipped;
    vg_data_skipped(d, &skipped);
    cr_expect_eq(skipped, 0);
    cr_expect_str_eq(vg_data_name(d), "folder");
    struct vg_truth t = { 0 };
    cr_expect_eq(vg_data_truth(d, 0, &t), VG_ERR_UNSUPPORTED);
    vg_data_close(&d);
    cr_expect_null(d);
    free(loop);
    temp_remove(dir);
}

Test(folder, names_what_it_leaves_out)
{
    char *dir = temp_make();
    write_picture(dir, "a.png", 10);
    const struct jpeg_file *jpeg = &jpeg_files[JPEG_COLOUR];
    free(write_bytes(dir, "b.jpg", jpeg->data, jpeg->bytes - 20));
    free(write_bytes(dir, "c.png", "text", 4));
    write_picture(dir, "d.png", 11);
    char *gone = vg_format("%s/e.png", dir);
    cr_assert_eq(symlink("nowhere.png", gone), 0);

    for (int threads = 1; threads <= 3; threads++) {
        struct vg_data *d =
            open_stored("folder", dir, &(struct vg_dataset_options) { .threads = threads });
        cr_assert_eq(vg_data_count(d), 2);
        expect_width(d, 0, 10);
        expect_width(d, 1, 11);
        int64_t n;
        const struct vg_skipped *s = vg_data_skipped(d, &n);
        cr_assert_eq(n, 3);
        cr_expect(strstr(s[0].path, "e.png") && strstr(s[0].reason, "No such file"), "%s: %s",
                  s[0].path, s[0].reason);
        cr_expect(strstr(s[1].path, "b.jpg") && *s[1].reason, "%s: %s", s[1].path, s[1].reason);
        cr_expect(strstr(s[2].path, "c.png") && !strncmp(s[2].reason, "not a JPEG", 10), "%s: %s",
                  s[2].path, s[2].reason);
        vg_data_close(&d);
    }
    // Trusted, the cut JPEG has a good header: it stays until somebody reads it.
    struct vg_data *d = open_stored("folder", dir, &(struct vg_dataset_options) { .trust = true });
    cr_assert_eq(vg_data_count(d), 3);
    struct vg_image im;
    cr_expect_eq(vg_data_image(d, 1, &im), VG_ERR_FORMAT);
    cr_expect_null(im.pixels);
    vg_data_close(&d);
    free(gone);
    temp_remove(dir);
}

Test(folder, takes_the_first_readable_ones_when_told_how_many)
{
    char *dir = temp_make(), name[32];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "%02d.ppm", i);
        if (i == 3)
            free(write_bytes(dir, name, "P6 ", 3));
        else
            write_picture(dir, name, 10 + i);
    }
    struct vg_data *d = open_stored("folder", dir, &(struct vg_dataset_options) { .count = 5 });
    cr_assert_eq(vg_data_count(d), 5);
    expect_width(d, 2, 12);
    expect_width(d, 3, 14);
    expect_width(d, 4, 15);
    vg_data_close(&d);
    temp_remove(dir);
}

Test(folder, refuses_with_one_line)
{
    const struct vg_dataset_options val = { .split = VG_SPLIT_VAL };
    char *dir = temp_make();
    expect_refused("folder", dir, NULL, VG_ERR_IO, "no JPEG, PNG, BMP, PGM or PPM files");
    free(write_bytes(dir, "a.png", "text", 4));
    expect_refused("folder", dir, NULL, VG_ERR_FORMAT, "none of 1 images can be read");
    expect_refused("folder", dir, &val, VG_ERR_USAGE, "no split but train");
    expect_refused("folder", "/no/such/place", NULL, VG_ERR_IO, "/no/such/place");
    expect_refused("folder", "", NULL, VG_ERR_USAGE, "folder:DIRECTORY");
    expect_refused("folders", "/tmp", NULL, VG_ERR_USAGE,
                   "no data set \"folders\", wanted one of: ");
    expect_refused("folders", "/tmp", NULL, VG_ERR_USAGE, "folder");
    expect_refused("", "", NULL, VG_ERR_USAGE, "no data set \"\"");
    temp_remove(dir);
}
