#include <criterion/criterion.h>

#include "base/rng.h"

// Random123's known answers of Philox4x32-10.
Test(rng, philox_known_answers)
{
    static const struct {
        uint32_t key[2], counter[4], word[4];
    } known[] = {
        { { 0, 0 }, { 0, 0, 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0xa4093822, 0x299f31d0 },
          { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct vg_rng_block b = vg_rng_philox(known[i].key, known[i].counter);
        for (int w = 0; w < 4; w++)
            cr_expect_eq(b.word[w], known[i].word[w], "vector %zu, word %d", i, w);
    }
}

Test(rng, a_permutation_holds_every_number_once)
{
    enum { N = 1000 };
    struct vg_rng r = { .seed = 7 };
    uint32_t order[N];
    unsigned char seen[N] = { 0 };
    vg_rng_permutation(&r, N, order);
    for (int i = 0; i < N; i++)
        cr_expect_eq(seen[order[i]]++, 0);
}

Test(rng, uniform_numbers_have_the_moments_of_a_uniform)
{
    enum { N = 100000 };
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        const double u = vg_rng_uniform(3, 1, 2, i);
        cr_assert(u >= 0 && u < 1);
        sum += u;
        square += u * u;
    }
    // Five standard errors: of the mean sqrt(1/12/N), of the second moment sqrt(4/45/N).
    cr_expect_float_eq(sum / N, 0.5, 5 * 0.00091);
    cr_expect_float_eq(square / N, 1.0 / 3, 5 * 0.00094);
}

Test(rng, normal_numbers_have_the_moments_of_a_normal)
{
    enum { N = 100000 };
    struct vg_rng r = { .seed = 11 };
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        const double z = vg_rng_gauss(&r);
        sum += z;
        square += z * z;
    }
    cr_expect_float_eq(sum / N, 0, 5 * 0.0032);
    cr_expect_float_eq(square / N, 1, 5 * 0.0045);
}
