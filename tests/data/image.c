// The operations on images against the sums and pixels of the FRA specification ("Image ops",
// section 11) and, for every byte, against Pillow: the hashes are FNV-1a of what Pillow 13.0 gives
// for the same image and arguments.  Pillow 13 may resize rows before columns; its hashes were
// made with one resize an axis, columns first, which is what Pillow 9.4 does in one call.

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/blur.h"
#include "data/color.h"
#include "data/image.h"
#include "data/resize.h"
#include "tests/data/pictures.h"

static void expect(const struct vg_image *im, int64_t sum, uint64_t hash, const char *what)
{
    cr_expect_eq(image_sum(im), sum, "%s: sum %ld, wanted %ld", what, (long) image_sum(im),
                 (long) sum);
    cr_expect_eq(image_hash(im), hash, "%s: bytes differ", what);
}

static void expect_pixel(const struct vg_image *im, int x, int y, int r, int g, int b)
{
    const uint8_t *p = vg_image_at(im, x, y);
    cr_expect(p[0] == r && p[1] == g && p[2] == b, "(%d, %d) is %d %d %d, wanted %d %d %d", x, y,
              p[0], p[1], p[2], r, g, b);
}

static struct vg_image image_a(void)
{
    return noise_image(56, 40, 7);
}

Test(image, the_fill_and_image_a)
{
    cr_expect_eq(fill_bits(0, 0), 1834104592u);
    cr_expect_eq(fill_bits(1, 0), 2889141741u);
    cr_expect_eq(fill_bits(0, 1), 39170614u);
    cr_expect_eq(fill_bits(5, 1000), 2531521222u);

    struct vg_image a = image_a();
    expect(&a, 864569, 0x25d60588caee502aull, "A");
    expect_pixel(&a, 0, 0, 126, 245, 83);
    expect_pixel(&a, 30, 20, 76, 63, 73);
    expect_pixel(&a, 55, 39, 116, 227, 204);
    vg_image_finish(&a);
}

Test(image, resize)
{
    static const struct {
        struct vg_rect crop;
        int w, h;
        enum vg_filter filter;
        int64_t sum;
        uint64_t hash;
    } cases[] = {
        { { 9, 5, 33, 30 }, 24, 24, VG_FILTER_BILINEAR, 223259, 0x1e7c5d0ac0310650ull },
        { { 0, 0, 56, 40 }, 5, 3, VG_FILTER_BILINEAR, 5792, 0x5eaaa9b64bcebf69ull },
        { { 0, 0, 56, 40 }, 56, 90, VG_FILTER_BILINEAR, 1945770, 0x8b698b43bc074275ull },
        { { 0, 0, 56, 40 }, 7, 40, VG_FILTER_BILINEAR, 107950, 0xcc76f5e039b3b6e1ull },
        { { 0, 0, 56, 40 }, 56, 40, VG_FILTER_BILINEAR, 864569, 0x25d60588caee502aull },
        { { 9, 5, 33, 30 }, 24, 24, VG_FILTER_BICUBIC, 223286, 0x56452e761cd80f1full },
        { { 0, 0, 56, 40 }, 61, 50, VG_FILTER_BICUBIC, 1177437, 0xce8c925a19cc6858ull },
    };
    struct vg_image a = image_a(), out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(
            vg_image_resize(&a, cases[i].crop, cases[i].w, cases[i].h, cases[i].filter, &out), 0);
        char what[32];
        snprintf(what, sizeof what, "resize, case %zu", i);
        expect(&out, cases[i].sum, cases[i].hash, what);
        if (i == 0) {
            expect_pixel(&out, 0, 0, 145, 156, 130);
            expect_pixel(&out, 7, 13, 139, 154, 123);
        }
        vg_image_finish(&out);
    }
    vg_image_finish(&a);
}

typedef void in_place(struct vg_image *im, float f);

static void hue(struct vg_image *im, float f)
{
    vg_image_hue(im, rint(f * 1000.0) / 1000);   // the decimal the reference was given
}

static void gray(struct vg_image *im, float unused)
{
    vg_image_gray(im);
}

static void solarise(struct vg_image *im, float threshold)
{
    vg_image_solarise(im, (int) threshold);
}

static void flip(struct vg_image *im, float unused)
{
    vg_image_flip(im);
}

static void blur(struct vg_image *im, float sigma)
{
    cr_assert_eq(vg_image_blur(im, sigma), 0);
}

