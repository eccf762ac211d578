#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/rows.h"
#include "tests/base/scratch.h"

TestSuite(rows, .fini = scratch_clean);

static char warnings[2000];

static void keep_warning(enum vg_log_level level, const char *text, void *user)
{
    if (level == VG_LOG_WARN && strlen(warnings) + strlen(text) + 2 < sizeof warnings)
        strcat(strcat(warnings, text), "\n");
}

static const char whole[] =
    "{\"schema\": 1, \"time\": \"2026-11-24T12:10:33Z\", \"commit\": \"abc\", \"suite\": "
    "\"op/add\","
    " \"case\": \"add x=3\", \"kind\": \"op\", \"status\": \"ok\", \"reason\": null,"
    " \"settings\": {\"x\": \"3 by 5\", \"lr\": 0.1, \"batch\": 50.0, \"eps\": 50, \"data\": \"\","
    " \"on\": true}, \"device\": {\"id\": \"d1\", \"name\": \"D\", \"type\": \"cpu\","
    " \"driver\": \"3.1\", \"opencl_version\": \"1.2\"}, \"host\": {\"cpu\": \"H\"},"
    " \"engaged\": {\"programs_sha256\": \"ff\"}, \"checked\": {\"passed\": true},"
    " \"time_ns\": {\"samples\": [3.0, null, 4, 5.5], \"median\": 4.0, \"low\": 3.0,"
    " \"high\": 5.5, \"unit_of_work\": \"one\", \"wall\": {\"samples\": [9]}},"
    " \"throughput\": {\"value\": 2.5, \"unit\": \"GB/s\"}, \"accuracy\": {\"accuracy\": 0.5},"
    " \"training\": {\"loss\": [3, null, 1]}, \"from_tomorrow\": {\"a\": [1]}}\n";

static struct vg_rows *of_text(const char *text)
{
    struct vg_rows *r = vg_rows_create();
    cr_assert_eq(vg_rows_add_text(r, "f", 1, 0, text, strlen(text), NULL), VG_OK);
    return r;
}

Test(rows, fields_are_what_the_line_says)
{
    struct vg_rows *rows = of_text(whole);
    cr_assert_eq(rows->count, 1);
    const struct vg_record *r = &rows->list[0];
    cr_expect_str_eq(r->suite, "op/add");
    cr_expect_str_eq(r->name, "add x=3");
    cr_expect_null(r->reason);
    cr_expect_str_eq(r->settings, "batch=50 data=\"\" eps=50 lr=0.1 on=true x=\"3 by 5\"");
    cr_expect_str_eq(r->device_id, "d1");
    cr_expect_str_eq(r->host_cpu, "H");
    cr_expect_str_eq(r->programs, "ff");
    cr_expect_eq(r->seconds, 1795522233);   // date -u -d 2026-11-24T12:10:33Z +%s
    cr_assert_eq(r->samples, 3);
    cr_expect_eq(r->samples_ns[1], 4);
    cr_expect_eq(r->walls, 1);
    cr_expect_eq(r->high_ns, 5.5);
    cr_expect_eq(r->checked, VG_RECORD_CHECK_PASSED);
    cr_expect_eq(r->throughput, 2.5);
    cr_expect_eq(vg_json_real_at(r->accuracy, "accuracy", 0), 0.5);
    cr_assert_eq(r->losses, 3);
    cr_expect(isnan(r->loss[1]));
    cr_expect_eq(r->last_loss, 1);
    cr_expect(vg_json_at(r->json, "from_tomorrow.a"), "unknown fields stay");
    vg_rows_destroy(&rows);
    cr_expect_null(rows);
}

Test(rows, what_is_missing_or_of_another_type_is_missing)
{
    static const char *const lines[] = {
        "{}", "{\"suite\": 3, \"case\": null, \"time\": \"today\", \"device\": [1], "
              "\"settings\": [], \"time_ns\": {\"samples\": \"none\"}, \"accuracy\": 1, "
              "\"checked\": {\"passed\": \"yes\"}, \"training\": {\"loss\": []}}"
    };
    for (size_t i = 0; i < 2; i++) {
        struct vg_rows *rows = of_text(lines[i]);
        cr_assert_eq(rows->count, 1);
        const struct vg_record *r = &rows->list[0];
        cr_expect(!r->suite && !r->name && !r->device_id && !r->driver && !r->unit_of_work);
        cr_expect_str_eq(r->settings, "");
        cr_expect_eq(r->seconds, INT64_MIN);
        cr_expect(!r->samples_ns && r->samples == 0 && !r->loss && r->losses == 0);
        cr_expect(isnan(r->median_ns) && isnan(r->throughput) && isnan(r->last_loss));
        cr_expect_eq(r->checked, VG_RECORD_UNCHECKED);
        cr_expect_null(r->accuracy);
        vg_rows_destroy(&rows);
    }
}

