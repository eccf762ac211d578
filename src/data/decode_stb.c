// PNG and BMP through stb_image, and JPEG where there is no libjpeg.  The sizes are read here: they
// must be known before stb_image allocates, and it has its own idea of what is too large.

#include "data/decoders.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#ifndef VG_WITH_JPEG
#define STBI_ONLY_JPEG
#endif

// What stb_image declares and leaves out is seen at the end of this file, so nothing is popped.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wshadow"
#if __has_include(<stb_image.h>)
#include <stb_image.h>
#else
#include <stb/stb_image.h>
#endif

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static uint32_t little32(const uint8_t *p)
{
    return (uint32_t) p[3] << 24 | (uint32_t) p[2] << 16 | (uint32_t) p[1] << 8 | p[0];
}

int vg_png_size(const struct vg_encoded *e, int64_t *w, int64_t *h)
{
    if (e->bytes < 33 || memcmp(e->data + 12, "IHDR", 4))
        return vg_fail(VG_ERR_FORMAT, "%s: a PNG file without a header", e->name);
    *w = big32(e->data + 16);
    *h = big32(e->data + 20);
    return VG_OK;
}

// stb_image reads zeros behind the end of a BMP, so the length is checked here.  Compressed ones
// (1 and 2 are run lengths) it refuses by itself.
int vg_bmp_size(const struct vg_encoded *e, int64_t *w, int64_t *h)
{
    if (e->bytes < 54 || little32(e->data + 14) < 40)
        return vg_fail(VG_ERR_FORMAT, "%s: a BMP file without a Windows header", e->name);
    const int64_t rows = (int32_t) little32(e->data + 22);   // negative: stored from the top
    *w = (int32_t) little32(e->data + 18);
    *h = rows < 0 ? -rows : rows;
    const int64_t bits = little32(e->data + 28) & 0xffff;
    const int64_t pitch = (*w * bits + 31) / 32 * 4, start = little32(e->data + 10);
    if (*w > 0 && *h > 0 && *w < 1 << 24 && start + pitch * *h > (int64_t) e->bytes)
        return vg_fail(VG_ERR_FORMAT, "%s: the pixels end early", e->name);
    return VG_OK;
}

int vg_stb_decode(const struct vg_encoded *e, struct vg_image *out)
{
    int w = 0, h = 0, channels;
    // stb_image allocates with malloc, so its memory can be the image's.
    uint8_t *pixels =
        stbi_load_from_memory(e->data, (int) e->bytes, &w, &h, &channels, VG_CHANNELS);
    *out = (struct vg_image) { 0 };
    if (!pixels)
        return vg_fail(VG_ERR_FORMAT, "%s: damaged (%s)", e->name, stbi_failure_reason());
    *out = (struct vg_image) { w, h, pixels };
    return VG_OK;
}

#ifndef VG_WITH_JPEG

const char *const vg_jpeg_decoder = "stb_image";

// The counts of Huffman codes by length, 16 bytes a table: stb_image has room for 256 codes and
// (in 2.27) does not look whether there are more.
static bool tables_fit(const struct vg_encoded *e, size_t at)
{
    const size_t end = at + ((size_t) e->data[at] << 8 | e->data[at + 1]);
    for (at += 2; at < e->bytes && at < end;) {
        size_t codes = 0;
        for (size_t i = at + 1; i <= at + 16 && i < e->bytes; i++)
            codes += e->data[i];
        if (codes > 256)
            return false;
        at += 17 + codes;
    }
    return true;
}

// Segment by segment up to the first scan, whose content may hold anything; behind that every
// marker is a marker, since coded data has none.
static bool huffman_codes_fit(const struct vg_encoded *e)
{
    bool scanning = false;
    for (size_t at = 2; at + 3 < e->bytes;) {
        if (e->data[at] != 0xff || e->data[at + 1] == 0xff) {
            at++;
            continue;
        }
        const uint8_t marker = e->data[at + 1];
        at += 2;
        if (marker == 0xc4 && !tables_fit(e, at))
            return false;
        scanning |= marker == 0xda;
        if (!scanning && marker >= 0xc0)
            at += (size_t) e->data[at] << 8 | e->data[at + 1];
    }
    return true;
}

// Called before every decoding, so the check of the tables stands here.
int vg_jpeg_size(const struct vg_encoded *e, int64_t *w, int64_t *h)
{
    int x = 0, y = 0, channels;
    if (!huffman_codes_fit(e))
        return vg_fail(VG_ERR_FORMAT, "%s: a table of more than 256 codes", e->name);
    if (!stbi_info_from_memory(e->data, (int) e->bytes, &x, &y, &channels))
        return vg_fail(VG_ERR_FORMAT, "%s: not a JPEG image (%s)", e->name, stbi_failure_reason());
    *w = x;
    *h = y;
    return VG_OK;
}

// The last place of a two-byte marker, or NULL.
static const uint8_t *last_marker(const struct vg_encoded *e, uint8_t kind)
{
    for (size_t i = e->bytes - 1; i > 0; i--)
        if (e->data[i - 1] == 0xff && e->data[i] == kind)
            return e->data + i;
    return NULL;
}

// stb_image fills what is missing.  A whole file has an end-of-image marker (D9) behind its last
// start of scan (DA); neither can occur inside coded data.
int vg_jpeg_decode(const struct vg_encoded *e, struct vg_image *out)
{
    const uint8_t *scan = last_marker(e, 0xda), *end = last_marker(e, 0xd9);
    *out = (struct vg_image) { 0 };
    if (!scan || !end || end < scan)
        return vg_fail(VG_ERR_FORMAT, "%s: the JPEG data ends early", e->name);
    return vg_stb_decode(e, out);
}

#endif
