// Counter-based random numbers, the same bits as src/base/rng.c: Philox4x32-10 with
// key = (seed low, seed high), counter = (block, stream, step, 0).  Element e is word e % 4 of
// block e / 4.

uint4 rng_block(uint key0, uint key1, uint step_no, uint stream, uint block)
{
    uint c0 = block, c1 = stream, c2 = step_no, c3 = 0;

    for (int round_no = 0; round_no < 10; round_no++) {
        const uint hi0 = mul_hi(0xD2511F53u, c0), lo0 = 0xD2511F53u * c0;
        const uint hi1 = mul_hi(0xCD9E8D57u, c2), lo1 = 0xCD9E8D57u * c2;
        c0 = hi1 ^ c1 ^ key0;
        c1 = lo1;
        c2 = hi0 ^ c3 ^ key1;
        c3 = lo0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
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
