#pragma once

#include <stdint.h>

#include "data/dataset.h"
#include "data/face_truth.h"

/**
 * Synthetic faces: drawn by the program, free of any licence, with exact labels.
 *
 * Image `index` of a split is a function of (seed, split, index) alone.  Consecutive images show
 * one person VG_FACE_IMAGES times; people of different splits are different, because the splits
 * take their identity numbers from ranges that do not meet.  Parameters need only the four
 * operations and square roots; pixels are the same bits wherever libm's sin, cos and pow are and
 * the compiler does not fuse a * b + c (the build forbids it for this layer).
 *
 * Selector "synthetic" or "synthetic:N", N images; the defaults are 10000 to train on, 2000 to
 * validate with and 2000 to test on.  Images are options.size wide and high, 64 by default.
 *
 * Those faces are loosely framed, as a detector leaves them.  Sets of labelled expressions come
 * aligned (RAF-DB: ROOT/Image/aligned): "synthetic:aligned" and "synthetic:aligned:N" are the same
 * people and shots with the head turned, scaled and moved so that the eyes are level, the point
 * between them lies at (0.5, VG_FACE_EYES_Y) of the image's side, and of the eyes' distance and the
 * mouth's one is as below and the other no more.  Where those three lie is our choice.
 */
#define VG_FACE_EYES_Y 0.38
#define VG_FACE_EYES_APART 0.40
#define VG_FACE_MOUTH_DOWN 0.36

enum {
    VG_FACE_IMAGES = 8,   // of a person
    VG_FACE_SIZE_MIN = 16,
    VG_FACE_SIZE_MAX = 4096,
};

// The person on image `index` of the split.
int64_t vg_face_identity(enum vg_split split, int64_t index);

struct vg_face_set {
    uint64_t seed;
    enum vg_split split;
    bool aligned;
};

/**
 * Draws a face.  size is VG_FACE_SIZE_MIN .. VG_FACE_SIZE_MAX, index 0 .. 2^43 - 1.
 *
 * rgb [size][size][3] or NULL for the truth alone; regions [size][size] of enum vg_face_region, or
 * NULL; truth or NULL.  Cost at 64 pixels: below 2 ms on one core, growing with the pixels.
 */
void vg_face_draw(const struct vg_face_set *set, int64_t index, int size, uint8_t *rgb,
                  struct vg_face_truth *truth, uint8_t *regions);

extern const struct vg_dataset vg_dataset_synthetic;
