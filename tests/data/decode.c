// Whole files decode, everything else is refused with a line that says why.

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/decode.h"
#include "tests/data/pictures.h"

static void expect_same(char *path, const struct vg_image *want)
{
    struct vg_image got;
    char *data;
    size_t bytes;
    int w, h;
    cr_assert_eq(vg_file_read(path, SIZE_MAX / 4, &data, &bytes), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_image_probe(path, data, bytes, &w, &h), VG_OK, "%s", vg_error());
    free(data);
    cr_expect(w == want->w && h == want->h, "%s: %dx%d", path, w, h);
    cr_assert_eq(vg_image_decode(path, &got), VG_OK, "%s", vg_error());
    cr_expect_eq(image_worst(&got, want), 0, "%s", path);
    vg_image_finish(&got);
    free(path);
}

static void expect_refused(char *path, int code, const char *part)
{
    struct vg_image got;
    cr_expect_eq(vg_image_decode(path, &got), code, "%s: %s", path, vg_error());
    cr_expect(strstr(vg_error(), part), "\"%s\" lacks \"%s\"", vg_error(), part);
    cr_expect(strstr(vg_error(), path), "\"%s\" does not name the file", vg_error());
    cr_expect_null(got.pixels);
    vg_error_clear();
    free(path);
}

// The first `bytes` bytes of a file, as another file.
static char *cut(char *path, const char *dir, const char *name, double share)
{
    char *data;
    size_t bytes;
    cr_assert_eq(vg_file_read(path, 1 << 20, &data, &bytes), VG_OK, "%s", vg_error());
    char *made = write_bytes(dir, name, data, (size_t) (share * (double) bytes));
    free(data);
    free(path);
    return made;
}

Test(decode, lossless_files_come_back)
{
    char *dir = temp_make();
    struct vg_image im = noise_image(37, 23, 1);
    expect_same(write_png(dir, "a.png", &im), &im);
    expect_same(write_bmp(dir, "a.bmp", &im), &im);
    expect_same(write_ppm(dir, "a.ppm", &im), &im);
    expect_same(write_png(dir, "a_png_called.jpg", &im), &im);   // the content counts
    vg_image_finish(&im);
    temp_remove(dir);
}

