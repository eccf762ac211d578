#include "data/color.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/wide.h"

// This file is compiled without contracting a * b + c: one rounding less would change bytes.

static int64_t pixel_count(const struct vg_image *im)
{
    return (int64_t) im->w * im->h;
}

static inline uint8_t blend(int d, int v, float f)
{
    float t = (float) d + f * (float) (v - d);
    t = t > 0 ? t : 0;
    t = t < 255 ? t : 255;
    return (uint8_t) (int) t;
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

VG_WIDE
void vg_image_saturation(struct vg_image *im, float f)
{
    uint8_t *p = im->pixels;
    for (int64_t n = pixel_count(im); n > 0; n--, p += VG_CHANNELS) {
        const int luma = vg_luma(p);
        for (int c = 0; c < VG_CHANNELS; c++)
            p[c] = blend(luma, p[c], f);
    }
}

static int greatest(int a, int b, int c)
{
    const int ab = a > b ? a : b;
    return ab > c ? ab : c;
}

// Colours by channel, a block at a time: loops over them are without branches, for a compiler to
// take several pixels at once.
enum { BLOCK = 64 };

struct block {
    int r[BLOCK], g[BLOCK], b[BLOCK];
    int h[BLOCK], s[BLOCK], v[BLOCK];
};

// The mixture of float and double is the reference's: it decides which way a value truncates.
VG_WIDE
static void block_to_hsv(struct block *x)
{
    for (int i = 0; i < BLOCK; i++) {
        const int r = x->r[i], g = x->g[i], b = x->b[i];
        const int most = greatest(r, g, b), least = -greatest(-r, -g, -b);
        const float range = (float) (most - least), part = range > 0 ? range : 1;
        const float rc = (float) (most - r) / part, gc = (float) (most - g) / part;
        const float bc = (float) (most - b) / part;
        const float s = range / (most > 0 ? (float) most : 1);

        // From the greatest channel on: 0 + bc - gc, 2 + rc - bc, 4 + gc - rc.
        const bool by_r = r == most, by_g = !by_r & (g == most);
        const float base = by_r ? 0 : by_g ? 2 : 4;
        const float plus = by_r ? bc : by_g ? rc : gc, minus = by_r ? gc : by_g ? bc : rc;
        const float h = (float) ((double) base + plus - minus);
        double turn = h / 6.0 + 1;   // modulo 1, and it is below 2
        turn = turn >= 1 ? turn - 1 : turn;
        x->h[i] = (int) ((float) turn * 255.0);
        x->s[i] = (int) (s * 255.0);
        x->v[i] = most;
    }
}

// Half away from zero; x is not negative.
static int nearest(double x)
{
    return (int) (x + 0.5);
}

VG_WIDE
static void block_to_rgb(struct block *x)
{
    int p[BLOCK], q[BLOCK], t[BLOCK], sixth[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        const double turn = x->h[i] * 6.0 / 255.0;
        const int whole = (int) turn;
        const float f = (float) (turn - whole), fs = (float) (x->s[i] / 255.0);
        const double v = x->v[i];
        p[i] = nearest(v * (1.0 - fs));
        q[i] = nearest(v * (1.0 - fs * f));
        t[i] = nearest(v * (1.0 - fs * (1.0 - f)));
        sixth[i] = whole < 6 ? whole : 0;
    }
    for (int i = 0; i < BLOCK; i++) {
        const int k = sixth[i], v = x->v[i];
        x->r[i] = k == 0 || k == 5 ? v : k == 1 ? q[i] : k == 4 ? t[i] : p[i];
        x->g[i] = k == 1 || k == 2 ? v : k == 3 ? q[i] : k == 0 ? t[i] : p[i];
        x->b[i] = k == 3 || k == 4 ? v : k == 5 ? q[i] : k == 2 ? t[i] : p[i];
    }
}

void vg_image_hue(struct vg_image *im, double f)
{
    const int shift = (int) (255 * f);
    struct block x = { 0 };
    for (int64_t left = pixel_count(im), at = 0; left > 0; left -= BLOCK, at += BLOCK) {
        const int n = left < BLOCK ? (int) left : BLOCK;
        uint8_t *p = im->pixels + at * VG_CHANNELS;
        for (int i = 0; i < n; i++) {
            x.r[i] = p[i * VG_CHANNELS];
            x.g[i] = p[i * VG_CHANNELS + 1];
            x.b[i] = p[i * VG_CHANNELS + 2];
        }
        block_to_hsv(&x);
        for (int i = 0; i < BLOCK; i++)
            x.h[i] = (x.h[i] + shift) & 255;   // wraps
        block_to_rgb(&x);
        for (int i = 0; i < n; i++) {
            p[i * VG_CHANNELS] = (uint8_t) x.r[i];
            p[i * VG_CHANNELS + 1] = (uint8_t) x.g[i];
            p[i * VG_CHANNELS + 2] = (uint8_t) x.b[i];
        }
    }
}

void vg_image_solarise(struct vg_image *im, int threshold)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++)
        table[v] = (uint8_t) (v < threshold ? v : 255 - v);
    map_values(im, table);
}
