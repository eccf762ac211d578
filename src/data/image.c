#include "data/image.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

const struct vg_norm vg_norm_vggface2 = { { 0.5231f, 0.4044f, 0.3489f },
                                          { 0.2536f, 0.2194f, 0.2070f } };
const struct vg_norm vg_norm_imagenet = { { 0.485f, 0.456f, 0.406f }, { 0.229f, 0.224f, 0.225f } };

static size_t image_bytes(const struct vg_image *im)
{
    return (size_t) im->w * (size_t) im->h * VG_CHANNELS;
}

int vg_image_init(struct vg_image *im, int w, int h)
{
    assert(w >= 1 && h >= 1);
    *im = (struct vg_image) { w, h, NULL };
    im->pixels = vg_try_alloc(image_bytes(im));
    if (!im->pixels)
        return vg_fail(VG_ERR_MEMORY, "no memory for an image of %dx%d", w, h);
    return VG_OK;
}

int vg_image_copy(const struct vg_image *from, struct vg_image *to)
{
    const int rc = vg_image_init(to, from->w, from->h);
    if (rc == VG_OK)
        memcpy(to->pixels, from->pixels, image_bytes(from));
    return rc;
}

void vg_image_finish(struct vg_image *im)
{
    free(im->pixels);
    *im = (struct vg_image) { 0 };
}

void vg_image_swap(struct vg_image *a, struct vg_image *b)
{
    const struct vg_image kept = *a;
    *a = *b;
    *b = kept;
}

void vg_image_flip(struct vg_image *im)
{
    for (int y = 0; y < im->h; y++) {
        uint8_t *left = vg_image_at(im, 0, y), *right = vg_image_at(im, im->w - 1, y);
        for (; left < right; left += VG_CHANNELS, right -= VG_CHANNELS)
            for (int c = 0; c < VG_CHANNELS; c++) {
                const uint8_t kept = left[c];
                left[c] = right[c];
                right[c] = kept;
            }
    }
}

int vg_image_translate(const struct vg_image *in, int tx, int ty, struct vg_image *out)
{
    const int rc = vg_image_init(out, in->w, in->h);
    if (rc != VG_OK || abs(tx) >= in->w)
        return rc;
    const int from_x = tx < 0 ? -tx : 0, to_x = tx < 0 ? 0 : tx;
    const size_t bytes = (size_t) (in->w - abs(tx)) * VG_CHANNELS;
    for (int y = 0; y < in->h; y++)
        if (y - ty >= 0 && y - ty < in->h)
            memcpy(vg_image_at(out, to_x, y), vg_image_at(in, from_x, y - ty), bytes);
    return VG_OK;
}

// Sixteen bits behind the point, rounded to the nearest.
static int64_t fixed(double v)
{
    return (int64_t) floor(v * 65536 + 0.5);
}

// The reference writes the matrix with 15 decimals, which makes cos(90 degrees) a true zero.
static double decimals15(double v)
{
    return rint(v * 1e15) / 1e15;
}

int vg_image_rotate(const struct vg_image *in, double degrees, struct vg_image *out)
{
    const double a = -(degrees - 360 * floor(degrees / 360)) * (M_PI / 180);
    const double c = decimals15(cos(a)), s = decimals15(sin(a)), n = decimals15(-sin(a));
    const double cx = in->w / 2.0, cy = in->h / 2.0;
    const double x0 = c * -cx + s * -cy + cx, y0 = n * -cx + c * -cy + cy;
    const int64_t step_c = fixed(c), step_s = fixed(s), step_n = fixed(n);
    int64_t row_x = fixed(x0 + c * 0.5 + s * 0.5), row_y = fixed(y0 + n * 0.5 + c * 0.5);

    const int rc = vg_image_init(out, in->w, in->h);
    for (int y = 0; rc == VG_OK && y < out->h; y++, row_x += step_s, row_y += step_c) {
        int64_t at_x = row_x, at_y = row_y;
        for (int x = 0; x < out->w; x++, at_x += step_c, at_y += step_n) {
            const int64_t sx = at_x >> 16, sy = at_y >> 16;
            if (sx >= 0 && sx < in->w && sy >= 0 && sy < in->h)
                memcpy(vg_image_at(out, x, y), vg_image_at(in, (int) sx, (int) sy), VG_CHANNELS);
        }
    }
    return rc;
}

void vg_image_normalise(const struct vg_image *in, const struct vg_norm *norm, float *out)
{
    float table[256][VG_CHANNELS];
    for (int v = 0; v < 256; v++)
        for (int c = 0; c < VG_CHANNELS; c++)
            table[v][c] = ((float) v / 255.0f - norm->mean[c]) / norm->std[c];

    const int64_t pixels = (int64_t) in->w * in->h;
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < VG_CHANNELS; c++)
            out[i * VG_CHANNELS + c] = table[in->pixels[i * VG_CHANNELS + c]][c];
}
