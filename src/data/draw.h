#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "data/image.h"

/**
 * The random parameters of the augmentations, apart from their application: what is drawn for a
 * view is a function of (seed, epoch, index, view) alone, whoever draws it and when.
 *
 * Every operation has its own stream, so one that is not applied does not move the others.
 */
struct vg_view_key {
    uint64_t seed;
    uint32_t epoch;
    int64_t index;   // of the image in its data set
    int view;
};

enum vg_draw_op {
    VG_DRAW_CROP = 1,
    VG_DRAW_FLIP,
    VG_DRAW_JITTER,
    VG_DRAW_GRAY,
    VG_DRAW_BLUR,
    VG_DRAW_SOLARISE,
    VG_DRAW_TRANSLATE,
    VG_DRAW_ROTATE,
    VG_DRAW_ERASE,
};

struct vg_rng vg_draw_stream(const struct vg_view_key *key, enum vg_draw_op op);

// Whether an operation of probability p is applied: u <= p, and never for p = 0.
bool vg_draw_applies(struct vg_rng *r, double p);

/**
 * A crop of a random share of w x h and a random shape, ten tries:
 *
 *     A = w h U(low, 1),  q = exp U(ln 3/4, ln 4/3),  cw = round sqrt(A q),  ch = round sqrt(A / q)
 *
 * anywhere inside; failing that the largest crop of the middle whose ratio is in 3/4 .. 4/3.
 */
struct vg_rect vg_draw_crop(struct vg_rng *r, int w, int h, double low);

// What changes colours, in the order they are applied.
enum { VG_BRIGHTNESS, VG_CONTRAST, VG_SATURATION, VG_HUE, VG_JITTERS };

struct vg_jitter {
    int count, order[VG_JITTERS];
    double factor[VG_JITTERS];   // of VG_BRIGHTNESS .. ; the hue's is an angle
};

// Brightness, contrast and saturation from 1 - s to 1 + s, the hue from -hue to hue; hue 0 leaves
// it out.
struct vg_jitter vg_draw_jitter(struct vg_rng *r, double brightness, double contrast,
                                double saturation, double hue);
void vg_jitter_apply(const struct vg_jitter *j, struct vg_image *im);

// One view of FRA (its specification, section 5.1): view 0 and view 1 differ in blur and solarise.
struct vg_fra_draw {
    struct vg_rect crop;
    bool flip, jittered, gray, blurred, solarised;
    struct vg_jitter jitter;
    double sigma;
};

// How strong FRA's views are.  As published for photographs of 224 x 224: vg_fra_published.
struct vg_fra_strength {
    double crop;     // the least share of the area a crop keeps
    double jitter;   // factor of the four ranges of colour jitter
    double gray;     // odds of a gray view
    double blur;     // factor of the deviation of the blur, which is in pixels; 0: no blur
};

extern const struct vg_fra_strength vg_fra_published;

struct vg_fra_draw vg_fra_draw(const struct vg_view_key *key, const struct vg_fra_strength *s,
                               int w, int h);

// Transfer to a task (same, section 5.3), for an image of size x size.
struct vg_transfer_draw {
    bool flip, jittered, translated, rotated, erased;
    struct vg_jitter jitter;
    int tx, ty;
    double degrees;
    struct vg_rect erase;
};

struct vg_transfer_draw vg_transfer_draw(const struct vg_view_key *key, int size);
