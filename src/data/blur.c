#include "data/blur.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wide.h"

enum { PASSES = 3 };

struct box {
    int radius;
    uint32_t middle, behind;   // weights, in 2^-24
};

static struct box box_for(double sigma)
{
    const float s = (float) sigma;
    const float s2 = s * s / PASSES;
    const float length = (float) sqrt(12.0 * s2 + 1.0);
    const float l = floorf((float) ((length - 1.0) / 2.0));
    const float part = (2 * l + 1) * (l * (l + 1) - 3 * s2) / (6 * (s2 - (l + 1) * (l + 1)));
    const float rho = l + part;
    const int radius = (int) rho;
    const uint32_t middle = (uint32_t) ((float) (1 << 24) / (rho * 2 + 1));
    return (struct box) { radius, middle, ((1u << 24) - (uint32_t) (2 * radius + 1) * middle) / 2 };
}

// out[i] from the 2r + 3 runs of n values that lie r + 1 before it up to r + 1 behind it.
VG_WIDE
static void box_run(const struct box *b, const uint8_t *const *tap, int n, uint32_t *restrict sum,
                    uint8_t *restrict out)
{
    const int last = 2 * b->radius + 2;
    const uint32_t middle = b->middle, behind = b->behind;
    const uint8_t *restrict before = tap[0], *restrict after = tap[last];
    memset(sum, 0, (size_t) n * sizeof *sum);
    for (int k = 1; k < last; k++) {
        const uint8_t *restrict in = tap[k];
        for (int i = 0; i < n; i++)
            sum[i] += in[i];
    }
    for (int i = 0; i < n; i++)
        out[i] = (uint8_t) ((middle * sum[i] + behind * (uint32_t) (before[i] + after[i]) +
                             (1u << 23)) >>
                            24);
}

// Three times along a row of w pixels; padded has room for the row and r + 1 pixels at both ends.
static void blur_row(const struct box *b, uint8_t *row, int w, uint8_t *padded, uint32_t *sum,
                     const uint8_t **tap)
{
    const int edge = b->radius + 1;
    uint8_t *middle = padded + edge * VG_CHANNELS, *end = middle + w * VG_CHANNELS;
    for (int k = 0; k <= 2 * edge; k++)
        tap[k] = padded + k * VG_CHANNELS;
    for (int pass = 0; pass < PASSES; pass++) {
        memcpy(middle, row, (size_t) w * VG_CHANNELS);
        for (int k = 0; k < edge; k++) {
            memcpy(padded + k * VG_CHANNELS, row, VG_CHANNELS);
            memcpy(end + k * VG_CHANNELS, row + (w - 1) * VG_CHANNELS, VG_CHANNELS);
        }
        box_run(b, tap, w * VG_CHANNELS, sum, row);
    }
}

// Once along the columns, all columns of a row at a time.
static void blur_down(const struct box *b, const struct vg_image *in, struct vg_image *out,
                      uint32_t *sum, const uint8_t **tap)
{
    const int edge = b->radius + 1;
    for (int y = 0; y < in->h; y++) {
        for (int k = 0; k <= 2 * edge; k++) {
            const int at = y + k - edge;
            tap[k] = vg_image_at(in, 0, at < 0 ? 0 : at >= in->h ? in->h - 1 : at);
        }
        box_run(b, tap, in->w * VG_CHANNELS, sum, vg_image_at(out, 0, y));
    }
}

int vg_image_blur(struct vg_image *im, double sigma)
{
    assert(sigma > 0);
    const struct box b = box_for(sigma);
    const size_t edges = 2 * (size_t) b.radius + 2;
    struct vg_image other;
    const int rc = vg_image_init(&other, im->w, im->h);
    if (rc != VG_OK)
        return rc;

    uint8_t *padded = vg_alloc((size_t) im->w + edges, VG_CHANNELS);
    uint32_t *sum = vg_alloc((size_t) im->w * VG_CHANNELS, sizeof *sum);
    const uint8_t **tap = vg_alloc(edges + 1, sizeof *tap);
    for (int y = 0; y < im->h; y++)
        blur_row(&b, vg_image_at(im, 0, y), im->w, padded, sum, tap);
    for (int pass = 0; pass < PASSES; pass++) {
        blur_down(&b, im, &other, sum, tap);
        vg_image_swap(im, &other);
    }
    free(padded);
    free(sum);
    free(tap);
    vg_image_finish(&other);
    return VG_OK;
}