Test(rows, lines_that_are_no_rows_are_named)
{
    static const struct {
        const char *line, *what;
    } bad[] = {
        { "{\"a\": 1", "is not JSON" },
        { "[1]", "is not a JSON object" },
        { "{\"a\": 1, \"a\": 2}", "is not JSON" },
        { "{\"schema\": 2}", "has schema 2, this program reads up to 1" },
        { "{\"a\": \"\xff\"}", "is not JSON" },
        { "{\"a\": 1e999}", "is not JSON" },
    };
    vg_log_set(keep_warning, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = vg_format("{\"n\": 1}\n\n%s\n{\"n\": 2}\n", bad[i].line);
        warnings[0] = 0;
        struct vg_rows *rows = of_text(text);
        cr_expect(strstr(warnings, "f:3: "), "%s", warnings);
        cr_expect(strstr(warnings, bad[i].what), "%s", warnings);
        cr_expect_eq(rows->skipped, 1);
        cr_assert_eq(rows->count, 2);
        cr_expect_eq(rows->list[1].line, 4);
        cr_expect_str_eq(text + rows->list[1].offset, "{\"n\": 2}\n");

        const struct vg_rows_how strict = { .refuse_malformed = true };
        cr_expect_eq(vg_rows_add_text(rows, "f", 1, 0, text, strlen(text), &strict), VG_ERR_FORMAT);
        cr_expect(strstr(vg_error(), "f:3: ") && strstr(vg_error(), bad[i].what), "%s", vg_error());
        vg_error_clear();
        vg_rows_destroy(&rows);
        free(text);
    }
}

// Wherever a kill cuts the last line, the rows before it are read, and it is one warning.
Test(rows, a_last_line_cut_anywhere_is_left_out_with_one_warning)
{
    const struct vg_rows_how strict = { .refuse_malformed = true };
    const size_t length = strlen(whole);
    vg_log_set(keep_warning, NULL);
    char *two = vg_format("%s%s", whole, whole);
    for (size_t cut = 0; cut <= length; cut++) {
        struct vg_rows *rows = vg_rows_create();
        warnings[0] = 0;
        cr_assert_eq(vg_rows_add_text(rows, "f", 1, 0, two, length + cut, &strict), VG_OK);
        const bool is_whole = cut >= length - 1, is_nothing = cut == 0;
        cr_expect_eq(rows->count, is_whole ? 2 : 1, "cut at %zu", cut);
        cr_expect_str_eq(warnings,
                         is_whole || is_nothing
                             ? ""
                             : "f:2: the last line was cut short; the line is left out\n");
        vg_rows_destroy(&rows);
    }
    free(two);
}

Test(rows, files_are_found_once_and_in_order)
{
    static const char *const names[] = { "r/b/op/x.jsonl", "r/a/y.jsonl", "r/a/notes.txt",
                                         "r/.hidden/z.jsonl", "r/a/.z.jsonl" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = vg_strdup(scratch(names[i])), *dir = vg_path_dir(path);
        cr_assert_eq(vg_dir_make(dir), VG_OK);
        cr_assert_eq(vg_file_write(path, "{}\n", 3), VG_OK);
        free(dir);
        free(path);
    }
    cr_assert_eq(symlink(".", scratch("r/a/loop")), 0);
    cr_assert_eq(symlink("y.jsonl", scratch("r/a/again.jsonl")), 0);

    char *root = vg_strdup(scratch("r")), *notes = vg_strdup(scratch("r/a/notes.txt"));
    struct vg_rows *rows;
    cr_assert_eq(vg_rows_read(&rows, (const char *[]) { root, notes, root }, 3, NULL), VG_OK, "%s",
                 vg_error());
    cr_assert_eq(rows->count, 3);
    cr_expect(strstr(rows->list[0].file, "/a/again.jsonl"), "%s", rows->list[0].file);
    cr_expect(strstr(rows->list[1].file, "/b/op/x.jsonl"), "%s", rows->list[1].file);
    cr_expect(strstr(rows->list[2].file, "/a/notes.txt"), "%s", rows->list[2].file);
    vg_rows_destroy(&rows);

    cr_expect_eq(vg_rows_read(&rows, (const char *[]) { "/no/such" }, 1, NULL), VG_ERR_IO);
    cr_expect_null(rows);
    cr_expect_str_eq(vg_error(), "/no/such: cannot be read: No such file or directory");
    vg_error_clear();
    cr_assert_eq(vg_dir_make(scratch("empty")), VG_OK);
    cr_expect_eq(vg_rows_read(&rows, (const char *[]) { scratch("empty") }, 1, NULL), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "empty: no file *.jsonl below it"), "%s", vg_error());
    free(root);
    free(notes);
}

Test(rows, a_digest_tells_an_edited_row)
{
    struct vg_rows *rows = of_text(whole);
    struct vg_record *r = &rows->list[0];
    char digest[VG_SHA256_TEXT];
    cr_expect_eq(vg_record_digest(r), VG_RECORD_NO_DIGEST);
    vg_json_digest(r->json, digest);
    vg_json_string(r->json, VG_JSON_DIGEST, digest);
    cr_expect_eq(vg_record_digest(r), VG_RECORD_DIGEST_GOOD);

    vg_json_real(json_object_get(r->json, "throughput"), "value", 2.5000000000000004);
    cr_expect_eq(vg_record_digest(r), VG_RECORD_DIGEST_WRONG);
    vg_json_real(json_object_get(r->json, "throughput"), "value", 2.5);
    cr_expect_eq(vg_record_digest(r), VG_RECORD_DIGEST_GOOD);
    vg_json_int(r->json, VG_JSON_DIGEST, 3);
    cr_expect_eq(vg_record_digest(r), VG_RECORD_DIGEST_WRONG);
    vg_rows_destroy(&rows);
}
