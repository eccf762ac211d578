// Counter-based random numbers, the same bits as src/base/rng.c: Philox4x32-10 with
// key = (seed low, seed high), counter = (block, stream, step, 0).  Element e is word e % 4 of
// block e / 4.

// The ten rounds, on numbers or on vectors of them: NUMBER is uint or a vector of uint.
#define RNG_ROUNDS(NUMBER, c0, c1, c2, c3, key0, key1)                                             \
    for (int round_no = 0; round_no < 10; round_no++) {                                            \
        const NUMBER hi0 = mul_hi((NUMBER) 0xD2511F53u, c0), lo0 = 0xD2511F53u * c0;               \
        const NUMBER hi1 = mul_hi((NUMBER) 0xCD9E8D57u, c2), lo1 = 0xCD9E8D57u * c2;               \
        c0 = hi1 ^ c1 ^ key0;                                                                      \
        c1 = lo1;                                                                                  \
        c2 = hi0 ^ c3 ^ key1;                                                                      \
        c3 = lo0;                                                                                  \
        key0 += 0x9E3779B9u;                                                                       \
        key1 += 0xBB67AE85u;                                                                       \
    }

uint4 rng_block(uint key0, uint key1, uint step_no, uint stream, uint block)
{
    uint c0 = block, c1 = stream, c2 = step_no, c3 = 0;
    RNG_ROUNDS(uint, c0, c1, c2, c3, key0, key1)
    return (uint4) (c0, c1, c2, c3);
}

// One choice after the other: Oclgrind takes the wrong word out of a choice within a choice.
uint rng_bits(uint key0, uint key1, uint step_no, uint stream, uint element)
{
    const uint4 words = rng_block(key0, key1, step_no, stream, element / 4);
    const uint2 half_block = element & 2 ? words.zw : words.xy;
    return element & 1 ? half_block.y : half_block.x;
}

// Uniform in [0, 1), exact in float.
float rng_uniform(uint key0, uint key1, uint step_no, uint stream, uint element)
{
    return (float) (rng_bits(key0, key1, step_no, stream, element) >> 8) * 0x1p-24f;
}

// The same of elements 4 block .. 4 block + 3.
float4 rng_uniform4(uint key0, uint key1, uint step_no, uint stream, uint block)
{
    return convert_float4(rng_block(key0, key1, step_no, stream, block) >> 8) * 0x1p-24f;
}

// The same of any sixteen elements.
float16 rng_uniform16(uint key0, uint key1, uint step_no, uint stream, uint16 element)
{
    uint16 c0 = element / 4, c1 = stream, c2 = step_no, c3 = 0;
    RNG_ROUNDS(uint16, c0, c1, c2, c3, key0, key1)
    const int16 odd = (element & 1) != 0, second_half = (element & 2) != 0;
    const uint16 first = select(c0, c1, odd), second = select(c2, c3, odd);
    return convert_float16(select(first, second, second_half) >> 8) * 0x1p-24f;
}
