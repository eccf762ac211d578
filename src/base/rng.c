#include "base/rng.h"

#include <math.h>

struct vg_rng_block vg_rng_philox(const uint32_t key[2], const uint32_t counter[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];

    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t) 0xD2511F53u * c0, p1 = (uint64_t) 0xCD9E8D57u * c2;
        c0 = (uint32_t) (p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t) p1;
        c2 = (uint32_t) (p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t) p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return (struct vg_rng_block) { { c0, c1, c2, c3 } };
}

uint32_t vg_rng_bits(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    const uint32_t key[2] = { (uint32_t) seed, (uint32_t) (seed >> 32) };
    const uint32_t counter[4] = { (uint32_t) (element / 4), stream, step, 0 };
    return vg_rng_philox(key, counter).word[element % 4];
}

float vg_rng_uniform(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    return (float) (vg_rng_bits(seed, step, stream, element) >> 8) * 0x1p-24f;
}

static double normal_from(uint32_t a, uint32_t b)
{
    const double pi = 3.14159265358979323846;
    const double u = (a + 1.0) * 0x1p-32, v = b * 0x1p-32;   // u in (0, 1], so that log is finite
    return sqrt(-2 * log(u)) * cos(2 * pi * v);
}

double vg_rng_normal(uint64_t seed, uint32_t step, uint32_t stream, uint64_t element)
{
    return normal_from(vg_rng_bits(seed, step, stream, 2 * element),
                       vg_rng_bits(seed, step, stream, 2 * element + 1));
}

static uint32_t next_bits(struct vg_rng *r)
{
    return vg_rng_bits(r->seed, r->step, r->stream, r->at++);
}

double vg_rng_next(struct vg_rng *r)
{
    return next_bits(r) * 0x1p-32;
}

double vg_rng_range(struct vg_rng *r, double low, double high)
{
    return low + (high - low) * vg_rng_next(r);
}

// Lemire's bounded numbers: the multiply's high word, redrawn where the low word is biased.
uint32_t vg_rng_below(struct vg_rng *r, uint32_t n)
{
    const uint32_t threshold = -n % n;
    for (;;) {
        const uint64_t product = (uint64_t) next_bits(r) * n;
        if ((uint32_t) product >= threshold)
            return (uint32_t) (product >> 32);
    }
}

double vg_rng_gauss(struct vg_rng *r)
{
    const uint32_t a = next_bits(r);
    return normal_from(a, next_bits(r));
}

void vg_rng_permutation(struct vg_rng *r, uint32_t n, uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t j = vg_rng_below(r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

uint64_t vg_rng_mix(uint64_t a, uint64_t b)
{
    uint64_t x = a + 0x9E3779B97F4A7C15ull * (b + 1);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}
