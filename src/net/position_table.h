#pragma once

#include <stdint.h>

/**
 * A table of positions of a vision transformer, [1 + grid^2][width]: a row for the class token,
 * then one for every patch, row by row of the grid.
 *
 * For another grid the patches' part is interpolated as a picture of `width` channels, with cubics
 * (a = -3/4) at the positions (i + 1/2) from / to - 1/2, its edges repeated and nothing smoothed;
 * the first row is copied.  Taken in double precision.
 *
 * Source    torch.nn.functional.interpolate(mode="bicubic", align_corners=False), which is how
 *           published checkpoints are taken to another size of image.
 */
void vg_position_table_resize(const float *in, int from, int to, int64_t width, float *out);

// The grid of a table of that many rows, 0 if they are not one more than a square.
int vg_position_table_grid(int64_t rows);
