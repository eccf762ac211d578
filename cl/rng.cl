// Counter-based random numbers, the same bits as src/base/rng.c: Philox4x32-10 with
// key = (seed low, seed high), counter = (element / 4, stream, step, 0), word element % 4.

uint rng_bits(uint key0, uint key1, uint step_no, uint stream, uint element)
{
    uint c0 = element / 4, c1 = stream, c2 = step_no, c3 = 0;

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
    const uint word = element % 4;
    return word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3;
}

// Uniform in [0, 1), exact in float.
float rng_uniform(uint key0, uint key1, uint step_no, uint stream, uint element)
{
    return (float) (rng_bits(key0, key1, step_no, stream, element) >> 8) * 0x1p-24f;
}
