#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "data/draw.h"
#include "data/resize.h"

/**
 * From an image to the floats a network takes: [size][size][3], normalised.
 *
 *     eval      resized to size x size whatever its shape, bilinear
 *     fra       two views: crop (area .2 to 1, bilinear), flip, colour jitter, gray, blur, solarise
 *     mcf       the middle square, or a random crop where `crop` asks for one, by `filter`; flip
 *     transfer  resized, flip, colour jitter, translation, rotation; erasing where asked for
 *
 * FRA and transfer: its specification, sections 5.1 and 5.3 (draw.h has the draws).  MCF: its
 * specification, section 6.3.  As published it does not crop, and resizes the shorter side with the
 * bilinear filter; its code fails on an image that is not square, the middle is ours.  crop = 0.2
 * with the bicubic filter is what its code has commented out.
 *
 * What is drawn is a function of (seed, epoch, index, view), so the same call gives the same floats
 * on every thread and every machine.
 */
enum vg_augment_kind {
    VG_AUGMENT_EVAL,
    VG_AUGMENT_FRA,
    VG_AUGMENT_MCF,
    VG_AUGMENT_TRANSFER,
};

struct vg_augment {
    enum vg_augment_kind kind;
    int size;
    bool erase;                          // transfer only: zero a rectangle, as for expressions
    const struct vg_fra_strength *fra;   // fra only; NULL: as published
    double crop;                  // mcf only: the least share of the area a crop keeps; 0: no crop
    enum vg_filter filter;        // mcf only
    const struct vg_norm *norm;   // NULL: ImageNet's for MCF, VGGFace2's for the others
    uint64_t seed;
};

int vg_augment_views(enum vg_augment_kind kind);          // 2 for fra, 1 for the others
const char *vg_augment_name(enum vg_augment_kind kind);   // "fra"
// Whose mean and deviation a kind takes where none are named: "vggface2", "imagenet".
const char *vg_augment_norm(enum vg_augment_kind kind);

// Fills out, size * size * 3 floats.  VG_ERR_MEMORY.
int vg_augment_view(const struct vg_augment *a, const struct vg_image *im, uint32_t epoch,
                    int64_t index, int view, float *out);
