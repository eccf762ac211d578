// The pipelines: what is drawn, that it is applied in the order of the specification, and that it
// depends on nothing but its key.  The operations themselves are tested in image.c.

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/augment.h"
#include "data/blur.h"
#include "data/color.h"
#include "data/draw.h"
#include "data/resize.h"
#include "tests/data/pictures.h"

enum { S = 32, FLOATS = S * S * VG_CHANNELS };

static struct vg_augment fra(uint64_t seed)
{
    return (struct vg_augment) { .kind = VG_AUGMENT_FRA, .size = S, .seed = seed };
}

static void view(const struct vg_augment *a, const struct vg_image *im, uint32_t epoch,
                 int64_t index, int v, float *out)
{
    cr_assert_eq(vg_augment_view(a, im, epoch, index, v, out), 0);
}

// How many of 16 images differ from the same view with another seed, epoch or index.
static int changes(const struct vg_augment *a, const struct vg_image *im, uint64_t seed,
                   uint32_t epoch, int64_t index)
{
    struct vg_augment other = *a;
    float first[FLOATS], again[FLOATS];
    int changed = 0;
    other.seed += seed;
    for (int64_t i = 0; i < 16; i++) {
        view(a, im, 3, 100 * i, 0, first);
        view(&other, im, 3 + epoch, 100 * i + index, 0, again);
        changed += memcmp(first, again, sizeof first) != 0;
    }
    return changed;
}

Test(augment, a_view_is_a_function_of_its_key)
{
    struct vg_image im = noise_image(50, 41, 1);
    static const struct vg_augment kinds[] = {
        { .kind = VG_AUGMENT_FRA, .size = S, .seed = 5 },
        { .kind = VG_AUGMENT_TRANSFER, .size = S, .seed = 5, .erase = true },
        { .kind = VG_AUGMENT_MCF, .size = S, .seed = 5 },
        { .kind = VG_AUGMENT_MCF, .size = S, .seed = 5, .crop = 0.2, .filter = VG_FILTER_BICUBIC },
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const struct vg_augment *a = &kinds[k];
        const char *name = vg_augment_name(a->kind);
        cr_expect_eq(changes(a, &im, 0, 0, 0), 0, "%s: twice the same", name);
        cr_expect_gt(changes(a, &im, 1, 0, 0), 0, "%s: the seed matters", name);
        cr_expect_gt(changes(a, &im, 0, 1, 0), 0, "%s: the epoch matters", name);
        cr_expect_gt(changes(a, &im, 0, 0, 1), 0, "%s: the index matters", name);
    }
    float first[FLOATS], second[FLOATS];
    view(&kinds[0], &im, 3, 10, 0, first);
    view(&kinds[0], &im, 3, 10, 1, second);
    cr_expect(memcmp(first, second, sizeof first), "the view matters");
    vg_image_finish(&im);
}

// The pipeline once more, step by step from the draws.
Test(augment, fra_applies_its_draws_in_order)
{
    struct vg_image im = noise_image(60, 45, 2), out;
    const struct vg_augment a = fra(9);
    float got[FLOATS], want[FLOATS];
    for (int64_t index = 0; index < 20; index++)
        for (int v = 0; v < 2; v++) {
            const struct vg_view_key key = { a.seed, 1, index, v };
            const struct vg_fra_draw d = vg_fra_draw(&key, &vg_fra_published, im.w, im.h);
            cr_assert_eq(vg_image_resize(&im, d.crop, S, S, VG_FILTER_BILINEAR, &out), 0);
            if (d.flip)
                vg_image_flip(&out);
            for (int i = 0; d.jittered && i < 4; i++) {
                const int which = d.jitter.order[i];
                const float f = (float) d.jitter.factor[which];
                if (which == VG_BRIGHTNESS)
                    vg_image_brightness(&out, f);
                if (which == VG_CONTRAST)
                    vg_image_contrast(&out, f);
                if (which == VG_SATURATION)
                    vg_image_saturation(&out, f);
                if (which == VG_HUE)
                    vg_image_hue(&out, d.jitter.factor[which]);
            }
            if (d.gray)
                vg_image_gray(&out);
            if (d.blurred)
                cr_assert_eq(vg_image_blur(&out, d.sigma), 0);
            if (d.solarised)
                vg_image_solarise(&out, 128);
            vg_image_normalise(&out, &vg_norm_vggface2, want);
            vg_image_finish(&out);
            view(&a, &im, 1, index, v, got);
            cr_expect_arr_eq(got, want, sizeof got, "image %d view %d", (int) index, v);
        }
    vg_image_finish(&im);
}

