#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rng.h"
#include "tests/base/scratch.h"

TestSuite(json, .fini = scratch_clean);

Test(json, a_row_is_one_line_in_the_order_it_was_set)
{
    json_t *row = json_object();
    vg_json_string(row, "suite", "op/\"l2norm\"\n\xc2\xb5");
    vg_json_int(row, "bytes", INT64_MIN);
    vg_json_real(row, "a", 0.1);
    json_t *time = vg_json_object(row, "time_ns");
    vg_json_reals(time, "samples", (double[]) { 3, 2.5, INFINITY, 1e300, -0.0 }, 5);
    vg_json_reals(time, "none", NULL, 0);
    vg_json_real(time, "median", NAN);
    vg_json_bool(row, "ok", true);
    vg_json_bool(row, "slow", false);
    vg_json_null(row, "reason");
    vg_json_string(row, "driver", NULL);
    json_array_append_new(vg_json_array(row, "z"), json_object());
    vg_json_int(row, "a", 7);   // again: the value is new, the place is not
    char *line = vg_json_line(row);
    cr_expect_str_eq(line, "{\"suite\": \"op/\\\"l2norm\\\"\\n\xc2\xb5\", "
                           "\"bytes\": -9223372036854775808, \"a\": 7, \"time_ns\": {\"samples\": "
                           "[3.0, 2.5, null, 1e+300, -0.0], \"none\": [], \"median\": null}, "
                           "\"ok\": true, \"slow\": false, \"reason\": null, \"driver\": null, "
                           "\"z\": [{}]}");
    free(line);
    json_decref(row);
}

Test(json, text_that_is_not_utf8_is_made_so)
{
    json_t *row = json_object();
    vg_json_string(row, "name",
                   "G\xff"
                   "PU \xe2\x82 \xc2\xb5");
    cr_expect_str_eq(vg_json_text_at(row, "name", ""), "G?PU ?? \xc2\xb5");
    json_decref(row);
}

Test(json, numbers_have_few_digits_and_lose_nothing)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {
        { 0.1, "0.1" },
        { 0.1 + 0.2, "0.30000000000000004" },   // needs 17
        { 1.0 / 3, "0.3333333333333333" },      // needs 16
        { 100, "100.0" },
        { 1e22, "1e+22" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { -DBL_MIN, "-2.2250738585072014e-308" },
        { -INFINITY, "null" },
    };
    char text[VG_JSON_REAL];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        vg_json_real_text(known[i].value, text);
        cr_expect_str_eq(text, known[i].text);
    }
    for (uint64_t i = 0; i < 20000; i++) {
        const uint64_t bits = vg_rng_mix(5, i);   // any exponent, any fraction
        double value;
        memcpy(&value, &bits, sizeof value);
        vg_json_real_text(value, text);
        cr_expect(strlen(text) < VG_JSON_REAL);
        if (isfinite(value))
            cr_expect_eq(strtod(text, NULL), value, "%a became %s", value, text);
    }
}

Test(json, a_line_reads_back_as_what_was_written)
{
    static const char line[] = "{\"a\": {\"b\": {\"c\": 1.5}, \"d\": \"x\"}, \"n\": 2, \"u\": [1]}";
    json_t *row;
    cr_assert_eq(vg_json_parse("r", line, &row), VG_OK, "%s", vg_error());
    char *again = vg_json_line(row);
    cr_expect_str_eq(again, line);
    free(again);
    cr_expect_eq(vg_json_real_at(row, "a.b.c", -1), 1.5);
    cr_expect_eq(vg_json_real_at(row, "n", -1), 2);
    cr_expect_eq(vg_json_real_at(row, "a.d", -1), -1);
    cr_expect_eq(vg_json_real_at(row, "a.b.x", -1), -1);
    cr_expect_str_eq(vg_json_text_at(row, "a.d", "none"), "x");
    cr_expect_str_eq(vg_json_text_at(row, "a.d.e", "none"), "none");
    cr_expect_null(vg_json_at(row, "a."));
    cr_expect(json_is_array(vg_json_at(row, "u")));
    json_decref(row);
}

Test(json, what_is_not_json_is_refused)
{
    static const char *const bad[] = { "", "{", "{} {}", "{\"a\": 1, \"a\": 2}", "[1,]", "nul" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *row;
        cr_expect_eq(vg_json_parse("x.jsonl:3", bad[i], &row), VG_ERR_FORMAT, "%s", bad[i]);
        cr_expect_null(row);
        cr_expect(strstr(vg_error(), "x.jsonl:3: is not valid JSON: ") == vg_error());
        vg_error_clear();
    }
}

static void expect_content(const char *path, const char *wanted)
{
    char *data;
    cr_assert_eq(vg_file_read(path, 1 << 20, &data, NULL), VG_OK, "%s", vg_error());
    cr_expect_str_eq(data, wanted);
    free(data);
}

static void count_lines(enum vg_log_level level, const char *text, void *user)
{
    *(int *) user += level == VG_LOG_WARN && strstr(text, "the last line was cut short");
}

