#pragma once

#include <stdint.h>

/**
 * Counter-based random numbers: Philox4x32-10.
 *
 * There is no state.  A number is a function of four coordinates, so any step, image or element can
 * be drawn again alone, in any order, on the host or (cl/rng.cl, same bits) on the device:
 *
 *     key      = (seed low, seed high)
 *     counter  = (element / 4, stream, step, 0);  word element % 4 of the four that come out
 *
 * `stream` tells users apart (a node of the graph, an operation of the augmentation), `step` is
 * the time (a step, an epoch), `element` the position.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011;
 * constants and the ten rounds of Philox4x32-10; known answers of its Random123 in
 * tests/base/rng.c.
 */
struct vg_rng_block {
    uint32_t word[4];
};

struct vg_rng_block vg_rng_philox(const uint32_t key[2], const uint32_t counter[4]);

// 32 random bits.
uint32_t vg_rng_bits(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element);

// Uniform in [0, 1): the upper 24 bits / 2^24, exact in float.
float vg_rng_uniform(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element);

// Standard normal by Box and Muller, from elements 2 * element and 2 * element + 1.
double vg_rng_normal(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element);

// A sequence for code that draws one number after another (augmentation, synthetic faces).
struct vg_rng {
    uint64_t seed;
    uint32_t step, stream;
    uint64_t at;   // next element
};

double vg_rng_next(struct vg_rng *r);                             // uniform in [0, 1), 32 bits
double vg_rng_range(struct vg_rng *r, double low, double high);   // uniform in [low, high)
uint32_t vg_rng_below(struct vg_rng *r, uint32_t n);              // uniform in 0 .. n-1, unbiased
double vg_rng_gauss(struct vg_rng *r);                            // standard normal

// Fisher-Yates shuffle of 0 .. n-1 into order.
void vg_rng_permutation(struct vg_rng *r, uint32_t n, uint32_t *order);

// A 64-bit mix of two numbers (splitmix64's finaliser), for deriving seeds.
uint64_t vg_rng_mix(uint64_t a, uint64_t b);