Test(image, in_place)
{
    static const struct {
        const char *what;
        in_place *apply;
        float f;
        int64_t sum;
        uint64_t hash;
    } cases[] = {
        { "brightness .61", vg_image_brightness, .61f, 524085, 0xaf6632c2bbbe3538ull },
        { "brightness 1.39", vg_image_brightness, 1.39f, 1104719, 0x6a679d02e05c1854ull },
        { "contrast .61", vg_image_contrast, .61f, 859522, 0x73ca8b947b47359full },
        { "contrast 1.39", vg_image_contrast, 1.39f, 863974, 0xd7da91232e0a0e59ull },
        { "saturation .61", vg_image_saturation, .61f, 859363, 0x19f6a5cff7c13bf6ull },
        { "saturation 1.39", vg_image_saturation, 1.39f, 862841, 0xbd87dc8dd159097eull },
        { "hue -.1", hue, -.1f, 865151, 0x9ba928b09428ac48ull },
        { "hue +.03", hue, .03f, 866222, 0xb3010d4534c65539ull },
        { "hue +.5", hue, .5f, 865677, 0xe50119b80847d5feull },
        { "hue -.5", hue, -.5f, 865543, 0x6a9a5aae8ec577e0ull },
        { "gray", gray, 0, 859788, 0x71a5102598c20437ull },
        { "solarise 128", solarise, 128, 431292, 0xf668c4e34b39b0a1ull },
        { "flip", flip, 0, 864569, 0x963bdb5d2d4f1570ull },
        { "blur .5", blur, .5f, 864580, 0x09db341c762cb6b9ull },
        { "blur 1.3", blur, 1.3f, 864561, 0x232d9459e174f7b8ull },
        { "blur 1.99", blur, 1.99f, 864695, 0x4b8c3584631daea2ull },
        { "blur 7.3", blur, 7.3f, 866725, 0xe726ed1727ef16a6ull },
        { "blur 40, beyond the image", blur, 40, 898992, 0x2a4cc82c7adad9ebull },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_image a = image_a();
        cases[i].apply(&a, cases[i].f);
        expect(&a, cases[i].sum, cases[i].hash, cases[i].what);
        vg_image_finish(&a);
    }
}

Test(image, pixels_of_the_specification)
{
    static const struct {
        in_place *apply;
        float f;
        int x, y, rgb[3];
    } cases[] = {
        { hue, -.1f, 30, 20, { 71, 63, 76 } },      { hue, .03f, 30, 20, { 76, 63, 71 } },
        { blur, .5f, 30, 20, { 82, 94, 83 } },      { blur, 1.3f, 30, 20, { 108, 133, 120 } },
        { blur, 1.99f, 30, 20, { 112, 135, 124 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_image a = image_a();
        cases[i].apply(&a, cases[i].f);
        expect_pixel(&a, cases[i].x, cases[i].y, cases[i].rgb[0], cases[i].rgb[1], cases[i].rgb[2]);
        vg_image_finish(&a);
    }
}

Test(image, rotate)
{
    static const struct {
        double degrees;
        int64_t sum;
        uint64_t hash;
    } cases[] = {
        { -9.7, 798370, 0x7747953e2922e98dull }, { 5, 831389, 0xf8743a2023e7a1deull },
        { 9.99, 801244, 0xaf34c4b2591a8959ull }, { 37, 703208, 0x17fd45a32177d5afull },
        { 90, 618964, 0xfdd783400d01c19full },   { 180, 864569, 0xb6c6209eb8666244ull },
        { 0, 864569, 0x25d60588caee502aull },
    };
    struct vg_image a = image_a(), out;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char what[32];
        snprintf(what, sizeof what, "rotate %g", cases[i].degrees);
        cr_assert_eq(vg_image_rotate(&a, cases[i].degrees, &out), 0);
        expect(&out, cases[i].sum, cases[i].hash, what);
        vg_image_finish(&out);
    }
    vg_image_finish(&a);
}

Test(image, translate)
{
    struct vg_image a = image_a(), out;
    cr_assert_eq(vg_image_translate(&a, 7, -3, &out), 0);
    expect(&out, 698932, 0x1749e8468e0fa7c9ull, "translate 7, -3");
    vg_image_finish(&out);
    cr_assert_eq(vg_image_translate(&a, -11, 8, &out), 0);
    expect(&out, 560952, 0x60036421b56b94c7ull, "translate -11, 8");
    vg_image_finish(&out);
    cr_assert_eq(vg_image_translate(&a, 56, 0, &out), 0);
    cr_expect_eq(image_sum(&out), 0, "moved out of sight");
    vg_image_finish(&out);
    vg_image_finish(&a);
}

// The smallest images: every operation at its own edge.
Test(image, one_pixel)
{
    struct vg_image one = noise_image(1, 1, 3), out;
    const uint8_t kept[3] = { one.pixels[0], one.pixels[1], one.pixels[2] };
    vg_image_flip(&one);
    cr_assert_eq(vg_image_blur(&one, 1.7), 0);
    cr_expect_arr_eq(one.pixels, kept, 3, "a constant image is its own blur");
    cr_assert_eq(vg_image_resize(&one, vg_image_whole(&one), 5, 4, VG_FILTER_BICUBIC, &out), 0);
    for (int i = 0; i < 5 * 4; i++)
        cr_expect_arr_eq(out.pixels + 3 * i, kept, 3, "and its own enlargement");
    vg_image_finish(&out);
    vg_image_finish(&one);
}

// Against the same three roundings to float; the result must not depend on how they are arranged.
Test(image, normalise)
{
    struct vg_image a = image_a();
    const int n = a.w * a.h * VG_CHANNELS;
    float *out = malloc((size_t) n * sizeof *out);
    vg_image_normalise(&a, &vg_norm_vggface2, out);
    for (int i = 0; i < n; i++) {
        volatile float x = (float) a.pixels[i] / 255.0f;
        x = x - vg_norm_vggface2.mean[i % 3];
        x = x / vg_norm_vggface2.std[i % 3];
        cr_assert_eq(out[i], x, "value %d", i);
    }
    free(out);
    vg_image_finish(&a);
}
