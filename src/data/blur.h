#pragma once

#include "data/image.h"

/**
 * Gaussian blur as three extended box blurs along the rows and then three along the columns, 8 bits
 * after each, edge pixels repeated.  The box has a radius rho that is no whole number:
 *
 *     s2  = sigma^2 / 3,  l = floor((sqrt(12 s2 + 1) - 1) / 2)
 *     rho = l + (2l + 1)(l (l + 1) - 3 s2) / (6 (s2 - (l + 1)^2))
 *     out = (w sum of the 2r + 1 middle values + f (the two behind them) + 2^23) >> 24
 *
 * with r = int(rho), w = int(2^24 / (2 rho + 1)), f = (2^24 - (2r + 1) w) / 2.
 *
 * Cost    6 (2r + 3) additions a value.
 * Source  Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box
 *         filtering", 2011, in the fixed point of Pillow's ImageFilter.GaussianBlur.
 */
int vg_image_blur(struct vg_image *im, double sigma);   // in place, sigma > 0
