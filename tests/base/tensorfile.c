#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/tensorfile.h"
#include "base/tensorwriter.h"
#include "tests/base/scratch.h"

TestSuite(tensorfile, .fini = scratch_clean);

// A file of this header and zeroed data behind it.
static const char *file_of(const char *header, size_t data_bytes)
{
    static const char zeros[64];
    const size_t length = strlen(header);
    unsigned char prefix[8] = { 0 };
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char) (length >> 8 * i);
    const struct vg_span spans[] = { { prefix, 8 }, { header, length }, { zeros, data_bytes } };
    const char *path = scratch("x.safetensors");
    cr_assert_eq(vg_file_write_spans(path, spans, 3), VG_OK, "%s", vg_error());
    return path;
}

static void expect_refused(const char *path, const char *message)
{
    struct vg_tensorfile *f;
    cr_expect_eq(vg_tensorfile_open(&f, path), VG_ERR_FORMAT, "%s", message);
    cr_expect_null(f);
    const size_t length = strlen(path);
    cr_expect(strncmp(vg_error(), path, length) == 0, "'%s' does not name the file", vg_error());
    cr_expect(strstr(vg_error(), message), "'%s' lacks '%s'", vg_error(), message);
    vg_error_clear();
}

Test(tensorfile, what_was_written_is_read_back)
{
    const float w[2][3] = { { 1, -2, 3 }, { 0.1f, INFINITY, -0.0f } };
    const double d[] = { 0.1 };
    const int64_t steps = 1ll << 40;
    const unsigned char mask[3] = { 1, 0, 1 };
    struct vg_tensorwriter *out = vg_tensorwriter_create();
    vg_tensorwriter_meta(out, "method", "mcf");
    vg_tensorwriter_meta(out, "method", "fra \"tiny\"");
    vg_tensorwriter_add(out, "z/steps", VG_I64, 0, NULL, &steps);
    vg_tensorwriter_add(out, "a/mask", VG_U8, 1, (int64_t[]) { 3 }, mask);
    vg_tensorwriter_add(out, "m/empty", VG_F32, 2, (int64_t[]) { 0, 5 }, NULL);
    vg_tensorwriter_add(out, "enc/w", VG_F32, 2, (int64_t[]) { 2, 3 }, w);
    vg_tensorwriter_add(out, "enc/d", VG_F64, 1, (int64_t[]) { 1 }, d);
    cr_assert_eq(vg_tensorwriter_write(out, scratch("t")), VG_OK, "%s", vg_error());
    vg_tensorwriter_destroy(&out);

    struct vg_tensorfile *f;
    cr_assert_eq(vg_tensorfile_open(&f, scratch("t")), VG_OK, "%s", vg_error());
    static const char *order[] = { "a/mask", "enc/d", "enc/w", "m/empty", "z/steps" };
    cr_assert_eq(vg_tensorfile_count(f), 5);
    for (size_t i = 0; i < 5; i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        cr_expect_str_eq(e->name, order[i]);
        cr_expect_eq((uintptr_t) e->data % vg_dtype_size(e->dtype), 0, "%s is not aligned",
                     e->name);
    }
    const struct vg_tensorfile_entry *e = vg_tensorfile_find(f, "enc/w");
    cr_assert_not_null(e);
    cr_expect(e->dtype == VG_F32 && e->rank == 2 && e->dim[0] == 2 && e->dim[1] == 3);
    cr_expect_arr_eq(e->data, w, sizeof w);
    cr_expect_arr_eq(vg_tensorfile_find(f, "enc/d")->data, d, sizeof d);
    cr_expect_arr_eq(vg_tensorfile_find(f, "z/steps")->data, &steps, sizeof steps);
    cr_expect_arr_eq(vg_tensorfile_find(f, "a/mask")->data, mask, sizeof mask);
    cr_expect_eq(vg_tensorfile_find(f, "m/empty")->count, 0);
    cr_expect_str_eq(vg_tensorfile_meta(f, "method"), "fra \"tiny\"");
    cr_expect_null(vg_tensorfile_meta(f, "absent"));
    cr_expect_null(vg_tensorfile_find(f, "enc"));
    cr_expect_eq(vg_tensorfile_need(f, "enc", &e), VG_ERR_FORMAT);
    cr_expect(strstr(vg_error(), "has no tensor 'enc'"));
    vg_tensorfile_close(&f);
    cr_expect_null(f);
}

