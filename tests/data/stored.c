#include "tests/data/stored.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "tests/data/pictures.h"

struct vg_data *open_stored(const char *kind, const char *where, const struct vg_dataset_options *o)
{
    struct vg_data *d = NULL;
    char *selector = vg_format("%s:%s", kind, where);
    cr_assert_eq(vg_data_open(selector, o, &d), VG_OK, "%s: %s", selector, vg_error());
    free(selector);
    return d;
}

void expect_refused(const char *kind, const char *where, const struct vg_dataset_options *o,
                    int code, const char *part)
{
    struct vg_data *d = NULL;
    char *selector = vg_format("%s:%s", kind, where);
    cr_expect_eq(vg_data_open(selector, o, &d), code, "%s: %s", selector, vg_error());
    cr_expect(strstr(vg_error(), part), "\"%s\" lacks \"%s\"", vg_error(), part);
    cr_expect_null(d);
    vg_error_clear();
    free(selector);
}

void expect_skipped(const struct vg_data *d, int64_t at, const char *path, const char *reason)
{
    int64_t n;
    const struct vg_skipped *s = vg_data_skipped(d, &n);
    cr_assert_lt(at, n, "only %d were left out", (int) n);
    cr_expect(strstr(s[at].path, path) && strstr(s[at].reason, reason), "%s: %s", s[at].path,
              s[at].reason);
}

void write_picture(const char *dir, const char *name, int width)
{
    struct vg_image im = noise_image(width, 11, (uint32_t) width);
    const char *suffix = strrchr(name, '.');
    free(suffix && !strcasecmp(suffix, ".png")   ? write_png(dir, name, &im)
         : suffix && !strcasecmp(suffix, ".bmp") ? write_bmp(dir, name, &im)
                                                 : write_ppm(dir, name, &im));
    vg_image_finish(&im);
}

void expect_width(const struct vg_data *d, int64_t index, int width)
{
    struct vg_image im;
    cr_assert_eq(vg_data_image(d, index, &im), VG_OK, "%s", vg_error());
    cr_expect_eq(im.w, width, "image %d is %d wide, wanted %d", (int) index, im.w, width);
    vg_image_finish(&im);
}

void expect_widths(const struct vg_data *d, int count, const int *widths)
{
    cr_assert_eq(vg_data_count(d), count, "%d images", (int) vg_data_count(d));
    for (int i = 0; i < count; i++)
        expect_width(d, i, widths[i]);
}
