#pragma once

#include "data/image.h"

// Writes a PNG file beside and renames it.  VG_ERR_IO, VG_ERR_MEMORY.
int vg_image_write_png(const char *path, const struct vg_image *im);
