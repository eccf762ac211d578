#include "report/history_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

void vg_history_rows_init(struct vg_history_rows *h)
{
    *h = (struct vg_history_rows) { .arena = vg_arena_create() };
}

void vg_history_rows_finish(struct vg_history_rows *h)
{
    vg_arena_destroy(&h->arena);
    free(h->list);
    *h = (struct vg_history_rows) { 0 };
}

struct vg_history_row *vg_history_rows_add(struct vg_history_rows *h)
{
    if (h->count == h->room) {
        h->room = h->room ? 2 * h->room : 256;
        h->list = vg_grow(h->list, h->room, sizeof *h->list);
    }
    h->list[h->count] = (struct vg_history_row) { 0 };
    return &h->list[h->count++];
}

static const char *copy(struct vg_history_rows *h, const char *text)
{
    return text ? vg_arena_copy(h->arena, text, strlen(text) + 1) : NULL;
}

static void copy_measures(struct vg_history_rows *h, struct vg_history_row *to,
                          const struct vg_record *r)
{
    to->count = vg_record_measures(r, h->arena, &to->measures);
    for (size_t i = 0; i < to->count; i++) {
        to->measures[i].metric = copy(h, to->measures[i].metric);
        to->measures[i].unit = copy(h, to->measures[i].unit);
    }
}

static void add_record(struct vg_history_rows *h, const struct vg_record *r)
{
    struct vg_history_row *to = vg_history_rows_add(h);
    *to = (struct vg_history_row) {
        .file = copy(h, r->file),
        .line = r->line,
        .suite = copy(h, r->suite),
        .name = copy(h, r->name),
        .kind = copy(h, r->kind),
        .settings = copy(h, r->settings),
        .device = copy(h, r->device_id),
        .commit = copy(h, r->commit),
        .time = copy(h, r->time),
        .seconds = r->seconds,
        .programs = copy(h, r->programs),
        .driver = copy(h, r->driver),
        .opencl = copy(h, r->opencl_version),
        .build_options = copy(h, vg_json_text_at(r->json, "engaged.build_options", NULL)),
        .host = copy(h, r->host_cpu),
        .ok = r->status && !strcmp(r->status, "ok") && r->checked != VG_RECORD_CHECK_FAILED,
    };
    if (to->ok)
        copy_measures(h, to, r);
}

void vg_history_rows_add_records(struct vg_history_rows *h, const struct vg_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        add_record(h, &rows->list[i]);
}

// ---- reading ------------------------------------------------------------------------------------

// Where the piece that begins at `begin` ends: behind a line feed, a MiB or so later.
static size_t piece_end(const char *text, size_t begin, size_t bytes)
{
    const size_t least = (size_t) 1 << 20;
    if (bytes - begin <= least)
        return bytes;
    const char *feed = memchr(text + begin + least, '\n', bytes - begin - least);
    return feed ? (size_t) (feed - text) + 1 : bytes;
}

static int count_lines(const char *text, size_t bytes)
{
    int lines = 0;
    for (size_t i = 0; i < bytes; i++)
        lines += text[i] == '\n';
    return lines;
}

int vg_rows_each(const char *file, int *line, int64_t offset, const char *text, size_t bytes,
                 int (*each)(const struct vg_rows *rows, void *user), void *user, size_t *skipped)
{
    int rc = VG_OK;
    struct vg_rows *rows = NULL;
    for (size_t begin = 0, end; begin < bytes; begin = end) {
        end = piece_end(text, begin, bytes);
        rows = vg_rows_create();
        VG_TRY(vg_rows_add_text(rows, file, *line, offset + (int64_t) begin, text + begin,
                                end - begin, NULL));
        VG_TRY(each(rows, user));
        *skipped += rows->skipped;
        *line += count_lines(text + begin, end - begin);
        vg_rows_destroy(&rows);
    }
out:
    vg_rows_destroy(&rows);
    return rc;
}

static int add_piece(const struct vg_rows *rows, void *user)
{
    vg_history_rows_add_records(user, rows);
    return VG_OK;
}

int vg_history_rows_read(struct vg_history_rows *h, const char *const *paths, size_t count)
{
    int rc = VG_OK;
    char *text = NULL;
    struct vg_row_files files;
    VG_TRY(vg_row_files_find(&files, paths, count));
    for (size_t i = 0; i < files.count; i++) {
        size_t bytes, skipped = 0;
        int line = 1;
        VG_TRY(vg_file_read(files.path[i], VG_ROWS_FILE_MOST, &text, &bytes));
        VG_TRY(vg_rows_each(files.path[i], &line, 0, text, bytes, add_piece, h, &skipped));
        free(text);
        text = NULL;
    }
out:
    free(text);
    vg_row_files_finish(&files);
    return rc;
}