// The same draws, scaled: a strength changes how far a view goes, not which one is drawn.
Test(augment, fra_strength_scales_the_draws)
{
    const struct vg_fra_strength strong = { .crop = 0.5, .jitter = 2, .gray = 0, .blur = 0.25 };
    for (int64_t i = 0; i < 200; i++) {
        const struct vg_view_key key = { 3, 0, i, (int) (i % 2) };
        const struct vg_fra_draw d = vg_fra_draw(&key, &vg_fra_published, 100, 80);
        const struct vg_fra_draw e = vg_fra_draw(&key, &strong, 100, 80);
        cr_expect(!e.gray && e.flip == d.flip && e.jittered == d.jittered);
        cr_expect_float_eq(e.sigma, d.sigma / 4, 1e-12);
        for (int k = 0; k < VG_HUE; k++)
            cr_expect_float_eq(e.jitter.factor[k] - 1, 2 * (d.jitter.factor[k] - 1), 1e-12);
        cr_expect_float_eq(e.jitter.factor[VG_HUE], 2 * d.jitter.factor[VG_HUE], 1e-12);
        // Rounding of both sides takes at most half a row and half a column.
        cr_expect_geq(e.crop.w * e.crop.h, 0.5 * 100 * 80 - 100, "image %d", (int) i);
    }
}

Test(augment, fra_strength_reaches_the_view)
{
    const struct vg_fra_strength gray = { .crop = 1, .gray = 1, .blur = 0 };
    struct vg_augment a = fra(4);
    struct vg_image im = noise_image(S, S, 5);
    float got[FLOATS];
    a.fra = &gray;
    view(&a, &im, 0, 0, 0, got);
    for (int i = 0; i < FLOATS; i += VG_CHANNELS) {
        const double red = got[i] * vg_norm_vggface2.std[0] + vg_norm_vggface2.mean[0];
        const double blue = got[i + 2] * vg_norm_vggface2.std[2] + vg_norm_vggface2.mean[2];
        cr_expect_float_eq(red, blue, 1e-5, "pixel %d", i / VG_CHANNELS);
    }
    vg_image_finish(&im);
}

// Five standard deviations of a count of n draws of probability p.
static void expect_rate(int count, int n, double p, const char *what)
{
    cr_expect(fabs(count - n * p) <= 5 * sqrt(n * p * (1 - p)), "%s: %d of %d, wanted %g", what,
              count, n, n * p);
}

Test(augment, fra_draws_have_their_probabilities)
{
    enum { DRAWS = 4000 };
    for (int v = 0; v < 2; v++) {
        int flip = 0, jitter = 0, gray = 0, blur = 0, solarise = 0, hue_first = 0;
        double sigma = 0;
        for (int64_t i = 0; i < DRAWS; i++) {
            const struct vg_view_key key = { 1, 0, i, v };
            const struct vg_fra_draw d = vg_fra_draw(&key, &vg_fra_published, 100, 80);
            flip += d.flip;
            jitter += d.jittered;
            gray += d.gray;
            blur += d.blurred;
            solarise += d.solarised;
            hue_first += d.jitter.order[0] == VG_HUE;
            sigma += d.sigma;
            const double *f = d.jitter.factor;
            cr_assert(f[VG_BRIGHTNESS] >= 0.6 && f[VG_BRIGHTNESS] < 1.4);
            cr_assert(f[VG_CONTRAST] >= 0.6 && f[VG_CONTRAST] < 1.4);
            cr_assert(f[VG_SATURATION] >= 0.8 && f[VG_SATURATION] < 1.2);
            cr_assert(f[VG_HUE] >= -0.1 && f[VG_HUE] < 0.1);
            cr_assert(d.sigma >= 0.1 && d.sigma < 2.0);
        }
        expect_rate(flip, DRAWS, 0.5, "flip");
        expect_rate(jitter, DRAWS, 0.8, "jitter");
        expect_rate(gray, DRAWS, 0.2, "gray");
        expect_rate(blur, DRAWS, v == 0 ? 1.0 : 0.1, "blur");
        expect_rate(solarise, DRAWS, v == 0 ? 0.0 : 0.2, "solarise");
        expect_rate(hue_first, DRAWS, 0.25, "hue is applied first");
        // The mean of n uniform numbers of width 1.9 varies by 1.9 / sqrt(12 n).
        cr_expect_float_eq(sigma / DRAWS, 1.05, 5 * 1.9 / sqrt(12.0 * DRAWS), "mean sigma");
    }
}

