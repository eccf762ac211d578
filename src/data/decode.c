#include "data/decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "data/decoders.h"

struct format {
    const char *magic;
    int (*size)(const struct vg_encoded *e, int64_t *w, int64_t *h);
    int (*decode)(const struct vg_encoded *e, struct vg_image *out);
};

static const struct format formats[] = {
    { "\xff\xd8\xff", vg_jpeg_size, vg_jpeg_decode },
    { "\x89PNG\r\n\x1a\n", vg_png_size, vg_stb_decode },
    { "BM", vg_bmp_size, vg_stb_decode },
    { "P5", vg_pnm_size, vg_pnm_decode },
    { "P6", vg_pnm_size, vg_pnm_decode },
};

static const struct format *format_of(const struct vg_encoded *e)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const size_t length = strlen(formats[i].magic);
        if (e->bytes >= length && !memcmp(e->data, formats[i].magic, length))
            return &formats[i];
    }
    vg_fail(VG_ERR_FORMAT, "%s: not a JPEG, PNG, BMP, PGM or PPM image", e->name);
    return NULL;
}

static int header_of(const struct vg_encoded *e, const struct format *f, int64_t *w, int64_t *h)
{
    const int rc = f->size(e, w, h);
    if (rc != VG_OK)
        return rc;
    if (*w < 1 || *h < 1)
        return vg_fail(VG_ERR_FORMAT, "%s: an image of %lldx%lld pixels", e->name, (long long) *w,
                       (long long) *h);
    if (*w > VG_DECODE_MAX_SIDE || *h > VG_DECODE_MAX_SIDE ||
        *w * *h > VG_DECODE_MAX_MEGAPIXELS * 1000000ll)
        return vg_fail(
            VG_ERR_VALUE,
            "%s: image is %lldx%lld, at most %d pixels a side and %d megapixels accepted", e->name,
            (long long) *w, (long long) *h, VG_DECODE_MAX_SIDE, VG_DECODE_MAX_MEGAPIXELS);
    return VG_OK;
}

int vg_image_decode_bytes(const char *name, const void *data, size_t bytes, struct vg_image *out)
{
    const struct vg_encoded e = { name, data, bytes };
    const struct format *f = format_of(&e);
    int64_t w, h;
    *out = (struct vg_image) { 0 };
    if (!f)
        return VG_ERR_FORMAT;
    const int rc = header_of(&e, f, &w, &h);
    return rc == VG_OK ? f->decode(&e, out) : rc;
}

int vg_image_decode(const char *path, struct vg_image *out)
{
    char *data = NULL;
    size_t bytes = 0;
    *out = (struct vg_image) { 0 };
    int rc = vg_file_read(path, VG_DECODE_MAX_BYTES, &data, &bytes);
    if (rc == VG_OK)
        rc = vg_image_decode_bytes(path, data, bytes, out);
    free(data);
    return rc;
}

int vg_image_probe(const char *name, const void *data, size_t bytes, int *w, int *h)
{
    const struct vg_encoded e = { name, data, bytes };
    const struct format *f = format_of(&e);
    int64_t width = 0, height = 0;
    const int rc = f ? header_of(&e, f, &width, &height) : VG_ERR_FORMAT;
    *w = (int) width;
    *h = (int) height;
    return rc;
}

const char *vg_image_decoder(void)
{
    return vg_jpeg_decoder;
}
