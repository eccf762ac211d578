#include "data/resize.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

const char *const vg_filter_names[] = { "bilinear", "bicubic", NULL };

enum { WEIGHT_BITS = 22 };

// The weights of one axis: output j is the sum of weight[j * most + k] * input[first[j] + k].
struct taps {
    int out, most;
    int *first, *count;
    int32_t *weight;
};

// A part of an image, as the two passes see it.
struct view {
    const uint8_t *pixels;
    int w, h;
    size_t pitch;   // bytes from a row to the next
};

static double triangle(double t)
{
    t = fabs(t);
    return t < 1 ? 1 - t : 0;
}

static double cubic(double t)
{
    const double a = -0.5;
    t = fabs(t);
    if (t < 1)
        return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

static int32_t quantised(double w)
{
    return (int32_t) (w * (1 << WEIGHT_BITS) + (w < 0 ? -0.5 : 0.5));
}

static void taps_of(struct taps *t, int j, int in, double scale, enum vg_filter filter, double *w)
{
    const double fs = scale > 1 ? scale : 1, inverse = 1 / fs;
    const double reach = (filter == VG_FILTER_BICUBIC ? 2 : 1) * fs, center = (j + 0.5) * scale;
    int low = (int) (center - reach + 0.5), high = (int) (center + reach + 0.5);
    low = low < 0 ? 0 : low;
    high = high > in ? in : high;

    double sum = 0;
    for (int i = low; i < high; i++) {
        const double at = (i - center + 0.5) * inverse;
        w[i - low] = filter == VG_FILTER_BICUBIC ? cubic(at) : triangle(at);
        sum += w[i - low];
    }
    t->first[j] = low;
    t->count[j] = high - low;
    for (int k = 0; k < high - low; k++)
        t->weight[(size_t) j * t->most + k] = quantised(w[k] / sum);
}

static struct taps taps_create(int in, int out, enum vg_filter filter)
{
    const double scale = (double) in / out, fs = scale > 1 ? scale : 1;
    struct taps t = { .out = out };
    t.most = 2 * (int) ceil((filter == VG_FILTER_BICUBIC ? 2 : 1) * fs) + 1;
    t.first = vg_alloc(out, sizeof *t.first);
    t.count = vg_alloc(out, sizeof *t.count);
    t.weight = vg_alloc((size_t) out * t.most, sizeof *t.weight);
    double *w = vg_alloc(t.most, sizeof *w);
    for (int j = 0; j < out; j++)
        taps_of(&t, j, in, scale, filter, w);
    free(w);
    return t;
}

static void taps_finish(struct taps *t)
{
    free(t->first);
    free(t->count);
    free(t->weight);
}

static uint8_t rounded(int32_t sum)
{
    const int32_t v = (sum + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS;
    return (uint8_t) (v < 0 ? 0 : v > 255 ? 255 : v);
}

static void row_across(const uint8_t *in, const struct taps *t, uint8_t *out)
{
    for (int j = 0; j < t->out; j++, out += VG_CHANNELS) {
        const uint8_t *p = in + (size_t) t->first[j] * VG_CHANNELS;
        const int32_t *w = t->weight + (size_t) j * t->most;
        int32_t r = 0, g = 0, b = 0;
        for (int k = 0; k < t->count[j]; k++, p += VG_CHANNELS) {
            r += w[k] * p[0];
            g += w[k] * p[1];
            b += w[k] * p[2];
        }
        out[0] = rounded(r);
        out[1] = rounded(g);
        out[2] = rounded(b);
    }
}

static int pass_across(const struct view *in, int w, enum vg_filter filter, struct vg_image *out)
{
    const int rc = vg_image_init(out, w, in->h);
    if (rc != VG_OK)
        return rc;
    struct taps t = taps_create(in->w, w, filter);
    for (int y = 0; y < in->h; y++)
        row_across(in->pixels + (size_t) y * in->pitch, &t, vg_image_at(out, 0, y));
    taps_finish(&t);
    return VG_OK;
}

static int pass_down(const struct view *in, int h, enum vg_filter filter, struct vg_image *out)
{
    const int rc = vg_image_init(out, in->w, h);
    if (rc != VG_OK)
        return rc;
    const int n = in->w * VG_CHANNELS;
    struct taps t = taps_create(in->h, h, filter);
    int32_t *sum = vg_alloc(n, sizeof *sum);
    for (int y = 0; y < h; y++) {
        memset(sum, 0, (size_t) n * sizeof *sum);
        for (int k = 0; k < t.count[y]; k++) {
            const uint8_t *row = in->pixels + (size_t) (t.first[y] + k) * in->pitch;
            const int32_t w = t.weight[(size_t) y * t.most + k];
            for (int i = 0; i < n; i++)
                sum[i] += w * row[i];
        }
        uint8_t *to = vg_image_at(out, 0, y);
        for (int i = 0; i < n; i++)
            to[i] = rounded(sum[i]);
    }
    free(sum);
    taps_finish(&t);
    return VG_OK;
}

static struct view view_of(const struct vg_image *im, struct vg_rect r)
{
    return (struct view) { vg_image_at(im, r.x, r.y), r.w, r.h, (size_t) im->w * VG_CHANNELS };
}

static int copy_view(const struct view *in, struct vg_image *out)
{
    const int rc = vg_image_init(out, in->w, in->h);
    for (int y = 0; rc == VG_OK && y < in->h; y++)
        memcpy(vg_image_at(out, 0, y), in->pixels + (size_t) y * in->pitch,
               (size_t) in->w * VG_CHANNELS);
    return rc;
}

int vg_image_resize(const struct vg_image *in, struct vg_rect crop, int w, int h,
                    enum vg_filter filter, struct vg_image *out)
{
    assert(crop.x >= 0 && crop.y >= 0 && crop.w >= 1 && crop.h >= 1);
    assert(crop.x + crop.w <= in->w && crop.y + crop.h <= in->h);
    struct view v = view_of(in, crop);
    if (v.h == h)
        return v.w == w ? copy_view(&v, out) : pass_across(&v, w, filter, out);
    if (v.w == w)
        return pass_down(&v, h, filter, out);

    struct vg_image narrow = { 0 };
    int rc = pass_across(&v, w, filter, &narrow);
    if (rc == VG_OK) {
        v = view_of(&narrow, vg_image_whole(&narrow));
        rc = pass_down(&v, h, filter, out);
    }
    vg_image_finish(&narrow);
    return rc;
}
