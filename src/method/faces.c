#include "method/faces.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

int vg_faces_open(const char *selector, int size, int64_t most, struct vg_data **data)
{
    struct vg_dataset_options o = { .size = size, .split = VG_SPLIT_TEST, .count = most };
    if (vg_data_open(selector, &o, data) == VG_OK)
        return VG_OK;
    vg_error_clear();
    o.split = VG_SPLIT_TRAIN;
    return vg_data_open(selector, &o, data);
}

int vg_sheet_init(struct vg_image *sheet, int columns, int rows)
{
    enum { STEP = VG_TILE_PIXELS + VG_TILE_GAP };
    const int rc = vg_image_init(sheet, VG_TILE_GAP + columns * STEP, VG_TILE_GAP + rows * STEP);
    if (rc == VG_OK)
        memset(sheet->pixels, 255, (size_t) sheet->w * sheet->h * VG_CHANNELS);
    return rc;
}

uint8_t *vg_sheet_at(const struct vg_image *sheet, int column, int row, int x, int y)
{
    enum { STEP = VG_TILE_PIXELS + VG_TILE_GAP };
    return vg_image_at(sheet, VG_TILE_GAP + column * STEP + x, VG_TILE_GAP + row * STEP + y);
}

void vg_sheet_face(struct vg_image *sheet, int column, int row, const struct vg_image *im)
{
    for (int y = 0; y < VG_TILE_PIXELS; y++)
        for (int x = 0; x < VG_TILE_PIXELS; x++)
            memcpy(vg_sheet_at(sheet, column, row, x, y),
                   vg_image_at(im, x * im->w / VG_TILE_PIXELS, y * im->h / VG_TILE_PIXELS),
                   VG_CHANNELS);
}

static uint8_t pixel_of(float value, const struct vg_norm *norm, int channel)
{
    const double v = 255 * (value * norm->std[channel] + norm->mean[channel]);
    return (uint8_t) (v > 0 ? fmin(v, 255) + 0.5 : 0);   // a NaN is black
}

void vg_sheet_floats(struct vg_image *sheet, int column, int row, const float *im, int side,
                     const struct vg_norm *norm)
{
    for (int y = 0; y < VG_TILE_PIXELS; y++)
        for (int x = 0; x < VG_TILE_PIXELS; x++) {
            const int from_y = y * side / VG_TILE_PIXELS, from_x = x * side / VG_TILE_PIXELS;
            const float *from = im + ((size_t) from_y * side + from_x) * VG_CHANNELS;
            for (int c = 0; c < VG_CHANNELS; c++)
                vg_sheet_at(sheet, column, row, x, y)[c] = pixel_of(from[c], norm, c);
        }
}
