#pragma once

#include "data/image.h"

/**
 * Operations on the colour of every pixel, in place.
 *
 *     luma        L = (19595 R + 38470 G + 7471 B + 2^15) >> 16
 *     blend       d + f (v - d) in float, cut to 0 .. 255, truncated
 *     brightness  blend with d = 0
 *     contrast    blend with d = int(mean of L + 1/2)
 *     saturation  blend with d = L of the pixel
 *     hue         H of HSV moved by trunc(255 f), modulo 256, all of HSV in 8 bits
 *     solarise    v below the threshold stays, the rest becomes 255 - v
 */
static inline uint8_t vg_luma(const uint8_t *rgb)
{
    return (uint8_t) ((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

void vg_image_gray(struct vg_image *im);   // three equal channels
void vg_image_brightness(struct vg_image *im, float f);
void vg_image_contrast(struct vg_image *im, float f);
void vg_image_saturation(struct vg_image *im, float f);
void vg_image_hue(struct vg_image *im, double f);   // -1/2 .. 1/2, of a turn
void vg_image_solarise(struct vg_image *im, int threshold);
