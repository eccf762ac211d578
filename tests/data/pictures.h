#pragma once

#include <stddef.h>
#include <stdint.h>

#include "data/image.h"

/** Images, files and folders that the tests of this layer make for themselves. */

// The reference's deterministic fill: element i of tensor t, 32 bits.
uint32_t fill_bits(uint32_t i, uint32_t t);

struct vg_image noise_image(int w, int h, uint32_t t);    // the upper bytes of the fill
struct vg_image smooth_image(int w, int h, uint32_t t);   // ramps, which JPEG keeps well

int64_t image_sum(const struct vg_image *im);
uint64_t image_hash(const struct vg_image *im);   // FNV-1a, 64 bits
uint64_t bytes_hash(const void *data, size_t bytes);
int image_worst(const struct vg_image *a, const struct vg_image *b);   // largest difference

// A directory of its own, empty; removed with all that is in it.
char *temp_make(void);
void temp_remove(char *dir);   // frees dir too

// Files below dir, whose missing parents are made; the path is the caller's to free.
char *write_bytes(const char *dir, const char *name, const void *data, size_t bytes);
char *write_ppm(const char *dir, const char *name, const struct vg_image *im);
char *write_png(const char *dir, const char *name, const struct vg_image *im);
char *write_bmp(const char *dir, const char *name, const struct vg_image *im);

// JPEG files of 24x16 pixels made by Pillow, with hash and sum of what Pillow reads back.
enum { JPEG_COLOUR, JPEG_PROGRESSIVE, JPEG_GRAY, JPEG_CMYK };

struct jpeg_file {
    const uint8_t *data;
    size_t bytes;
    uint64_t hash;
    int64_t sum;
};

extern const struct jpeg_file jpeg_files[];