Test(augment, crops_lie_inside_and_have_their_area_and_shape)
{
    enum { DRAWS = 4000, W = 200, H = 160 };
    double share = 0;
    for (int64_t i = 0; i < DRAWS; i++) {
        const struct vg_view_key key = { 2, 0, i, 0 };
        struct vg_rng r = vg_draw_stream(&key, VG_DRAW_CROP);
        const struct vg_rect c = vg_draw_crop(&r, W, H, 0.2);
        cr_assert(c.x >= 0 && c.y >= 0 && c.w >= 1 && c.h >= 1);
        cr_assert(c.x + c.w <= W && c.y + c.h <= H);
        // Rounding moves a side by half a pixel of at least sqrt(.2 W H .75) = 69 pixels.
        const double slack = 1 + 2 * 0.5 / 69;
        cr_assert((double) c.w / c.h < 4.0 / 3 * slack && (double) c.h / c.w < 4.0 / 3 * slack);
        cr_assert((double) c.w * c.h / (W * H) > 0.2 / slack);
        share += (double) c.w * c.h / (W * H);
    }
    // Uniform from .2 to 1 would be .6; large crops of the wrong shape do not fit and are redrawn.
    cr_expect(share / DRAWS > 0.5 && share / DRAWS < 0.6, "mean share %g", share / DRAWS);
}

Test(augment, a_shape_no_crop_fits_gives_the_middle)
{
    const struct vg_view_key key = { 3, 0, 0, 0 };
    struct vg_rng r = vg_draw_stream(&key, VG_DRAW_CROP);
    const struct vg_rect tall = vg_draw_crop(&r, 30, 1000, 0.2);
    cr_expect(tall.x == 0 && tall.w == 30 && tall.h == 40 && tall.y == 480, "%d %d %d %d", tall.x,
              tall.y, tall.w, tall.h);
    r = vg_draw_stream(&key, VG_DRAW_CROP);
    const struct vg_rect flat = vg_draw_crop(&r, 1000, 30, 0.2);
    cr_expect(flat.y == 0 && flat.h == 30 && flat.w == 40 && flat.x == 480, "%d %d %d %d", flat.x,
              flat.y, flat.w, flat.h);
}

// The bytes that a view was normalised from: FNV-1a of them.
static uint64_t view_hash(const struct vg_augment *a, const struct vg_image *im, int64_t index)
{
    const int values = a->size * a->size * VG_CHANNELS;
    float *floats = malloc((size_t) values * sizeof *floats);
    uint8_t *bytes = malloc((size_t) values);
    view(a, im, 0, index, 0, floats);
    for (int i = 0; i < values; i++)
        bytes[i] = (uint8_t) rintf(floats[i] * 255);
    const uint64_t hash = bytes_hash(bytes, (size_t) values);
    free(floats);
    free(bytes);
    return hash;
}

// Pillow's bytes (image.c says how they were made) of the middle 40x40 of image A, as it is and
// flipped; an image that has the size already is left as it is by both filters.
Test(augment, mcf_is_a_resize_of_the_middle_and_a_flip)
{
    static const struct {
        int size;
        enum vg_filter filter;
        uint64_t plain, flipped;
    } cases[] = {
        { 24, VG_FILTER_BILINEAR, 0x9d7b627e7ab90fe6ull, 0x756f0d37645eff38ull },
        { 24, VG_FILTER_BICUBIC, 0x434a5c7ea1f58958ull, 0xaed4de204dd4a32aull },
        { 40, VG_FILTER_BILINEAR, 0x6e1acc53611aaa57ull, 0xd9bd13933ecdaebbull },
        { 40, VG_FILTER_BICUBIC, 0x6e1acc53611aaa57ull, 0xd9bd13933ecdaebbull },
        { 64, VG_FILTER_BILINEAR, 0xddbb50b68220dc15ull, 0xefcaeb972f58abedull },
        { 64, VG_FILTER_BICUBIC, 0x8643b97cb913aba0ull, 0xd3ecdd038361afaeull },
    };
    struct vg_image a = noise_image(56, 40, 7);
    const struct vg_norm none = { { 0, 0, 0 }, { 1, 1, 1 } };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct vg_augment how = { .kind = VG_AUGMENT_MCF,
                                        .size = cases[c].size,
                                        .filter = cases[c].filter,
                                        .norm = &none,
                                        .seed = 1 };
        int flips = 0;
        for (int64_t i = 0; i < 200; i++) {
            const uint64_t hash = view_hash(&how, &a, i);
            cr_assert(hash == cases[c].plain || hash == cases[c].flipped, "case %zu, image %d", c,
                      (int) i);
            flips += hash == cases[c].flipped;
        }
        expect_rate(flips, 200, 0.5, "flip");
    }
    vg_image_finish(&a);
}

