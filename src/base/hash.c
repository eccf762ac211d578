#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

static void schedule(const unsigned char *block, uint32_t w[64])
{
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t) block[4 * t] << 24 | (uint32_t) block[4 * t + 1] << 16 |
               (uint32_t) block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        const uint32_t s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3;
        const uint32_t s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
}

static void compress(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], v[8];
    schedule(block, w);
    memcpy(v, state, sizeof v);
    for (int t = 0; t < 64; t++) {
        const uint32_t a = v[0], e = v[4];
        const uint32_t s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
        const uint32_t t1 = v[7] + s1 + ((e & v[5]) ^ (~e & v[6])) + k[t] + w[t];
        const uint32_t s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
        const uint32_t t2 = s0 + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

void vg_sha256_init(struct vg_sha256 *h)
{
    // Likewise from the square roots of the first 8 primes.
    static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    memcpy(h->state, start, sizeof start);
    h->bytes = 0;
}

void vg_sha256_update(struct vg_sha256 *h, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    while (bytes > 0) {
        const size_t used = h->bytes % 64, room = 64 - used, part = bytes < room ? bytes : room;
        if (part == 64) {
            compress(h->state, at);
        } else {
            memcpy(h->block + used, at, part);
            if (part == room)
                compress(h->state, h->block);
        }
        h->bytes += part;
        at += part;
        bytes -= part;
    }
}

void vg_sha256_finish(struct vg_sha256 *h, unsigned char digest[VG_SHA256_BYTES])
{
    static const unsigned char padding[64] = { 0x80 };
    const uint64_t bits = h->bytes * 8;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char) (bits >> (56 - 8 * i));
    vg_sha256_update(h, padding, 1 + (119 - h->bytes % 64) % 64);
    vg_sha256_update(h, length, sizeof length);
    for (int i = 0; i < VG_SHA256_BYTES; i++)
        digest[i] = (unsigned char) (h->state[i / 4] >> (24 - 8 * (i % 4)));
}

void vg_sha256_finish_text(struct vg_sha256 *h, char text[VG_SHA256_TEXT])
{
    unsigned char digest[VG_SHA256_BYTES];
    vg_sha256_finish(h, digest);
    for (int i = 0; i < VG_SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void vg_sha256_text(const void *data, size_t bytes, char text[VG_SHA256_TEXT])
{
    struct vg_sha256 h;
    vg_sha256_init(&h);
    vg_sha256_update(&h, data, bytes);
    vg_sha256_finish_text(&h, text);
}

int vg_sha256_file(const char *path, char text[VG_SHA256_TEXT])
{
    char *data = NULL;
    size_t bytes = 0;
    const int rc = vg_file_read(path, SIZE_MAX / 4, &data, &bytes);
    if (rc == VG_OK)
        vg_sha256_text(data, bytes, text);
    free(data);
    return rc;
}
