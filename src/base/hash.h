#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * SHA-256: names by content, of compiled programs and of weights.
 *
 * Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2; its known answers are in
 * tests/base/hash.c.
 */
struct vg_sha256 {
    uint32_t state[8];
    uint64_t bytes;   // so far
    unsigned char block[64];
};

enum { VG_SHA256_BYTES = 32, VG_SHA256_TEXT = 65 };

void vg_sha256_init(struct vg_sha256 *h);
void vg_sha256_update(struct vg_sha256 *h, const void *data, size_t bytes);
void vg_sha256_finish(struct vg_sha256 *h, unsigned char digest[VG_SHA256_BYTES]);

// Ends as _finish does, with 64 hexadecimal digits in lower case.
void vg_sha256_finish_text(struct vg_sha256 *h, char text[VG_SHA256_TEXT]);

// All of a file.  VG_ERR_IO, VG_ERR_MEMORY.
int vg_sha256_file(const char *path, char text[VG_SHA256_TEXT]);

// All three for data in one piece.
void vg_sha256_text(const void *data, size_t bytes, char text[VG_SHA256_TEXT]);
