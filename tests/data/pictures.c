#include "tests/data/pictures.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

uint32_t fill_bits(uint32_t i, uint32_t t)
{
    uint32_t x = (i + 1) * 0x9E3779B1u + t * 0x85EBCA77u;
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
}

static void must(int rc)
{
    if (rc != VG_OK) {
        fprintf(stderr, "test helper: %s\n", vg_error());
        abort();
    }
}

static size_t byte_count(const struct vg_image *im)
{
    return (size_t) im->w * (size_t) im->h * VG_CHANNELS;
}

struct vg_image noise_image(int w, int h, uint32_t t)
{
    struct vg_image im;
    must(vg_image_init(&im, w, h));
    for (size_t i = 0; i < byte_count(&im); i++)
        im.pixels[i] = (uint8_t) (fill_bits((uint32_t) i, t) >> 24);
    return im;
}

struct vg_image smooth_image(int w, int h, uint32_t t)
{
    struct vg_image im;
    must(vg_image_init(&im, w, h));
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *p = vg_image_at(&im, x, y);
            p[0] = (uint8_t) (255 * x / w);
            p[1] = (uint8_t) (255 * y / h);
            p[2] = (uint8_t) (t * 40);
        }
    return im;
}

int64_t image_sum(const struct vg_image *im)
{
    int64_t sum = 0;
    for (size_t i = 0; i < byte_count(im); i++)
        sum += im->pixels[i];
    return sum;
}

uint64_t bytes_hash(const void *data, size_t bytes)
{
    const uint8_t *p = data;
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ p[i]) * 0x100000001b3ull;
    return hash;
}

uint64_t image_hash(const struct vg_image *im)
{
    return bytes_hash(im->pixels, byte_count(im));
}

int image_worst(const struct vg_image *a, const struct vg_image *b)
{
    int worst = a->w == b->w && a->h == b->h ? 0 : 256;
    for (size_t i = 0; worst < 256 && i < byte_count(a); i++)
        if (abs(a->pixels[i] - b->pixels[i]) > worst)
            worst = abs(a->pixels[i] - b->pixels[i]);
    return worst;
}

