#include "data/color.h"

#include <math.h>
#include <string.h>

// This file is compiled without contracting a * b + c: one rounding less would change bytes.

struct hsv {
    uint8_t h, s, v;
};

static int64_t pixel_count(const struct vg_image *im)
{
    return (int64_t) im->w * im->h;
}

static uint8_t blend(int d, int v, float f)
{
    const float t = (float) d + f * (float) (v - d);
    if (t <= 0)
        return 0;
    return t >= 255 ? 255 : (uint8_t) t;
}

static void map_values(struct vg_image *im, const uint8_t table[256])
{
    const int64_t n = pixel_count(im) * VG_CHANNELS;
    for (int64_t i = 0; i < n; i++)
        im->pixels[i] = table[im->pixels[i]];
}

static void blend_with(struct vg_image *im, int d, float f)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++)
        table[v] = blend(d, v, f);
    map_values(im, table);
}

void vg_image_gray(struct vg_image *im)
{
    uint8_t *p = im->pixels;
    for (int64_t n = pixel_count(im); n > 0; n--, p += VG_CHANNELS)
        memset(p, vg_luma(p), VG_CHANNELS);
}

void vg_image_brightness(struct vg_image *im, float f)
{
    blend_with(im, 0, f);
}

void vg_image_contrast(struct vg_image *im, float f)
{
    const int64_t n = pixel_count(im);
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += vg_luma(im->pixels + i * VG_CHANNELS);
    blend_with(im, (int) ((double) sum / (double) n + 0.5), f);
}

void vg_image_saturation(struct vg_image *im, float f)
{
    uint8_t *p = im->pixels;
    for (int64_t n = pixel_count(im); n > 0; n--, p += VG_CHANNELS) {
        const int luma = vg_luma(p);
        for (int c = 0; c < VG_CHANNELS; c++)
            p[c] = blend(luma, p[c], f);
    }
}

static int max3(int a, int b, int c)
{
    return a > b ? (a > c ? a : c) : b > c ? b : c;
}

// The mixture of float and double is the reference's: it decides which way a value truncates.
static struct hsv hsv_from(const uint8_t *rgb)
{
    const int r = rgb[0], g = rgb[1], b = rgb[2];
    const int most = max3(r, g, b), least = -max3(-r, -g, -b);
    if (most == least)
        return (struct hsv) { 0, 0, (uint8_t) most };

    const float range = (float) (most - least), s = range / (float) most;
    const float rc = (float) (most - r) / range, gc = (float) (most - g) / range;
    const float bc = (float) (most - b) / range;
    float h;
    if (r == most)
        h = bc - gc;
    else if (g == most)
        h = (float) (2.0 + rc - bc);
    else
        h = (float) (4.0 + gc - rc);
    double turn = h / 6.0 + 1;   // modulo 1, and it is below 2
    if (turn >= 1)
        turn -= 1;
    h = (float) turn;
    return (struct hsv) { (uint8_t) (h * 255.0), (uint8_t) (s * 255.0), (uint8_t) most };
}

// Half away from zero; x is not negative.
static uint8_t nearest(double x)
{
    return (uint8_t) (x + 0.5);
}

static void hsv_to(struct hsv in, uint8_t *rgb)
{
    const double sixth = in.h * 6.0 / 255.0;
    const int i = (int) sixth;
    const float f = (float) (sixth - i), fs = (float) (in.s / 255.0);
    const uint8_t v = in.v, p = nearest(v * (1.0 - fs));
    const uint8_t q = nearest(v * (1.0 - fs * f)), t = nearest(v * (1.0 - fs * (1.0 - f)));
    const uint8_t order[6][VG_CHANNELS] = { { v, t, p }, { q, v, p }, { p, v, t },
                                            { p, q, v }, { t, p, v }, { v, p, q } };
    memcpy(rgb, order[i % 6], VG_CHANNELS);
}

void vg_image_hue(struct vg_image *im, double f)
{
    const int shift = (int) (255 * f);
    uint8_t *p = im->pixels;
    for (int64_t n = pixel_count(im); n > 0; n--, p += VG_CHANNELS) {
        struct hsv x = hsv_from(p);
        x.h = (uint8_t) (x.h + shift);   // wraps
        hsv_to(x, p);
    }
}

void vg_image_solarise(struct vg_image *im, int threshold)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++)
        table[v] = (uint8_t) (v < threshold ? v : 255 - v);
    map_values(im, table);
}
