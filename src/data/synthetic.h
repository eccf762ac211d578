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
 */
enum {
    VG_FACE_IMAGES = 8,   // of a person
    VG_FACE_SIZE_MIN = 16,
    VG_FACE_SIZE_MAX = 4096,
};

// The person on image `index` of the split.
int64_t vg_face_identity(enum vg_split split, int64_t index);

/**
 * Draws a face.  size is VG_FACE_SIZE_MIN .. VG_FACE_SIZE_MAX, index 0 .. 2^43 - 1.
 *
 * rgb [size][size][3] or NULL for the truth alone; regions [size][size] of enum vg_face_region, or
 * NULL; truth or NULL.  Cost at 64 pixels: below 2 ms on one core, growing with the pixels.
 */
void vg_face_draw(uint64_t seed, enum vg_split split, int64_t index, int size, uint8_t *rgb,
                  struct vg_face_truth *truth, uint8_t *regions);

extern const struct vg_dataset vg_dataset_synthetic;
