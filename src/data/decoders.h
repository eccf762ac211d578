#pragma once

#include <stddef.h>
#include <stdint.h>

#include "data/image.h"

/**
 * The decoders behind decode.h.  Sizes come from the header and are checked by decode.c before the
 * decoder of the same format is called; messages begin with the name.  A decoder makes out, and
 * leaves it without pixels when it fails.
 */
struct vg_encoded {
    const char *name;
    const uint8_t *data;
    size_t bytes;
};

int vg_jpeg_size(const struct vg_encoded *e, int64_t *w, int64_t *h);
int vg_jpeg_decode(const struct vg_encoded *e, struct vg_image *out);
extern const char *const vg_jpeg_decoder;

int vg_png_size(const struct vg_encoded *e, int64_t *w, int64_t *h);
int vg_bmp_size(const struct vg_encoded *e, int64_t *w, int64_t *h);
int vg_stb_decode(const struct vg_encoded *e, struct vg_image *out);   // PNG and BMP

int vg_pnm_size(const struct vg_encoded *e, int64_t *w, int64_t *h);
int vg_pnm_decode(const struct vg_encoded *e, struct vg_image *out);   // P5 and P6
