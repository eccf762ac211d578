#pragma once

#include "data/image.h"

/**
 * Crop and resize with antialiasing, by axis:
 *
 *     scale = in / out,  fs = max(scale, 1),  c = (j + 1/2) scale           for output j
 *     w_i   = filter((i - c + 1/2) / fs),  i from int(c - s fs + 1/2) to int(c + s fs + 1/2) - 1
 *
 * with the support s of the filter, cut at the edges of the crop, the weights of a j summing to
 * one and then rounded to 22 bits.  Columns first, rounded to 8 bits, then rows; an axis that
 * keeps its length is left alone.  Pixels outside the crop are never read.
 *
 *     bilinear  s = 1  filter(t) = 1 - |t|
 *     bicubic   s = 2  (a + 2)|t|^3 - (a + 3)t^2 + 1 below 1, a|t|^3 - 5a t^2 + 8a|t| - 4a below 2,
 *                      with a = -1/2
 *
 * Cost  w * crop.h * taps + w * h * taps multiplications a channel, taps = 2 s fs.
 */
enum vg_filter { VG_FILTER_BILINEAR, VG_FILTER_BICUBIC };

extern const char *const vg_filter_names[];   // by vg_filter, "bilinear"; ends with NULL

// Makes out, w x h.  crop lies inside in.
int vg_image_resize(const struct vg_image *in, struct vg_rect crop, int w, int h,
                    enum vg_filter filter, struct vg_image *out);

static inline struct vg_rect vg_image_whole(const struct vg_image *im)
{
    return (struct vg_rect) { 0, 0, im->w, im->h };
}
