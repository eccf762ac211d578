#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "report/index_private.h"

// ---- rows ---------------------------------------------------------------------------------------

// Files by device and inode, whatever path led to them.
struct taken {
    int64_t (*list)[2];
    size_t count, room;
};

static bool is_new(struct taken *t, const struct vg_indexed_file *f)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i][0] == f->device && t->list[i][1] == f->inode)
            return false;
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->list = vg_grow(t->list, t->room, sizeof *t->list);
    }
    t->list[t->count][0] = f->device;
    t->list[t->count++][1] = f->inode;
    return true;
}

static const char *text_of(struct vg_arena *a, sqlite3_stmt *s, int column)
{
    const void *text = sqlite3_column_text(s, column);
    return text ? vg_arena_copy(a, text, (size_t) sqlite3_column_bytes(s, column) + 1) : NULL;
}

static const char rows_sql[] =
    "SELECT rows.id, line, suite, name, kind, settings, device, commit_id, time, seconds, programs,"
    " driver, opencl, build_options, host, ok, metric, unit, value"
    " FROM rows LEFT JOIN measures ON row = rows.id WHERE file = ? ORDER BY byte, metric";

static void fill_row(struct vg_history_row *r, struct vg_arena *a, sqlite3_stmt *s,
                     const char *file)
{
    const bool timed = sqlite3_column_type(s, 9) != SQLITE_NULL;
    *r = (struct vg_history_row) { .file = file,
                                   .line = sqlite3_column_int(s, 1),
                                   .suite = text_of(a, s, 2),
                                   .name = text_of(a, s, 3),
                                   .kind = text_of(a, s, 4),
                                   .settings = text_of(a, s, 5),
                                   .device = text_of(a, s, 6),
                                   .commit = text_of(a, s, 7),
                                   .time = text_of(a, s, 8),
                                   .seconds = timed ? sqlite3_column_int64(s, 9) : INT64_MIN,
                                   .programs = text_of(a, s, 10),
                                   .driver = text_of(a, s, 11),
                                   .opencl = text_of(a, s, 12),
                                   .build_options = text_of(a, s, 13),
                                   .host = text_of(a, s, 14),
                                   .ok = sqlite3_column_int(s, 15) };
}

static void add_measure(struct vg_history_row *r, struct vg_arena *a, sqlite3_stmt *s)
{
    // Room for twice as many whenever their number is a power of two.
    if ((r->count & (r->count - 1)) == 0) {
        struct vg_measure *more = vg_arena_alloc(a, (r->count ? 2 * r->count : 1) * sizeof *more);
        if (r->count)
            memcpy(more, r->measures, r->count * sizeof *more);
        r->measures = more;
    }
    r->measures[r->count++] =
        (struct vg_measure) { text_of(a, s, 16), text_of(a, s, 17), sqlite3_column_double(s, 18) };
}

static int load_file(struct vg_index *x, sqlite3_stmt *s, const struct vg_indexed_file *f,
                     struct vg_history_rows *rows)
{
    const char *file = vg_arena_string(rows->arena, "%s", f->path);
    int64_t last = 0;
    int code;
    sqlite3_bind_int64(s, 1, f->id);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        if (sqlite3_column_int64(s, 0) != last)
            fill_row(vg_history_rows_add(rows), rows->arena, s, file);
        last = sqlite3_column_int64(s, 0);
        if (sqlite3_column_type(s, 16) != SQLITE_NULL)
            add_measure(&rows->list[rows->count - 1], rows->arena, s);
    }
    const int rc = code == SQLITE_DONE ? VG_OK : vg_index_failed(x, "the index cannot be read");
    sqlite3_reset(s);
    return rc;
}

static int load_path(struct vg_history_rows *rows, const char *path, struct taken *taken)
{
    int rc = VG_OK;
    struct vg_index *x = NULL;
    sqlite3_stmt *s = NULL;
    VG_TRY(vg_index_open(&x, path));
    VG_TRY(vg_index_prepare(x, rows_sql, &s));
    for (size_t i = 0; i < x->found.count; i++)
        if (is_new(taken, &x->files[i]))
            VG_TRY(load_file(x, s, &x->files[i], rows));
out:
    sqlite3_finalize(s);
    vg_index_close(&x);
    return rc;
}

int vg_index_rows(struct vg_history_rows *rows, const char *const *paths, size_t count)
{
    int rc = VG_OK;
    struct taken taken = { 0 };
    for (size_t i = 0; i < count; i++)
        VG_TRY(load_path(rows, paths[i], &taken));
out:
    free(taken.list);
    return rc;
}

// ---- queries ------------------------------------------------------------------------------------

static int refused(const char *what, const char *why)
{
    return vg_fail(VG_ERR_USAGE, "--sql: %s%s%s", what, *why ? ": " : "", why);
}

static int prepare_query(sqlite3 *db, const char *sql, sqlite3_stmt **s)
{
    const char *rest;
    if (sqlite3_prepare_v2(db, sql, -1, s, &rest) != SQLITE_OK)
        return refused("SQLite says", sqlite3_errmsg(db));
    if (!*s)
        return refused("there is no statement in it", "");
    if (rest[strspn(rest, " \t\r\n;")])
        return refused("one statement is accepted, behind it is", rest);
    if (!sqlite3_stmt_readonly(*s))
        return refused("the index is only read", "");
    return VG_OK;
}

static struct vg_index_cell cell_of(sqlite3_stmt *s, int column)
{
    const int type = sqlite3_column_type(s, column);   // before the value is made a text
    return (struct vg_index_cell) { (const char *) sqlite3_column_text(s, column),
                                    type == SQLITE_INTEGER || type == SQLITE_FLOAT };
}

static int give_rows(sqlite3 *db, sqlite3_stmt *s,
                     int (*row)(size_t count, const struct vg_index_cell *cell, void *user),
                     void *user)
{
    int rc = VG_OK, code;
    const int count = sqlite3_column_count(s);
    struct vg_index_cell *cell = vg_alloc((size_t) count + 1, sizeof *cell);
    for (int i = 0; i < count; i++)
        cell[i].text = sqlite3_column_name(s, i);
    VG_TRY(row((size_t) count, cell, user));
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        for (int i = 0; i < count; i++)
            cell[i] = cell_of(s, i);
        VG_TRY(row((size_t) count, cell, user));
    }
    if (code != SQLITE_DONE)
        rc = refused("SQLite says", sqlite3_errmsg(db));
out:
    free(cell);
    return rc;
}

// A second connection that may only read; there can be none to an index in memory, whose own then
// is told the same.
static int open_to_read(struct vg_index *x, sqlite3 **db)
{
    if (!x->file)
        return *db = x->db, vg_index_run(x, "PRAGMA query_only = 1");
    if (sqlite3_open_v2(x->file, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return vg_fail(VG_ERR_IO, "%s: cannot be opened: %s", x->file, sqlite3_errmsg(*db));
    sqlite3_busy_timeout(*db, 30000);
    return VG_OK;
}

int vg_index_query(struct vg_index *x, const char *sql,
                   int (*row)(size_t count, const struct vg_index_cell *cell, void *user),
                   void *user)
{
    int rc = VG_OK;
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    VG_TRY(open_to_read(x, &db));
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    VG_TRY(prepare_query(db, sql, &s));
    VG_TRY(give_rows(db, s, row, user));
out:
    sqlite3_finalize(s);
    if (db != x->db)
        sqlite3_close(db);
    return rc;
}
