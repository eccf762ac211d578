#include "report/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { SCHEMA = 1 };   // the newest that is understood

struct vg_rows_store {
    struct vg_arena *arena;   // file names, settings, numbers
    size_t room;
};

struct vg_rows *vg_rows_create(void)
{
    struct vg_rows *r = vg_alloc(1, sizeof *r);
    r->store = vg_alloc(1, sizeof *r->store);
    r->store->arena = vg_arena_create();
    return r;
}

void vg_rows_destroy(struct vg_rows **rows)
{
    struct vg_rows *r = *rows;
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        json_decref(r->list[i].json);
    vg_arena_destroy(&r->store->arena);
    free(r->store);
    free(r->list);
    free(r);
    *rows = NULL;
}

// ---- fields -------------------------------------------------------------------------------------

static const char *text_at(const json_t *o, const char *path)
{
    return vg_json_text_at(o, path, NULL);
}

// The array's numbers; others are left out, or NAN where a place in the array has a meaning.
static const double *numbers(struct vg_arena *a, const json_t *array, bool keep_places,
                             size_t *count)
{
    const size_t size = json_array_size(array);
    *count = 0;
    if (size == 0)
        return NULL;
    double *x = vg_arena_alloc(a, size * sizeof *x);
    for (size_t i = 0; i < size; i++) {
        const json_t *value = json_array_get(array, i);
        if (json_is_number(value))
            x[(*count)++] = json_number_value(value);
        else if (keep_places)
            x[(*count)++] = NAN;
    }
    return *count ? x : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void add_setting(struct vg_text *t, const char *key, const json_t *value)
{
    char *other = NULL;
    const char *text = json_string_value(value);
    if (!text)
        text = other = vg_json_canonical(value);
    const char *quote = !*text || (json_is_string(value) && strpbrk(text, " \t")) ? "\"" : "";
    vg_text_add(t, "%s%s=%s%s%s", t->length ? " " : "", key, quote, text, quote);
    free(other);
}

static const char *settings_text(struct vg_arena *a, const json_t *settings)
{
    const size_t count = json_object_size(settings);
    const char **keys = vg_alloc(count + 1, sizeof *keys), *key;
    struct vg_text t = { 0 };
    size_t n = 0;
    json_t *value;
    json_object_foreach((json_t *) settings, key, value) keys[n++] = key;
    qsort(keys, n, sizeof *keys, by_text);
    for (size_t i = 0; i < n; i++)
        add_setting(&t, keys[i], json_object_get(settings, keys[i]));
    const char *text = vg_arena_string(a, "%s", vg_text_string(&t));
    vg_text_finish(&t);
    free(keys);
    return text;
}

static int64_t seconds_of(const char *time)
{
    struct tm tm = { 0 };
    const char *end = time ? strptime(time, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;
    return end && !*end ? (int64_t) timegm(&tm) : INT64_MIN;
}

static void fill_heading(struct vg_record *r, const json_t *o)
{
    r->suite = text_at(o, "suite");
    r->name = text_at(o, "case");
    r->kind = text_at(o, "kind");
    r->status = text_at(o, "status");
    r->reason = text_at(o, "reason");
    r->commit = text_at(o, "commit");
    r->program_version = text_at(o, "program_version");
    r->time = text_at(o, "time");
    r->seconds = seconds_of(r->time);
    r->device_id = text_at(o, "device.id");
    r->device_name = text_at(o, "device.name");
    r->device_type = text_at(o, "device.type");
    r->driver = text_at(o, "device.driver");
    r->opencl_version = text_at(o, "device.opencl_version");
    r->host_cpu = text_at(o, "host.cpu");
    r->programs = text_at(o, "engaged.programs_sha256");
}

static void fill_figures(struct vg_record *r, struct vg_arena *a, const json_t *o)
{
    r->samples_ns = numbers(a, vg_json_at(o, "time_ns.samples"), false, &r->samples);
    r->wall_ns = numbers(a, vg_json_at(o, "time_ns.wall.samples"), false, &r->walls);
    r->median_ns = vg_json_real_at(o, "time_ns.median", NAN);
    r->low_ns = vg_json_real_at(o, "time_ns.low", NAN);
    r->high_ns = vg_json_real_at(o, "time_ns.high", NAN);
    r->unit_of_work = text_at(o, "time_ns.unit_of_work");
    r->throughput = vg_json_real_at(o, "throughput.value", NAN);
    r->throughput_unit = text_at(o, "throughput.unit");

    const json_t *passed = vg_json_at(o, "checked.passed");
    r->checked = json_is_true(passed)    ? VG_RECORD_CHECK_PASSED
                 : json_is_false(passed) ? VG_RECORD_CHECK_FAILED
                                         : VG_RECORD_UNCHECKED;
    const json_t *accuracy = json_object_get(o, "accuracy");
    r->accuracy = json_is_object(accuracy) ? accuracy : NULL;
    r->loss = numbers(a, vg_json_at(o, "training.loss"), true, &r->losses);
    r->last_loss = r->losses ? r->loss[r->losses - 1] : NAN;
}

enum vg_record_digest vg_record_digest(const struct vg_record *r)
{
    const char *said = vg_json_text_at(r->json, VG_JSON_DIGEST, NULL);
    if (!said)
        return json_object_get(r->json, VG_JSON_DIGEST) ? VG_RECORD_DIGEST_WRONG
                                                        : VG_RECORD_NO_DIGEST;
    char is[VG_SHA256_TEXT];
    vg_json_digest(r->json, is);
    return strcmp(said, is) ? VG_RECORD_DIGEST_WRONG : VG_RECORD_DIGEST_GOOD;
}

// ---- lines --------------------------------------------------------------------------------------

struct place {
    const char *file;
    int line;
    int64_t offset;
};

static void take_row(struct vg_rows *r, const struct place *at, json_t *o)
{
    if (r->count == r->store->room) {
        r->store->room = r->store->room ? 2 * r->store->room : 64;
        r->list = vg_grow(r->list, r->store->room, sizeof *r->list);
    }
    struct vg_record *record = &r->list[r->count++];
    *record =
        (struct vg_record) { .json = o, .file = at->file, .line = at->line, .offset = at->offset };
    fill_heading(record, o);
    fill_figures(record, r->store->arena, o);
    record->settings = settings_text(r->store->arena, json_object_get(o, "settings"));
}

static int malformed(struct vg_rows *r, const struct place *at, bool refuse, const char *what)
{
    if (refuse)
        return vg_fail(VG_ERR_FORMAT, "%s:%d: %s", at->file, at->line, what);
    vg_warn("%s:%d: %s; the line is left out", at->file, at->line, what);
    r->skipped++;
    return VG_OK;
}

static bool is_blank(const char *line, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (!strchr(" \t\r", line[i]) || !line[i])
            return false;
    return true;
}

// cut: the line is the last one and has no line feed.
static int add_line(struct vg_rows *r, const struct place *at, const char *line, size_t bytes,
                    bool cut, bool refuse)
{
    char what[JSON_ERROR_TEXT_LENGTH + 64];
    json_error_t error;
    if (is_blank(line, bytes))
        return VG_OK;
    json_t *o = json_loadb(line, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!o && cut)
        return malformed(r, at, false, "the last line was cut short");
    if (!o) {
        snprintf(what, sizeof what, "is not JSON: %s at byte %d", error.text, error.position);
        return malformed(r, at, refuse, what);
    }
    const double schema = vg_json_real_at(o, "schema", SCHEMA);
    if (!json_is_object(o))
        strcpy(what, "is not a JSON object");
    else if (schema > SCHEMA)
        snprintf(what, sizeof what, "has schema %g, this program reads up to %d", schema, SCHEMA);
    else
        return take_row(r, at, o), VG_OK;
    json_decref(o);
    return malformed(r, at, refuse, what);
}

int vg_rows_add_text(struct vg_rows *r, const char *file, int line, int64_t offset,
                     const char *text, size_t bytes, const struct vg_rows_how *how)
{
    int rc = VG_OK;
    struct place at = { vg_arena_string(r->store->arena, "%s", file), line, offset };
    for (size_t begin = 0; begin < bytes; at.line++) {
        const char *feed = memchr(text + begin, '\n', bytes - begin);
        const size_t end = feed ? (size_t) (feed - text) : bytes;
        at.offset = offset + (int64_t) begin;
        VG_TRY(add_line(r, &at, text + begin, end - begin, !feed, how && how->refuse_malformed));
        begin = end + 1;
    }
out:
    return rc;
}

static int read_file(struct vg_rows *r, const char *path, const struct vg_rows_how *how)
{
    int rc = VG_OK;
    char *text = NULL;
    size_t bytes = 0;
    VG_TRY(vg_file_read(path, (size_t) 1 << 32, &text, &bytes));
    VG_TRY(vg_rows_add_text(r, path, 1, 0, text, bytes, how));
out:
    free(text);
    return rc;
}

int vg_rows_read(struct vg_rows **rows, const char *const *paths, size_t count,
                 const struct vg_rows_how *how)
{
    int rc = VG_OK;
    struct vg_row_files files;
    struct vg_rows *r = vg_rows_create();
    VG_TRY(vg_row_files_find(&files, paths, count));
    for (size_t i = 0; i < files.count; i++)
        VG_TRY(read_file(r, files.path[i], how));
out:
    vg_row_files_finish(&files);
    if (rc != VG_OK)
        vg_rows_destroy(&r);
    *rows = r;
    return rc;
}
