#include "data/augment.h"

#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "data/blur.h"
#include "data/color.h"
#include "data/draw.h"
#include "data/resize.h"

// Each makes out, a->size x a->size, from im.
typedef int pipeline(const struct vg_augment *a, const struct vg_image *im,
                     const struct vg_view_key *key, struct vg_image *out);

static int eval_view(const struct vg_augment *a, const struct vg_image *im,
                     const struct vg_view_key *key, struct vg_image *out)
{
    return vg_image_resize(im, vg_image_whole(im), a->size, a->size, VG_FILTER_BILINEAR, out);
}

static int fra_view(const struct vg_augment *a, const struct vg_image *im,
                    const struct vg_view_key *key, struct vg_image *out)
{
    const struct vg_fra_draw d =
        vg_fra_draw(key, a->fra ? a->fra : &vg_fra_published, im->w, im->h);
    int rc = vg_image_resize(im, d.crop, a->size, a->size, VG_FILTER_BILINEAR, out);
    if (rc != VG_OK)
        return rc;
    if (d.flip)
        vg_image_flip(out);
    if (d.jittered)
        vg_jitter_apply(&d.jitter, out);
    if (d.gray)
        vg_image_gray(out);
    if (d.blurred)
        rc = vg_image_blur(out, d.sigma);
    if (d.solarised)
        vg_image_solarise(out, 128);
    return rc;
}

// Of what is not square the middle, taken before the resize: no length of the other side can then
// ask for more memory than the image itself has.
static struct vg_rect middle_square(const struct vg_image *im)
{
    const int side = im->w < im->h ? im->w : im->h;
    return (struct vg_rect) { (im->w - side) / 2, (im->h - side) / 2, side, side };
}

static int mcf_view(const struct vg_augment *a, const struct vg_image *im,
                    const struct vg_view_key *key, struct vg_image *out)
{
    struct vg_rng crop = vg_draw_stream(key, VG_DRAW_CROP);
    struct vg_rng flip = vg_draw_stream(key, VG_DRAW_FLIP);
    const struct vg_rect r =
        a->crop > 0 ? vg_draw_crop(&crop, im->w, im->h, a->crop) : middle_square(im);
    const int rc = vg_image_resize(im, r, a->size, a->size, a->filter, out);
    if (rc == VG_OK && vg_draw_applies(&flip, 0.5))
        vg_image_flip(out);
    return rc;
}

static int transfer_view(const struct vg_augment *a, const struct vg_image *im,
                         const struct vg_view_key *key, struct vg_image *out)
{
    const struct vg_transfer_draw d = vg_transfer_draw(key, a->size);
    struct vg_image moved = { 0 };
    int rc;
    VG_TRY(eval_view(a, im, key, out));
    if (d.flip)
        vg_image_flip(out);
    if (d.jittered)
        vg_jitter_apply(&d.jitter, out);
    if (d.translated) {
        VG_TRY(vg_image_translate(out, d.tx, d.ty, &moved));
        vg_image_swap(out, &moved);
        vg_image_finish(&moved);
    }
    if (d.rotated) {
        VG_TRY(vg_image_rotate(out, d.degrees, &moved));
        vg_image_swap(out, &moved);
    }
out:
    vg_image_finish(&moved);
    return rc;
}

static const struct {
    const char *name;
    int views;
    pipeline *view;
    const struct vg_norm *norm;
} kinds[] = {
    [VG_AUGMENT_EVAL] = { "eval", 1, eval_view, &vg_norm_vggface2 },
    [VG_AUGMENT_FRA] = { "fra", 2, fra_view, &vg_norm_vggface2 },
    [VG_AUGMENT_MCF] = { "mcf", 1, mcf_view, &vg_norm_imagenet },
    [VG_AUGMENT_TRANSFER] = { "transfer", 1, transfer_view, &vg_norm_vggface2 },
};

int vg_augment_views(enum vg_augment_kind kind)
{
    return kinds[kind].views;
}

const char *vg_augment_norm(enum vg_augment_kind kind)
{
    return kinds[kind].norm == &vg_norm_imagenet ? "imagenet" : "vggface2";
}

const char *vg_augment_name(enum vg_augment_kind kind)
{
    return kinds[kind].name;
}

// Behind the normalisation, so that the zeros are the mean colour.
static void erase(const struct vg_view_key *key, int size, float *out)
{
    const struct vg_transfer_draw d = vg_transfer_draw(key, size);
    for (int y = d.erase.y; d.erased && y < d.erase.y + d.erase.h; y++)
        memset(out + ((int64_t) y * size + d.erase.x) * VG_CHANNELS, 0,
               (size_t) d.erase.w * VG_CHANNELS * sizeof *out);
}

int vg_augment_view(const struct vg_augment *a, const struct vg_image *im, uint32_t epoch,
                    int64_t index, int view, float *out)
{
    assert(a->size >= 1 && view >= 0 && view < kinds[a->kind].views);
    assert(a->crop >= 0 && a->crop <= 1);
    const struct vg_view_key key = { a->seed, epoch, index, view };
    struct vg_image made = { 0 };
    const int rc = kinds[a->kind].view(a, im, &key, &made);
    if (rc == VG_OK) {
        vg_image_normalise(&made, a->norm ? a->norm : kinds[a->kind].norm, out);
        if (a->erase && a->kind == VG_AUGMENT_TRANSFER)
            erase(&key, a->size, out);
    }
    vg_image_finish(&made);
    return rc;
}