Test(augment, mcf_crops_where_asked_to)
{
    struct vg_image im = noise_image(60, 45, 4), out;
    const struct vg_augment a = {
        .kind = VG_AUGMENT_MCF, .size = S, .seed = 3, .crop = 0.2, .filter = VG_FILTER_BICUBIC
    };
    float want[FLOATS], got[FLOATS];
    for (int64_t index = 0; index < 20; index++) {
        const struct vg_view_key key = { a.seed, 2, index, 0 };
        struct vg_rng crop = vg_draw_stream(&key, VG_DRAW_CROP);
        struct vg_rng flip = vg_draw_stream(&key, VG_DRAW_FLIP);
        const struct vg_rect r = vg_draw_crop(&crop, im.w, im.h, 0.2);
        cr_assert_eq(vg_image_resize(&im, r, S, S, VG_FILTER_BICUBIC, &out), 0);
        if (vg_draw_applies(&flip, 0.5))
            vg_image_flip(&out);
        vg_image_normalise(&out, &vg_norm_imagenet, want);
        vg_image_finish(&out);
        view(&a, &im, 2, index, 0, got);
        cr_expect_arr_eq(got, want, sizeof got, "image %d", (int) index);
    }
    vg_image_finish(&im);
}

// An image that has the size already passes through unchanged.
Test(augment, eval_is_a_resize)
{
    struct vg_image im = noise_image(S, S, 5);
    const struct vg_norm none = { { 0, 0, 0 }, { 1, 1, 1 } };
    const struct vg_augment a = { .kind = VG_AUGMENT_EVAL, .size = S, .norm = &none };
    float got[FLOATS];
    view(&a, &im, 0, 0, 0, got);
    for (int i = 0; i < FLOATS; i++)
        cr_assert_eq(got[i], (float) im.pixels[i] / 255.0f, "value %d", i);
    vg_image_finish(&im);
}

Test(augment, transfer_draws_and_erasing)
{
    enum { DRAWS = 2000 };
    int moved = 0, turned = 0, erased = 0;
    for (int64_t i = 0; i < DRAWS; i++) {
        const struct vg_view_key key = { 4, 0, i, 0 };
        const struct vg_transfer_draw d = vg_transfer_draw(&key, 224);
        moved += d.translated;
        turned += d.rotated;
        erased += d.erased;
        cr_assert(abs(d.tx) <= 45 && abs(d.ty) <= 45 && fabs(d.degrees) <= 10);
        cr_assert(d.erase.x >= 0 && d.erase.y >= 0 && d.erase.x + d.erase.w <= 224 &&
                  d.erase.y + d.erase.h <= 224);
        cr_assert(d.jitter.count == 3);
    }
    expect_rate(moved, DRAWS, 0.5, "translation");
    expect_rate(turned, DRAWS, 0.5, "rotation");
    expect_rate(erased, DRAWS, 0.5, "erasing");

    struct vg_image im = noise_image(S, S, 6);
    struct vg_augment a = { .kind = VG_AUGMENT_TRANSFER, .size = S, .seed = 4 };
    float without[FLOATS], with[FLOATS];
    for (int64_t i = 0; i < 50; i++) {
        const struct vg_view_key key = { a.seed, 0, i, 0 };
        const struct vg_transfer_draw d = vg_transfer_draw(&key, S);
        a.erase = false;
        view(&a, &im, 0, i, 0, without);
        a.erase = true;
        view(&a, &im, 0, i, 0, with);
        for (int k = 0; k < FLOATS; k++) {
            const int x = k / 3 % S, y = k / 3 / S;
            const bool inside = d.erased && x >= d.erase.x && x < d.erase.x + d.erase.w &&
                                y >= d.erase.y && y < d.erase.y + d.erase.h;
            cr_assert_eq(with[k], inside ? 0 : without[k], "image %d, value %d", (int) i, k);
        }
    }
    vg_image_finish(&im);
}