// The bytes of the file are a function of its content: known here in full, in either order.
Test(tensorfile, equal_content_gives_equal_bytes)
{
    static const char header[] = "{\"__metadata__\":{\"k\":\"v\",\"l\":\"w\"},"
                                 "\"a\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                                 "\"b\":{\"dtype\":\"I8\",\"shape\":[2,1],\"data_offsets\":[4,6]}}";
    const size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    const int32_t a = 0x04030201;
    const int8_t b[] = { 5, 6 };
    for (int swap = 0; swap < 2; swap++) {
        struct vg_tensorwriter *w = vg_tensorwriter_create();
        for (int i = 0; i < 2; i++)
            if (i == swap) {
                vg_tensorwriter_add(w, "a", VG_I32, 1, (int64_t[]) { 1 }, &a);
                vg_tensorwriter_meta(w, "k", "v");
            } else {
                vg_tensorwriter_add(w, "b", VG_I8, 2, (int64_t[]) { 2, 1 }, b);
                vg_tensorwriter_meta(w, "l", "w");
            }
        cr_assert_eq(vg_tensorwriter_write(w, scratch("t")), VG_OK, "%s", vg_error());
        vg_tensorwriter_destroy(&w);

        char *bytes;
        size_t count;
        cr_assert_eq(vg_file_read(scratch("t"), 4096, &bytes, &count), VG_OK);
        cr_assert_eq(count, 8 + padded + 6);
        cr_expect_eq((unsigned char) bytes[0], padded);
        cr_expect_arr_eq(bytes + 1, "\0\0\0\0\0\0\0", 7);
        cr_expect_arr_eq(bytes + 8, header, sizeof header - 1);
        for (size_t i = 8 + sizeof header - 1; i < 8 + padded; i++)
            cr_expect_eq(bytes[i], ' ');
        cr_expect_arr_eq(bytes + 8 + padded, "\1\2\3\4\5\6", 6);
        free(bytes);
    }
}