Test(json, a_half_written_line_is_mended)
{
    const char *path = scratch("r.jsonl");
    char before[9001], after[9100];
    int warnings = 0;
    vg_log_set(count_lines, &warnings);
    cr_assert_eq(vg_json_append_line(path, "{\"a\": 1}"), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_json_append_line(path, "{\"a\": 2}"), VG_OK, "%s", vg_error());
    expect_content(path, "{\"a\": 1}\n{\"a\": 2}\n");
    cr_expect_eq(warnings, 0);

    vg_file_write(path, "{}\n{\"a\": 3", 10);
    cr_assert_eq(vg_json_append_line(path, "{\"a\": 4}"), VG_OK, "%s", vg_error());
    expect_content(path, "{}\n{\"a\": 4}\n");
    cr_expect_eq(warnings, 1);

    vg_file_write(path, "{}\n{\"a\": 3}", 11);   // whole but for its line feed: kept
    cr_assert_eq(vg_json_append_line(path, "{\"a\": 5}"), VG_OK, "%s", vg_error());
    expect_content(path, "{}\n{\"a\": 3}\n{\"a\": 5}\n");
    cr_expect_eq(warnings, 1);

    // A cut line longer than one step of the search, behind a whole one and then alone.
    memset(before, '[', sizeof before - 1);
    before[sizeof before - 1] = 0;
    snprintf(after, sizeof after, "{\"b\": 1}\n%s", before);
    vg_file_write(path, after, strlen(after));
    cr_assert_eq(vg_json_append_line(path, "{}"), VG_OK, "%s", vg_error());
    expect_content(path, "{\"b\": 1}\n{}\n");
    vg_file_write(path, before, strlen(before));
    cr_assert_eq(vg_json_append_line(path, "{}"), VG_OK, "%s", vg_error());
    expect_content(path, "{}\n");
    cr_expect_eq(warnings, 3);
}

// A limit on the file's size cuts the write short, as a full disk does.
Test(json, a_failed_write_leaves_the_file_as_it_was)
{
    const char *path = scratch("r.jsonl");
    cr_assert_eq(vg_json_append_line(path, "{\"a\": 1}"), VG_OK);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit) { 12, 12 });
    cr_expect_eq(vg_json_append_line(path, "{\"a\": 2}"), VG_ERR_IO);
    cr_expect(strstr(vg_error(), "r.jsonl: cannot be written: "), "%s", vg_error());
    expect_content(path, "{\"a\": 1}\n");
}

enum { WRITERS = 4, LINES = 25 };

static void *write_lines(void *path)
{
    char line[600];
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof line, "{\"%0*d\": 1}", 500, i);
        if (vg_json_append_line(path, line) != VG_OK)
            return path;
    }
    return NULL;
}

Test(json, several_writers_do_not_mix_their_lines)
{
    char path[256], *data;
    pthread_t writers[WRITERS];
    int lines = 0;
    snprintf(path, sizeof path, "%s", scratch("r.jsonl"));
    for (int i = 0; i < WRITERS; i++)
        pthread_create(&writers[i], NULL, write_lines, path);
    for (int i = 0; i < WRITERS; i++) {
        void *failed;
        pthread_join(writers[i], &failed);
        cr_expect_null(failed);
    }
    cr_assert_eq(vg_file_read(path, 1 << 20, &data, NULL), VG_OK);
    for (char *line = strtok(data, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *row;
        cr_expect_eq(vg_json_parse("line", line, &row), VG_OK, "%s", vg_error());
        json_decref(row);
        lines++;
    }
    cr_expect_eq(lines, WRITERS * LINES);
    free(data);
}

enum { PROCESSES = 8 };

// The lines of each process are there in its order, whole and once; *next counts them.
static void expect_line(const char *line, json_int_t next[PROCESSES])
{
    json_t *row;
    cr_assert_eq(vg_json_parse("line", line, &row), VG_OK, "%s", vg_error());
    const json_int_t who = json_integer_value(json_object_get(row, "process"));
    cr_assert(who >= 0 && who < PROCESSES);
    cr_expect_eq(json_integer_value(json_object_get(row, "line")), next[who]++);
    json_decref(row);
}

// The file begins with what a kill left of a row: whoever comes first takes it away.
Test(json, eight_processes_append_at_once_and_lose_nothing)
{
    char path[256], *data;
    json_int_t next[PROCESSES] = { 0 };
    snprintf(path, sizeof path, "%s", scratch("r.jsonl"));
    cr_assert_eq(vg_file_write(path, "{\"process\": 0, \"li", 18), VG_OK);
    for (int p = 0; p < PROCESSES; p++)
        if (fork() == 0) {
            char line[3000];
            int wrong = 0;
            for (int i = 0; i < LINES; i++) {
                snprintf(line, sizeof line, "{\"process\": %d, \"line\": %d, \"pad\": \"%0*d\"}", p,
                         i, 100 * (p + 1), i);
                wrong |= vg_json_append_line(path, line) != VG_OK;
            }
            _exit(wrong);
        }
    for (int p = 0, status; p < PROCESSES; p++) {
        cr_assert_gt(wait(&status), 0);
        cr_expect_eq(status, 0);
    }
    cr_assert_eq(vg_file_read(path, 1 << 20, &data, NULL), VG_OK);
    for (char *line = strtok(data, "\n"); line; line = strtok(NULL, "\n"))
        expect_line(line, next);
    for (int p = 0; p < PROCESSES; p++)
        cr_expect_eq(next[p], LINES, "process %d", p);
    free(data);
}
