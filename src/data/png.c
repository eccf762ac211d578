#include "data/png.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wshadow"
#if __has_include(<stb_image_write.h>)
#include <stb_image_write.h>
#else
#include <stb/stb_image_write.h>
#endif

int vg_image_write_png(const char *path, const struct vg_image *im)
{
    int bytes = 0;
    unsigned char *png =
        stbi_write_png_to_mem(im->pixels, im->w * VG_CHANNELS, im->w, im->h, VG_CHANNELS, &bytes);
    if (!png)
        return vg_fail(VG_ERR_MEMORY, "%s: no memory to encode %d x %d pixels", path, im->w, im->h);
    const int rc = vg_file_write(path, png, (size_t) bytes);
    free(png);
    return rc;
}
