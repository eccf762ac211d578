// Lists of files: the images in the order that is asked for; what is wrong is refused or left out,
// by name.

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tests/data/pictures.h"
#include "tests/data/stored.h"

Test(list, gives_the_files_in_its_order)
{
    char *dir = temp_make();
    write_picture(dir, "b.png", 12);
    write_picture(dir, "deep/a b.ppm", 13);
    write_picture(dir, "other/c.png", 14);
    char *lines = vg_format("other/c.png\r\n\n  b.png \n%s/deep/a b.ppm\nother/c.png", dir);
    char *list = write_bytes(dir, "list.txt", lines, strlen(lines));
    struct vg_data *d = open_stored("list", list, NULL);
    expect_widths(d, 4, (int[]) { 14, 12, 13, 14 });
    const char *key;
    char *data;
    size_t bytes;
    cr_assert_eq(vg_data_stored(d, 0, &key, &data, &bytes), VG_OK);
    cr_expect_str_eq(key, "other/c.png");
    cr_expect(bytes > 4 && !memcmp(data + 1, "PNG", 3));
    free(data);
    vg_data_close(&d);
    free(list);
    free(lines);
    temp_remove(dir);
}

Test(list, names_what_it_leaves_out_and_refuses)
{
    char *dir = temp_make();
    write_picture(dir, "a.png", 12);
    free(write_bytes(dir, "text.png", "text", 4));
    static const char lines[] = "gone.png\na.png\ntext.png\n", none[] = "gone.png\n";
    char *list = write_bytes(dir, "list.txt", lines, strlen(lines));
    struct vg_data *d = open_stored("list", list, NULL);
    expect_widths(d, 1, (int[]) { 12 });
    expect_skipped(d, 0, "/gone.png", "No such file");
    expect_skipped(d, 1, "/text.png", "not a JPEG");
    vg_data_close(&d);
    free(list);

    list = write_bytes(dir, "list.txt", none, strlen(none));
    expect_refused("list", list, NULL, VG_ERR_FORMAT, "none of 1 images can be read");
    free(list);
    list = write_bytes(dir, "list.txt", " \n\n", 3);
    expect_refused("list", list, NULL, VG_ERR_IO, "no images in it");
    free(list);
    list = write_bytes(dir, "list.txt", "a.png\0b.png", 11);
    expect_refused("list", list, NULL, VG_ERR_FORMAT, "not a text");
    free(list);
    expect_refused("list", "", NULL, VG_ERR_USAGE, "wanted list:FILE");
    expect_refused("list", "/nonexistent/list.txt", NULL, VG_ERR_IO, "No such file");
    expect_refused("list", "x", &(struct vg_dataset_options) { .split = VG_SPLIT_VAL },
                   VG_ERR_USAGE, "no split but train");
    temp_remove(dir);
}
