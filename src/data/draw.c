#include "data/draw.h"

#include <math.h>

#include "data/color.h"

static const double narrow = 3.0 / 4.0, wide = 4.0 / 3.0;   // ratios w / h of a crop

struct vg_rng vg_draw_stream(const struct vg_view_key *key, enum vg_draw_op op)
{
    const uint64_t image = vg_rng_mix(key->seed, (uint64_t) key->index);
    return (struct vg_rng) { .seed = vg_rng_mix(image, (uint64_t) key->view),
                             .step = key->epoch,
                             .stream = op };
}

bool vg_draw_applies(struct vg_rng *r, double p)
{
    return vg_rng_next(r) <= p && p > 0;
}

static int below(struct vg_rng *r, int n)
{
    return (int) vg_rng_below(r, (uint32_t) n);
}

static struct vg_rect middle_crop(int w, int h)
{
    struct vg_rect c = { 0, 0, w, h };
    if (w < narrow * h)
        c.h = (int) rint(w / narrow);
    else if (w > wide * h)
        c.w = (int) rint(h * wide);
    c.x = (w - c.w) / 2;
    c.y = (h - c.h) / 2;
    return c;
}

struct vg_rect vg_draw_crop(struct vg_rng *r, int w, int h, double low)
{
    for (int i = 0; i < 10; i++) {
        const double area = (double) w * h * vg_rng_range(r, low, 1);
        const double ratio = exp(vg_rng_range(r, log(narrow), log(wide)));
        const double cw = rint(sqrt(area * ratio)), ch = rint(sqrt(area / ratio));
        if (cw >= 1 && ch >= 1 && cw <= w && ch <= h) {
            const int y = below(r, h - (int) ch + 1), x = below(r, w - (int) cw + 1);
            return (struct vg_rect) { x, y, (int) cw, (int) ch };
        }
    }
    return middle_crop(w, h);
}

struct vg_jitter vg_draw_jitter(struct vg_rng *r, double brightness, double contrast,
                                double saturation, double hue)
{
    struct vg_jitter j = { .count = hue > 0 ? VG_JITTERS : VG_HUE };
    uint32_t order[VG_JITTERS] = { 0 };
    vg_rng_permutation(r, (uint32_t) j.count, order);
    for (int i = 0; i < j.count; i++)
        j.order[i] = (int) order[i];
    j.factor[VG_BRIGHTNESS] = vg_rng_range(r, 1 - brightness, 1 + brightness);
    j.factor[VG_CONTRAST] = vg_rng_range(r, 1 - contrast, 1 + contrast);
    j.factor[VG_SATURATION] = vg_rng_range(r, 1 - saturation, 1 + saturation);
    j.factor[VG_HUE] = vg_rng_range(r, -hue, hue);
    return j;
}

void vg_jitter_apply(const struct vg_jitter *j, struct vg_image *im)
{
    for (int i = 0; i < j->count; i++) {
        const int which = j->order[i];
        const double f = j->factor[which];
        switch (which) {
        case VG_BRIGHTNESS: vg_image_brightness(im, (float) f); break;
        case VG_CONTRAST: vg_image_contrast(im, (float) f); break;
        case VG_SATURATION: vg_image_saturation(im, (float) f); break;
        default: vg_image_hue(im, f);
        }
    }
}

const struct vg_fra_strength vg_fra_published = {
    .crop = 0.2, .jitter = 1, .gray = 0.2, .blur = 1
};

struct vg_fra_draw vg_fra_draw(const struct vg_view_key *key, const struct vg_fra_strength *s,
                               int w, int h)
{
    struct vg_rng crop = vg_draw_stream(key, VG_DRAW_CROP);
    struct vg_rng flip = vg_draw_stream(key, VG_DRAW_FLIP);
    struct vg_rng jitter = vg_draw_stream(key, VG_DRAW_JITTER);
    struct vg_rng gray = vg_draw_stream(key, VG_DRAW_GRAY);
    struct vg_rng blur = vg_draw_stream(key, VG_DRAW_BLUR);
    struct vg_rng solarise = vg_draw_stream(key, VG_DRAW_SOLARISE);
    struct vg_fra_draw d = {
        .crop = vg_draw_crop(&crop, w, h, s->crop),
        .flip = vg_draw_applies(&flip, 0.5),
        .jittered = vg_draw_applies(&jitter, 0.8),
        .gray = vg_draw_applies(&gray, s->gray),
        .blurred = vg_draw_applies(&blur, key->view == 0 ? 1.0 : 0.1) && s->blur > 0,
        .solarised = vg_draw_applies(&solarise, key->view == 0 ? 0.0 : 0.2),
    };
    d.jitter =
        vg_draw_jitter(&jitter, 0.4 * s->jitter, 0.4 * s->jitter, 0.2 * s->jitter, 0.1 * s->jitter);
    d.sigma = s->blur * vg_rng_range(&blur, 0.1, 2.0);
    return d;
}

// A rectangle of 2 to 33 % of the area that leaves something at both sides; empty after ten tries.
static struct vg_rect draw_erase(struct vg_rng *r, int size)
{
    for (int i = 0; i < 10; i++) {
        const double area = (double) size * size * vg_rng_range(r, 0.02, 0.33);
        const double aspect = exp(vg_rng_range(r, log(0.3), log(3.3)));
        const double h = rint(sqrt(area * aspect)), w = rint(sqrt(area / aspect));
        if (h < size && w < size) {
            const int y = below(r, size - (int) h + 1), x = below(r, size - (int) w + 1);
            return (struct vg_rect) { x, y, (int) w, (int) h };
        }
    }
    return (struct vg_rect) { 0 };
}

struct vg_transfer_draw vg_transfer_draw(const struct vg_view_key *key, int size)
{
    struct vg_rng flip = vg_draw_stream(key, VG_DRAW_FLIP);
    struct vg_rng jitter = vg_draw_stream(key, VG_DRAW_JITTER);
    struct vg_rng translate = vg_draw_stream(key, VG_DRAW_TRANSLATE);
    struct vg_rng rotate = vg_draw_stream(key, VG_DRAW_ROTATE);
    struct vg_rng erase = vg_draw_stream(key, VG_DRAW_ERASE);
    struct vg_transfer_draw d = {
        .flip = vg_draw_applies(&flip, 0.5),
        .jittered = vg_draw_applies(&jitter, 0.5),
        .translated = vg_draw_applies(&translate, 0.5),
        .rotated = vg_draw_applies(&rotate, 0.5),
        .erased = vg_draw_applies(&erase, 0.5),
    };
    d.jitter = vg_draw_jitter(&jitter, 0.5, 0.5, 0.5, 0);
    d.tx = (int) rint(vg_rng_range(&translate, -0.2 * size, 0.2 * size));
    d.ty = (int) rint(vg_rng_range(&translate, -0.2 * size, 0.2 * size));
    d.degrees = vg_rng_range(&rotate, -10, 10);
    d.erase = draw_erase(&erase, size);
    return d;
}
