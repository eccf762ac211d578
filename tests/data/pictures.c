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