char *temp_make(void)
{
    const char *base = getenv("TMPDIR");
    char *dir = vg_format("%s/visage-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(dir))
        must(vg_fail_errno(VG_ERR_IO, "%s: cannot be made", dir));
    return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    return remove(path);
}

void temp_remove(char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

char *write_bytes(const char *dir, const char *name, const void *data, size_t bytes)
{
    char *path = vg_path_join(dir, name), *above = vg_path_dir(path);
    must(vg_dir_make(above));
    must(vg_file_write(path, data, bytes));
    free(above);
    return path;
}

// Bytes in the order in which a file has them.
struct bytes {
    uint8_t *data;
    size_t count;
};

static void put(struct bytes *b, const void *data, size_t count)
{
    b->data = vg_grow(b->data, b->count + count, 1);
    memcpy(b->data + b->count, data, count);
    b->count += count;
}

static void put_big(struct bytes *b, uint32_t v, int count)
{
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
        put(b, &(uint8_t) { (uint8_t) (v >> shift) }, 1);
}

static void put_little(struct bytes *b, uint32_t v, int count)
{
    for (int shift = 0; shift < 8 * count; shift += 8)
        put(b, &(uint8_t) { (uint8_t) (v >> shift) }, 1);
}

static char *write_and_free(const char *dir, const char *name, struct bytes *b)
{
    char *path = write_bytes(dir, name, b->data, b->count);
    free(b->data);
    return path;
}

char *write_ppm(const char *dir, const char *name, const struct vg_image *im)
{
    struct bytes b = { 0 };
    char *head = vg_format("P6\n# a comment\n%d %d\n255\n", im->w, im->h);
    put(&b, head, strlen(head));
    put(&b, im->pixels, byte_count(im));
    free(head);
    return write_and_free(dir, name, &b);
}

static uint32_t crc32_of(const uint8_t *p, size_t count)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < count; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void put_chunk(struct bytes *b, const char *kind, const struct bytes *content)
{
    put_big(b, (uint32_t) content->count, 4);
    const size_t start = b->count;
    put(b, kind, 4);
    if (content->count)
        put(b, content->data, content->count);
    put_big(b, crc32_of(b->data + start, b->count - start), 4);
}

// zlib with stored blocks of one row each.
static struct bytes stored_rows(const struct vg_image *im)
{
    struct bytes z = { 0 };
    const uint32_t pitch = (uint32_t) im->w * VG_CHANNELS;
    uint32_t a = 1, b = 0;
    put(&z, "\x78\x01", 2);
    for (int y = 0; y < im->h; y++) {
        const uint8_t *row = vg_image_at(im, 0, y);
        put_little(&z, y == im->h - 1, 1);
        put_little(&z, pitch + 1, 2);
        put_little(&z, ~(pitch + 1), 2);
        put_little(&z, 0, 1);   // this row is not filtered
        put(&z, row, pitch);
        b = (b + a) % 65521;
        for (uint32_t i = 0; i < pitch; i++) {
            a = (a + row[i]) % 65521;
            b = (b + a) % 65521;
        }
    }
    put_big(&z, b << 16 | a, 4);
    return z;
}

char *write_png(const char *dir, const char *name, const struct vg_image *im)
{
    struct bytes file = { 0 }, head = { 0 }, rows = stored_rows(im), none = { 0 };
    put_big(&head, (uint32_t) im->w, 4);
    put_big(&head, (uint32_t) im->h, 4);
    put(&head, "\x08\x02\0\0\0", 5);   // 8 bits, RGB
    put(&file, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(&file, "IHDR", &head);
    put_chunk(&file, "IDAT", &rows);
    put_chunk(&file, "IEND", &none);
    free(head.data);
    free(rows.data);
    return write_and_free(dir, name, &file);
}

char *write_bmp(const char *dir, const char *name, const struct vg_image *im)
{
    struct bytes b = { 0 };
    const uint32_t pitch = ((uint32_t) im->w * 3 + 3) / 4 * 4, size = pitch * (uint32_t) im->h;
    put(&b, "BM", 2);
    put_little(&b, 54 + size, 4);
    put_little(&b, 0, 4);
    put_little(&b, 54, 4);
    put_little(&b, 40, 4);
    put_little(&b, (uint32_t) im->w, 4);
    put_little(&b, (uint32_t) im->h, 4);
    put_little(&b, 1, 2);
    put_little(&b, 24, 2);
    for (int i = 0; i < 6; i++)
        put_little(&b, i == 1 ? size : 0, 4);
    for (int y = im->h - 1; y >= 0; y--) {
        for (int x = 0; x < im->w; x++)
            for (int c = 2; c >= 0; c--)
                put(&b, vg_image_at(im, x, y) + c, 1);
        put(&b, "\0\0\0", pitch - (uint32_t) im->w * 3);
    }
    return write_and_free(dir, name, &b);
}

// Red 10 x, green 15 y, blue 7 x + 9 y modulo 256, quality 60, saved by Pillow 13.0.
const uint8_t jpeg_file[] = {
    0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01,
    0x00, 0x01, 0x00, 0x00, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x0d, 0x09, 0x0a, 0x0b, 0x0a, 0x08, 0x0d,
    0x0b, 0x0a, 0x0b, 0x0e, 0x0e, 0x0d, 0x0f, 0x13, 0x20, 0x15, 0x13, 0x12, 0x12, 0x13, 0x27, 0x1c,
    0x1e, 0x17, 0x20, 0x2e, 0x29, 0x31, 0x30, 0x2e, 0x29, 0x2d, 0x2c, 0x33, 0x3a, 0x4a, 0x3e, 0x33,
    0x36, 0x46, 0x37, 0x2c, 0x2d, 0x40, 0x57, 0x41, 0x46, 0x4c, 0x4e, 0x52, 0x53, 0x52, 0x32, 0x3e,
    0x5a, 0x61, 0x5a, 0x50, 0x60, 0x4a, 0x51, 0x52, 0x4f, 0xff, 0xdb, 0x00, 0x43, 0x01, 0x0e, 0x0e,
    0x0e, 0x13, 0x11, 0x13, 0x26, 0x15, 0x15, 0x26, 0x4f, 0x35, 0x2d, 0x35, 0x4f, 0x4f, 0x4f, 0x4f,
    0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f,
    0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f,
    0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0x4f, 0xff, 0xc0,
    0x00, 0x11, 0x08, 0x00, 0x10, 0x00, 0x18, 0x03, 0x01, 0x22, 0x00, 0x02, 0x11, 0x01, 0x03, 0x11,
    0x01, 0xff, 0xc4, 0x00, 0x16, 0x00, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x06, 0xff, 0xc4, 0x00, 0x1e, 0x10, 0x00, 0x01,
    0x04, 0x02, 0x03, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04,
    0x05, 0x22, 0x31, 0x01, 0x02, 0x03, 0x11, 0x21, 0xb1, 0xff, 0xc4, 0x00, 0x17, 0x01, 0x00, 0x03,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
    0x04, 0x06, 0xff, 0xc4, 0x00, 0x1d, 0x11, 0x00, 0x01, 0x04, 0x02, 0x03, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x61, 0x11, 0x12,
    0x21, 0xff, 0xda, 0x00, 0x0c, 0x03, 0x01, 0x00, 0x02, 0x11, 0x03, 0x11, 0x00, 0x3f, 0x00, 0xc7,
    0x27, 0x6d, 0xa8, 0x89, 0x27, 0x6d, 0xa8, 0x8f, 0x27, 0x6d, 0xa8, 0x89, 0xa7, 0x6d, 0xa8, 0x8e,
    0x89, 0x49, 0x29, 0xe4, 0xb6, 0x02, 0x9d, 0xb6, 0xa2, 0x46, 0xaf, 0x54, 0x98, 0xe3, 0xf3, 0x1a,
    0xf7, 0xb7, 0xc2, 0x02, 0x5c, 0xad, 0x68, 0x1d, 0xd1, 0xcb, 0xee, 0x8d, 0x2c, 0x37, 0xd5, 0x59,
    0xc9, 0xff, 0xd9
};
const size_t jpeg_bytes = sizeof jpeg_file;
const uint64_t jpeg_hash = 0x63c0e373a4a08575ull;
