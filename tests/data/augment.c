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

Test(augment, a_view_is_a_function_of_its_key)
{
    struct vg_image im = noise_image(50, 41, 1);
    const struct vg_augment a = fra(5), other_seed = fra(6);
    float first[FLOATS], again[FLOATS];
    view(&a, &im, 3, 10, 0, first);
    view(&a, &im, 3, 10, 0, again);
    cr_expect_arr_eq(first, again, sizeof first, "twice the same");

    view(&other_seed, &im, 3, 10, 0, again);
    cr_expect(memcmp(first, again, sizeof first), "the seed matters");
    view(&a, &im, 4, 10, 0, again);
    cr_expect(memcmp(first, again, sizeof first), "the epoch matters");
    view(&a, &im, 3, 11, 0, again);
    cr_expect(memcmp(first, again, sizeof first), "the index matters");
    view(&a, &im, 3, 10, 1, again);
    cr_expect(memcmp(first, again, sizeof first), "the view matters");
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
            const struct vg_fra_draw d = vg_fra_draw(&key, im.w, im.h);
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
            const struct vg_fra_draw d = vg_fra_draw(&key, 100, 80);
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

Test(augment, mcf_is_a_resize_of_the_middle_and_a_flip)
{
    struct vg_image im = noise_image(48, 40, 4), out;
    const struct vg_augment a = { .kind = VG_AUGMENT_MCF, .size = S, .seed = 1 };
    float plain[FLOATS], flipped[FLOATS], got[FLOATS];
    const struct vg_rect middle = { 4, 0, 40, 40 };
    cr_assert_eq(vg_image_resize(&im, middle, S, S, VG_FILTER_BILINEAR, &out), 0);
    vg_image_normalise(&out, &vg_norm_imagenet, plain);
    vg_image_flip(&out);
    vg_image_normalise(&out, &vg_norm_imagenet, flipped);
    int flips = 0;
    for (int64_t i = 0; i < 200; i++) {
        view(&a, &im, 0, i, 0, got);
        const int is_flipped = !memcmp(got, flipped, sizeof got);
        cr_assert(is_flipped || !memcmp(got, plain, sizeof got), "image %d", (int) i);
        flips += is_flipped;
    }
    expect_rate(flips, 200, 0.5, "flip");
    vg_image_finish(&out);
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
