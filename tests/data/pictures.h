#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/image.h"

/** Images and folders that the tests of this layer make for themselves. */

// The reference's deterministic fill: element i of tensor t, 32 bits.
static inline uint32_t fill_bits(uint32_t i, uint32_t t)
{
    uint32_t x = (i + 1) * 0x9E3779B1u + t * 0x85EBCA77u;
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
}

// Noise: the upper bytes of the fill.
static inline struct vg_image noise_image(int w, int h, uint32_t t)
{
    struct vg_image im;
    if (vg_image_init(&im, w, h) != 0)
        abort();
    for (uint32_t i = 0; i < (uint32_t) (w * h * VG_CHANNELS); i++)
        im.pixels[i] = (uint8_t) (fill_bits(i, t) >> 24);
    return im;
}

static inline int64_t image_sum(const struct vg_image *im)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < (int64_t) im->w * im->h * VG_CHANNELS; i++)
        sum += im->pixels[i];
    return sum;
}

// FNV-1a over bytes, 64 bits.
static inline uint64_t bytes_hash(const void *data, size_t bytes)
{
    const uint8_t *p = data;
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ p[i]) * 0x100000001b3ull;
    return hash;
}

static inline uint64_t image_hash(const struct vg_image *im)
{
    return bytes_hash(im->pixels, (size_t) im->w * (size_t) im->h * VG_CHANNELS);
}
