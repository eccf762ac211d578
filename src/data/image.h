#pragma once

#include <stdint.h>

/**
 * 8-bit RGB images and the operations that only move pixels.
 *
 * Rows from top to bottom, pixels from left to right, three bytes R G B a pixel, no padding.  The
 * centre of the first pixel has the coordinates (0, 0), x goes right and y down.
 *
 * The operations here and in resize.h, color.h and blur.h give the same bytes as Pillow 9.4, which
 * the reference implementations of both methods use; the formulas are written where they are done.
 * What fails returns VG_ERR_MEMORY; sides below 1 are a caller's mistake.
 */
enum { VG_CHANNELS = 3 };

struct vg_image {
    int w, h;
    uint8_t *pixels;   // [h][w][3], or NULL for an image that was not made
};

struct vg_rect {
    int x, y, w, h;
};

int vg_image_init(struct vg_image *im, int w, int h);                  // black
int vg_image_copy(const struct vg_image *from, struct vg_image *to);   // makes to
void vg_image_finish(struct vg_image *im);                             // accepts one without pixels
void vg_image_swap(struct vg_image *a, struct vg_image *b);

static inline uint8_t *vg_image_at(const struct vg_image *im, int x, int y)
{
    return im->pixels + ((int64_t) y * im->w + x) * VG_CHANNELS;
}

// out(x, y) = in(w - 1 - x, y), in place.
void vg_image_flip(struct vg_image *im);

// out(x, y) = in(x - tx, y - ty), black where that is outside; makes out.
int vg_image_translate(const struct vg_image *in, int tx, int ty, struct vg_image *out);

/**
 * Turns counter-clockwise by degrees about (w/2, h/2) on the same canvas, nearest neighbour, black
 * outside; makes out.  Sources are found in 16.16 fixed point, so that every machine picks the
 * same pixel.
 */
int vg_image_rotate(const struct vg_image *in, double degrees, struct vg_image *out);

// What (v / 255 - mean) / std needs, by channel R G B.
struct vg_norm {
    float mean[VG_CHANNELS], std[VG_CHANNELS];
};

extern const struct vg_norm vg_norm_vggface2;   // FRA, pre-training and transfer
extern const struct vg_norm vg_norm_imagenet;   // MCF

// out [h][w][3] = (v / 255 - mean) / std, all in float.
void vg_image_normalise(const struct vg_image *in, const struct vg_norm *norm, float *out);