Test(decode, gray_pgm_in_8_and_16_bits_and_other_ranges)
{
    static const struct {
        const char *file;
        size_t bytes;
        uint8_t want[2];
    } cases[] = {
        { "P5 2 1 255 \x07\xf0", 13, { 7, 240 } },
        { "P5\n#x\n2\t1\n65535\n\x12\x00\xff\xff", 20, { 18, 255 } },
        { "P5 2 1 15 \x00\x0f", 12, { 0, 255 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vg_image got;
        cr_assert_eq(vg_image_decode_bytes("x", cases[i].file, cases[i].bytes, &got), VG_OK, "%s",
                     vg_error());
        for (int k = 0; k < 6; k++)
            cr_expect_eq(got.pixels[k], cases[i].want[k / 3], "case %zu value %d", i, k);
        vg_image_finish(&got);
    }
}

Test(decode, jpeg_gives_the_reference_pixels)
{
    for (int i = JPEG_COLOUR; i <= JPEG_GRAY; i++) {
        const struct jpeg_file *f = &jpeg_files[i];
        struct vg_image got;
        cr_assert_eq(vg_image_decode_bytes("x", f->data, f->bytes, &got), VG_OK, "%s", vg_error());
        cr_expect(got.w == 24 && got.h == 16);
#ifdef VG_WITH_JPEG
        cr_expect_eq(image_hash(&got), f->hash, "file %d: bytes differ from Pillow's", i);
#else
        // Another inverse transform and another up-sampling; on average the values agree.
        cr_expect(llabs(image_sum(&got) - f->sum) < 24 * 16 * 3, "file %d", i);
#endif
        vg_image_finish(&got);
    }
#ifdef VG_WITH_JPEG
    cr_expect(strstr(vg_image_decoder(), "libjpeg"));
    const struct jpeg_file *f = &jpeg_files[JPEG_CMYK];
    struct vg_image got;
    cr_expect_eq(vg_image_decode_bytes("x", f->data, f->bytes, &got), VG_ERR_UNSUPPORTED);
    cr_expect_str_eq(vg_error(), "x: a CMYK JPEG, wanted RGB or grayscale");
    cr_expect_null(got.pixels);
#else
    cr_expect_str_eq(vg_image_decoder(), "stb_image");
#endif
}

Test(decode, truncated_files_are_errors)
{
    char *dir = temp_make();
    struct vg_image im = noise_image(40, 30, 2);
    for (double share = 0.1; share < 0.99; share += 0.07) {
        expect_refused(cut(write_png(dir, "w.png", &im), dir, "t.png", share), VG_ERR_FORMAT, "");
        expect_refused(cut(write_bmp(dir, "w.bmp", &im), dir, "t.bmp", share), VG_ERR_FORMAT,
                       "pixels end early");
        expect_refused(cut(write_ppm(dir, "w.ppm", &im), dir, "t.ppm", share), VG_ERR_FORMAT,
                       "pixels end early");
    }
    for (int i = JPEG_COLOUR; i <= JPEG_GRAY; i++)
        for (size_t bytes = 3; bytes < jpeg_files[i].bytes - 2; bytes += 5)
            expect_refused(write_bytes(dir, "t.jpg", jpeg_files[i].data, bytes), VG_ERR_FORMAT, "");
    vg_image_finish(&im);
    temp_remove(dir);
}

Test(decode, what_is_no_image_is_refused)
{
    static const char text[] = "This is not a picture.\n";
    char *dir = temp_make();
    expect_refused(write_bytes(dir, "text.png", text, strlen(text)), VG_ERR_FORMAT,
                   "not a JPEG, PNG, BMP, PGM or PPM image");
    expect_refused(write_bytes(dir, "empty.jpg", "", 0), VG_ERR_FORMAT, "not a JPEG");
    expect_refused(write_bytes(dir, "a.jpg", "\xff\xd8\xff\xe0 and text", 13), VG_ERR_FORMAT, "");
    expect_refused(write_bytes(dir, "a.pgm", "P5 x", 4), VG_ERR_FORMAT, "not a PGM or PPM header");
    expect_refused(write_bytes(dir, "a.ppm", "P6 0 4 255 ", 11), VG_ERR_FORMAT, "0x4");
    expect_refused(vg_format("%s/missing.png", dir), VG_ERR_IO, "No such file");
    temp_remove(dir);
}

// A PNG whose header alone says 20000 x 20000; nothing of that size may be allocated.
Test(decode, headers_beyond_the_limits_are_refused)
{
    char *dir = temp_make(), *data;
    size_t bytes;
    struct vg_image im = noise_image(4, 4, 3);
    char *path = write_png(dir, "w.png", &im);
    cr_assert_eq(vg_file_read(path, 1 << 20, &data, &bytes), VG_OK);
    free(path);
    memcpy(data + 16, "\0\0\x4e\x20\0\0\x4e\x20", 8);
    expect_refused(write_bytes(dir, "huge.png", data, bytes), VG_ERR_VALUE,
                   "20000x20000, at most 8192 pixels a side and 64 megapixels accepted");
    memcpy(data + 16, "\0\0\x20\0\0\0\x20\0", 8);   // 8192 x 8192 is 67 megapixels
    expect_refused(write_bytes(dir, "large.png", data, bytes), VG_ERR_VALUE, "8192x8192");
    expect_refused(write_bytes(dir, "huge.ppm", "P6 20000 20000 255 ", 19), VG_ERR_VALUE,
                   "20000x20000");
    free(data);
    vg_image_finish(&im);
    temp_remove(dir);
}

// One bit wrong anywhere: an image or an error, never a crash.
static void survive(const void *file, size_t bytes, uint32_t seed)
{
    uint8_t *data = vg_alloc(bytes, 1);
    for (uint32_t i = 0; i < 1000; i++) {
        struct vg_image got;
        memcpy(data, file, bytes);
        data[fill_bits(i, seed) % bytes] ^= (uint8_t) (1 << fill_bits(i, seed + 1) % 8);
        if (vg_image_decode_bytes("damaged", data, bytes, &got) != VG_OK)
            cr_expect_null(got.pixels);
        vg_image_finish(&got);
        vg_error_clear();
    }
    free(data);
}

Test(decode, damaged_bytes_are_survived)
{
    char *dir = temp_make(), *data;
    struct vg_image im = noise_image(9, 7, 4);
    char *paths[] = { write_png(dir, "w.png", &im), write_bmp(dir, "w.bmp", &im),
                      write_ppm(dir, "w.ppm", &im) };
    size_t bytes;
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(vg_file_read(paths[i], 1 << 20, &data, &bytes), VG_OK);
        survive(data, bytes, i);
        free(data);
        free(paths[i]);
    }
    for (uint32_t i = JPEG_COLOUR; i <= JPEG_CMYK; i++)
        survive(jpeg_files[i].data, jpeg_files[i].bytes, 10 + i);
    vg_image_finish(&im);
    temp_remove(dir);
}
