#pragma once

#include "data/dataset.h"

/**
 * What methods share that look at unseen faces: which faces, and a sheet of square tiles.
 */

// The faces a data set keeps apart for tests, at most `most`; those there are where it keeps none.
int vg_faces_open(const char *selector, int size, int64_t most, struct vg_data **data);

enum { VG_TILE_PIXELS = 112, VG_TILE_GAP = 4 };

// A white sheet for columns x rows tiles.
int vg_sheet_init(struct vg_image *sheet, int columns, int rows);
// Where a pixel of a tile lies.
uint8_t *vg_sheet_at(const struct vg_image *sheet, int column, int row, int x, int y);
// The image as a tile, by nearest pixels.
void vg_sheet_face(struct vg_image *sheet, int column, int row, const struct vg_image *im);
// The same from floats [side][side][3] that `norm` has made of pixels.
void vg_sheet_floats(struct vg_image *sheet, int column, int row, const float *im, int side,
                     const struct vg_norm *norm);
