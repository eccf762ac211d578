#pragma once

#include <stddef.h>

#include "data/image.h"

/**
 * Image files into 8-bit RGB: JPEG, PNG, BMP, PGM and PPM, told apart by their first bytes.
 *
 * JPEG goes through libjpeg where built with it (accurate integer transform, smooth chroma
 * up-sampling: the defaults, and what Pillow does), else through stb_image, whose pixels differ by
 * a little; rows say which.  Grayscale becomes three equal channels, transparency is dropped,
 * 16-bit samples lose their lower byte.
 *
 * A file is whole or it is an error: what other readers pass with a warning (data that ends early,
 * damaged codes) is refused here, because a picture half of grey is worse than none.  Nothing is
 * written to the standard error, and nothing is allocated for an image beyond the limits.
 *
 * Errors  VG_ERR_IO for a file that cannot be read, VG_ERR_FORMAT for one that is no image or a
 *         damaged one, VG_ERR_VALUE beyond the limits, VG_ERR_UNSUPPORTED for CMYK JPEG.
 */
enum {
    VG_DECODE_MAX_SIDE = 8192,
    VG_DECODE_MAX_MEGAPIXELS = 64,
    VG_DECODE_MAX_BYTES = 256 << 20,   // of a file
};

int vg_image_decode(const char *path, struct vg_image *out);

// The same from memory; name is for the messages.
int vg_image_decode_bytes(const char *name, const void *data, size_t bytes, struct vg_image *out);

// What the header says, without decoding.
int vg_image_probe(const char *name, const void *data, size_t bytes, int *w, int *h);

// What decodes JPEG: "libjpeg-turbo 2.1.5" or "stb_image".
const char *vg_image_decoder(void);