Test(tensorfile, numbers_of_every_type_become_floats)
{
    static const struct {
        enum vg_dtype dtype;
        unsigned char bytes[8];
        double value;
    } known[] = {
        { VG_F32, { 0, 0, 0xc0, 0x3f }, 1.5 },
        { VG_F64, { 0, 0, 0, 0, 0, 0, 0xf8, 0xbf }, -1.5 },
        { VG_F16, { 0x00, 0x3c }, 1 },
        { VG_F16, { 0xff, 0xfb }, -65504 },
        { VG_F16, { 0x01, 0x00 }, 0x1p-24 },
        { VG_F16, { 0xff, 0x03 }, 1023 * 0x1p-24 },
        { VG_F16, { 0x00, 0x04 }, 0x1p-14 },
        { VG_F16, { 0x00, 0x7c }, INFINITY },
        { VG_BF16, { 0x80, 0x3f }, 1 },
        { VG_BF16, { 0x49, 0xc0 }, -3.140625 },
        { VG_I64, { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, -2 },
        { VG_I32, { 0, 0, 0, 0x80 }, -2147483648.0 },
        { VG_I16, { 0x00, 0x80 }, -32768 },
        { VG_I8, { 0x80 }, -128 },
        { VG_U8, { 0x80 }, 128 },
        { VG_BOOL, { 1 }, 1 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct vg_tensorfile_entry e = { .name = "x",
                                               .dtype = known[i].dtype,
                                               .data = known[i].bytes,
                                               .count = 1,
                                               .bytes = vg_dtype_size(known[i].dtype) };
        float single;
        double wide;
        cr_assert_eq(vg_tensorfile_floats(&e, &single, 1), VG_OK);
        cr_assert_eq(vg_tensorfile_doubles(&e, &wide, 1), VG_OK);
        cr_expect_eq(single, known[i].value, "%zu: %g, wanted %g", i, single, known[i].value);
        cr_expect_eq(wide, known[i].value, "%zu: %g, wanted %g", i, wide, known[i].value);
        cr_expect_eq(vg_tensorfile_floats(&e, &single, 2), VG_ERR_SHAPE);
        cr_expect_str_eq(vg_error(), "tensor 'x' has 1 elements, wanted 2");
        vg_error_clear();
    }
    cr_expect(isnan(vg_float_of_half(0x7e00)));
    cr_expect_eq(vg_dtype_find("F8"), VG_DTYPES);
}

Test(tensorfile, a_tensor_out_of_line_is_moved)
{
    const char *path = file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                               "\"b\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[3,19]}}",
                               19);
    struct vg_tensorfile *f;
    cr_assert_eq(vg_tensorfile_open(&f, path), VG_OK, "%s", vg_error());
    cr_expect_eq((uintptr_t) vg_tensorfile_find(f, "b")->data % 8, 0);
    vg_tensorfile_close(&f);
}

Test(tensorfile, an_empty_header_is_a_file_without_tensors)
{
    struct vg_tensorfile *f;
    cr_assert_eq(vg_tensorfile_open(&f, file_of("{}  ", 0)), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_tensorfile_count(f), 0);
    cr_expect_null(vg_tensorfile_find(f, "x"));
    cr_expect_null(vg_tensorfile_meta(f, "x"));
    vg_tensorfile_close(&f);
}

#define ONE(dtype, shape, offsets)                                                                 \
    "{\"x\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(a, b)                                                                                  \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" a "},"                              \
    "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" b "}}"

Test(tensorfile, malformed_headers_are_refused_by_name)
{
    static const struct {
        const char *header;
        size_t data_bytes;
        const char *message;
    } bad[] = {
        { "", 0, "the header is not valid JSON" },
        { "{\"x\":", 0, "the header is not valid JSON" },
        { "{} x", 0, "the header is not valid JSON" },
        { "[]", 0, "the header is not a JSON object" },
        { "{\"x\":{},\"x\":{}}", 0, "duplicate object key" },
        { "{\"__metadata__\":[]}", 0, "__metadata__ is not a JSON object" },
        { "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__ 'k' is not a string" },
        { "{\"x\":1}", 0, "tensor 'x': wanted are the fields" },
        { "{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor 'x': wanted are the fields" },
        { "{\"x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"more\":1}}", 1,
          "tensor 'x': wanted are the fields" },
        { ONE("\"F8\"", "[1]", "[0,1]"), 1, "tensor 'x': dtype is 'F8', accepted are F32" },
        { ONE("4", "[1]", "[0,4]"), 4, "tensor 'x': wanted are the fields" },
        { ONE("\"F32\"", "1", "[0,4]"), 4, "tensor 'x': shape is not an array" },
        { ONE("\"F32\"", "[-1]", "[0,4]"), 4, "tensor 'x': dimension 0 is not an integer >= 0" },
        { ONE("\"F32\"", "[1,1.0]", "[0,4]"), 4, "tensor 'x': dimension 1 is not an integer" },
        { ONE("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "tensor 'x': has 9 dimensions" },
        { ONE("\"F32\"", "[4294967296,4294967296]", "[0,4]"), 4, "larger than any memory" },
        { ONE("\"F32\"", "[9223372036854775807]", "[0,4]"), 4, "larger than any memory" },
        { ONE("\"F32\"", "[99999999999999999999]", "[0,4]"), 4, "too big integer" },
        { ONE("\"F32\"", "[1]", "4"), 4, "tensor 'x': data_offsets are not two integers" },
        { ONE("\"F32\"", "[1]", "[0]"), 4, "tensor 'x': data_offsets are not two integers" },
        { ONE("\"F32\"", "[1]", "[0,4,8]"), 4, "tensor 'x': data_offsets are not two integers" },
        { ONE("\"F32\"", "[1]", "[0,\"4\"]"), 4, "tensor 'x': data_offsets are not two integers" },
        { ONE("\"F32\"", "[1]", "[-4,0]"), 4, "data_offsets are [-4, 0], the data has 4 bytes" },
        { ONE("\"F32\"", "[1]", "[4,0]"), 4, "data_offsets are [4, 0]" },
        { ONE("\"F32\"", "[2]", "[0,8]"), 7, "data_offsets are [0, 8], the data has 7 bytes" },
        { ONE("\"F32\"", "[2]", "[0,4]"), 4, "tensor 'x': has 4 bytes, its shape has 8" },
        { ONE("\"F32\"", "[1]", "[0,4]"), 5, "has 1 bytes behind its last tensor" },
        { ONE("\"F32\"", "[1]", "[4,8]"), 8, "tensor 'x': begins at byte 4 of the data, leaving" },
        { TWO("[0,4]", "[3,7]"), 7, "tensor 'b': begins at byte 3 of the data, overlapping" },
        { TWO("[4,8]", "[0,4]"), 9, "has 1 bytes behind its last tensor" },
        { TWO("[0,4]", "[5,9]"), 9, "tensor 'b': begins at byte 5 of the data, leaving" },
        { TWO("[0,4]", "[0,4]"), 4, "begins at byte 0 of the data, overlapping" },
        { "{}", 3, "has 3 bytes behind its last tensor" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refused(file_of(bad[i].header, bad[i].data_bytes), bad[i].message);
}

Test(tensorfile, truncated_files_are_refused)
{
    const char *path = scratch("cut");
    vg_file_write(path, "", 0);
    expect_refused(path, "has 0 bytes, a safetensors file at least 8");
    vg_file_write(path, "\2\0\0\0\0\0\0", 7);
    expect_refused(path, "has 7 bytes, a safetensors file at least 8");
    vg_file_write(path, "\3\0\0\0\0\0\0\0{}", 10);
    expect_refused(path, "says its header has 3 bytes, at most 2 are possible");
    vg_file_write(path, "\377\377\377\377\377\377\377\377{}", 10);
    expect_refused(path, "says its header has 18446744073709551615 bytes, at most 2");
}

// A sparse file: long enough for the header it claims, which is one byte over the limit.
Test(tensorfile, a_header_over_100_MiB_is_refused)
{
    const char *path = scratch("long");
    const unsigned char length[8] = { 1, 0, 0x40, 6 };
    vg_file_write(path, length, sizeof length);
    cr_assert_eq(truncate(path, 8 + (101 << 20)), 0);
    expect_refused(path, "says its header has 104857601 bytes, at most 104857600 are possible");
}

Test(tensorfile, a_missing_file_is_an_io_error)
{
    struct vg_tensorfile *f;
    cr_expect_eq(vg_tensorfile_open(&f, scratch("absent")), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "absent: cannot be opened: No such file"));
}

Test(tensorfile, what_cannot_be_stored_is_refused_and_leaves_the_file)
{
    static const struct {
        const char *first, *second, *message;
    } bad[] = {
        { "x", "x", "two tensors are called 'x'" },
        { "x", "__metadata__", "a tensor cannot be called '__metadata__'" },
        { "x", "\xff", "is not UTF-8" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *path = file_of("{}", 0);
        struct vg_tensorwriter *w = vg_tensorwriter_create();
        vg_tensorwriter_add(w, bad[i].first, VG_U8, 0, NULL, "a");
        vg_tensorwriter_add(w, bad[i].second, VG_U8, 0, NULL, "b");
        cr_expect_eq(vg_tensorwriter_write(w, path), VG_ERR_VALUE);
        cr_expect(strstr(vg_error(), bad[i].message), "%s", vg_error());
        vg_error_clear();
        vg_tensorwriter_destroy(&w);

        struct vg_tensorfile *f;
        cr_expect_eq(vg_tensorfile_open(&f, path), VG_OK, "%s", vg_error());
        vg_tensorfile_close(&f);
    }
}

Test(tensorfile, metadata_that_is_not_utf8_is_refused)
{
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    vg_tensorwriter_meta(w, "note", "\xff");
    cr_expect_eq(vg_tensorwriter_write(w, scratch("t")), VG_ERR_VALUE);
    cr_expect_str_eq(vg_error(), "metadata 'note' is not UTF-8");
    cr_expect_not(vg_file_exists(scratch("t")));
    vg_tensorwriter_destroy(&w);
}

// One metadata value, a byte longer each time: {"__metadata__":{"k":"..."}} has 25 bytes around it.
Test(tensorfile, the_header_is_padded_to_the_next_multiple_of_8)
{
    static const char value[] = "xxxxxxxxxxxxxxxx";
    for (size_t length = 0; length < sizeof value; length++) {
        struct vg_tensorwriter *w = vg_tensorwriter_create();
        char *bytes;
        size_t count;
        vg_tensorwriter_meta(w, "k", value + sizeof value - 1 - length);
        cr_assert_eq(vg_tensorwriter_write(w, scratch("t")), VG_OK, "%s", vg_error());
        cr_assert_eq(vg_file_read(scratch("t"), 4096, &bytes, &count), VG_OK);
        cr_expect_eq(count, 8 + (25 + length + 7) / 8 * 8, "%zu", length);
        cr_expect_eq(strlen(bytes + 8), count - 8);
        free(bytes);
        vg_tensorwriter_destroy(&w);
    }
}
