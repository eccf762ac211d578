#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "report/index_private.h"

// A clock of files may be as coarse as this: a file modified so shortly before it was read may have
// been modified again without a change of its time.
static const int64_t COARSE_NS = 2000000000;

// What the index knows of a file.
struct known {
    int64_t id, size, mtime_ns, inode, read_ns, consumed;
    int lines, skipped, cut;
    char sha256[VG_SHA256_TEXT];
};

struct update {
    struct vg_index *x;
    sqlite3_stmt *find, *set_file, *drop_rows, *add_row, *add_measure;
    int64_t file;   // the one being read
    struct vg_arena *arena;
};

static int step(struct update *u, sqlite3_stmt *s)
{
    const int code = sqlite3_step(s);
    int rc = VG_OK;
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        rc = vg_index_failed(u->x, "the index cannot be written");
    sqlite3_reset(s);
    return rc;
}

// ---- what is known ------------------------------------------------------------------------------

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);   // NULL binds null
}

static const char find_file[] =
    "SELECT id, size, mtime_ns, inode, read_ns, consumed, lines, skipped, cut, sha256 FROM files "
    "WHERE path = ?";

// k->id is 0 for a file that is not known.
static int find_known(struct vg_index *x, sqlite3_stmt *find, const char *name, struct known *k)
{
    *k = (struct known) { 0 };
    bind_text(find, 1, name);
    const int code = sqlite3_step(find);
    if (code == SQLITE_ROW) {
        *k = (struct known) { .id = sqlite3_column_int64(find, 0),
                              .size = sqlite3_column_int64(find, 1),
                              .mtime_ns = sqlite3_column_int64(find, 2),
                              .inode = sqlite3_column_int64(find, 3),
                              .read_ns = sqlite3_column_int64(find, 4),
                              .consumed = sqlite3_column_int64(find, 5),
                              .lines = sqlite3_column_int(find, 6),
                              .skipped = sqlite3_column_int(find, 7),
                              .cut = sqlite3_column_int(find, 8) };
        snprintf(k->sha256, sizeof k->sha256, "%s", (const char *) sqlite3_column_text(find, 9));
    }
    sqlite3_reset(find);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return vg_index_failed(x, "the index cannot be read");
    return VG_OK;
}

static bool is_as_read(const struct vg_indexed_file *f, const struct known *k)
{
    return k->id && f->size == k->size && f->mtime_ns == k->mtime_ns && f->inode == k->inode &&
           f->mtime_ns < k->read_ns - COARSE_NS;
}

static int count_files(struct vg_index *x, size_t *count)
{
    sqlite3_stmt *s = NULL;
    int rc = VG_OK;
    VG_TRY(vg_index_prepare(x, "SELECT count(*) FROM files", &s));
    if (sqlite3_step(s) == SQLITE_ROW)
        *count = (size_t) sqlite3_column_int64(s, 0);
    else
        rc = vg_index_failed(x, "the index cannot be read");
out:
    sqlite3_finalize(s);
    return rc;
}

int vg_index_check(struct vg_index *x, bool *current)
{
    int rc = VG_OK;
    struct known k;
    size_t count = 0;
    sqlite3_stmt *find = NULL;
    *current = true;
    VG_TRY(vg_index_prepare(x, find_file, &find));
    for (size_t i = 0; i < x->found.count; i++) {
        struct vg_indexed_file *f = &x->files[i];
        VG_TRY(find_known(x, find, f->name, &k));
        f->id = k.id;
        f->skipped = k.skipped + k.cut;
        *current &= is_as_read(f, &k);
    }
    VG_TRY(count_files(x, &count));
    *current &= count == x->found.count;
out:
    sqlite3_finalize(find);
    return rc;
}

// ---- rows ---------------------------------------------------------------------------------------

static void bind_real(sqlite3_stmt *s, int at, double value)
{
    if (isfinite(value))
        sqlite3_bind_double(s, at, value);
    else
        sqlite3_bind_null(s, at);
}

static const char *const checks[] = { "unchecked", "failed", "passed" };

static const char add_row_sql[] =
    "INSERT INTO rows (file, line, byte, suite, name, kind, settings, status, reason, checked,"
    " commit_id, program_version, time, seconds, device, device_name, driver, opencl,"
    " build_options, host, programs, median_ns, low_ns, high_ns, throughput, throughput_unit, ok)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
    " ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)";

static void bind_row(struct update *u, const struct vg_record *r, const struct vg_history_row *h)
{
    sqlite3_stmt *s = u->add_row;
    const char *const texts[] = {
        r->suite,
        r->name,
        r->kind,
        r->settings,
        r->status,
        r->reason,
        checks[r->checked],
        r->commit,
        r->program_version,
        r->time,
    };
    const char *const more[] = { r->device_id,     r->device_name, r->driver,  r->opencl_version,
                                 h->build_options, r->host_cpu,    r->programs };
    sqlite3_bind_int64(s, 1, u->file);
    sqlite3_bind_int(s, 2, r->line);
    sqlite3_bind_int64(s, 3, r->offset);
    for (int i = 0; i < 10; i++)
        bind_text(s, 4 + i, texts[i]);
    if (r->seconds == INT64_MIN)
        sqlite3_bind_null(s, 14);
    else
        sqlite3_bind_int64(s, 14, r->seconds);
    for (int i = 0; i < 7; i++)
        bind_text(s, 15 + i, more[i]);
    const double reals[] = { r->median_ns, r->low_ns, r->high_ns, r->throughput };
    for (int i = 0; i < 4; i++)
        bind_real(s, 22 + i, reals[i]);
    bind_text(s, 26, r->throughput_unit);
    sqlite3_bind_int(s, 27, h->ok);
}

static int add_measure(struct update *u, int64_t row, const struct vg_measure *m)
{
    sqlite3_stmt *s = u->add_measure;
    sqlite3_bind_int64(s, 1, row);
    bind_text(s, 2, m->metric);
    bind_text(s, 3, m->unit);
    sqlite3_bind_double(s, 4, m->value);
    return step(u, s);
}

// By way of what history makes of them, so that an index says the same as the rows.
static int add_piece(const struct vg_rows *rows, void *user)
{
    int rc = VG_OK;
    struct update *u = user;
    struct vg_history_rows h;
    vg_history_rows_init(&h);
    vg_history_rows_add_records(&h, rows);
    for (size_t i = 0; i < rows->count; i++) {
        bind_row(u, &rows->list[i], &h.list[i]);
        VG_TRY(step(u, u->add_row));
        const int64_t id = sqlite3_last_insert_rowid(u->x->db);
        for (size_t m = 0; m < h.list[i].count; m++)
            VG_TRY(add_measure(u, id, &h.list[i].measures[m]));
    }
out:
    vg_history_rows_finish(&h);
    return rc;
}

// ---- files --------------------------------------------------------------------------------------

static int set_file(struct update *u, const struct vg_indexed_file *f, struct known *k)
{
    sqlite3_stmt *s = u->set_file;
    bind_text(s, 1, f->name);
    const int64_t numbers[] = { f->size,     f->mtime_ns, f->inode,   k->read_ns,
                                k->consumed, k->lines,    k->skipped, k->cut };
    for (int i = 0; i < 8; i++)
        sqlite3_bind_int64(s, 2 + i, numbers[i]);
    bind_text(s, 10, k->sha256);
    if (k->id)
        sqlite3_bind_int64(s, 11, k->id);
    else
        sqlite3_bind_null(s, 11);
    const int rc = step(u, s);
    k->id = k->id ? k->id : sqlite3_last_insert_rowid(u->x->db);
    return rc;
}

static int drop_rows_from(struct update *u, int64_t file, int64_t byte)
{
    sqlite3_bind_int64(u->drop_rows, 1, file);
    sqlite3_bind_int64(u->drop_rows, 2, byte);
    return step(u, u->drop_rows);
}

static size_t whole_lines(const char *text, size_t bytes)
{
    const char *feed = memrchr(text, '\n', bytes);
    return feed ? (size_t) (feed - text) + 1 : 0;
}

// Reads what follows the first k->consumed bytes, and says in k where that has come to.  What has
// no line feed yet is read again next time.
static int read_rest(struct update *u, const struct vg_indexed_file *f, struct known *k,
                     const char *text, size_t bytes)
{
    int rc = VG_OK;
    size_t skipped = 0, cut = 0;
    const size_t begin = (size_t) k->consumed, whole = whole_lines(text, bytes);
    u->file = k->id;
    VG_TRY(drop_rows_from(u, k->id, k->consumed));
    int line = k->lines + 1;
    VG_TRY(vg_rows_each(f->path, &line, k->consumed, text + begin, whole - begin, add_piece, u,
                        &skipped));
    k->lines = line - 1;
    VG_TRY(vg_rows_each(f->path, &line, (int64_t) whole, text + whole, bytes - whole, add_piece, u,
                        &cut));
    k->skipped += (int) skipped;
    k->cut = (int) cut;
    k->consumed = (int64_t) whole;
    vg_sha256_text(text, whole, k->sha256);
out:
    return rc;
}

static bool begins_as_before(const struct known *k, const char *text, size_t bytes)
{
    char sha256[VG_SHA256_TEXT];
    if ((size_t) k->consumed > bytes)
        return false;
    vg_sha256_text(text, (size_t) k->consumed, sha256);
    return !strcmp(sha256, k->sha256);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

static int update_file(struct update *u, struct vg_indexed_file *f)
{
    int rc = VG_OK;
    char *text = NULL;
    size_t bytes;
    struct known k;
    VG_TRY(find_known(u->x, u->find, f->name, &k));
    if (is_as_read(f, &k))
        goto out;
    const int64_t read_ns = now_ns();
    VG_TRY(vg_file_read(f->path, VG_ROWS_FILE_MOST, &text, &bytes));
    if (!k.id || !begins_as_before(&k, text, bytes))
        k = (struct known) { .id = k.id };
    k.read_ns = read_ns;
    f->fresh = true;
    if (!k.id)
        VG_TRY(set_file(u, f, &k));   // for its id
    VG_TRY(read_rest(u, f, &k, text, bytes));
    VG_TRY(set_file(u, f, &k));
out:
    free(text);
    return rc;
}

static bool is_found(const struct vg_index *x, const char *name)
{
    for (size_t i = 0; i < x->found.count; i++)
        if (!strcmp(x->files[i].name, name))
            return true;
    return false;
}

static int drop_vanished(struct update *u)
{
    int rc = VG_OK;
    sqlite3_stmt *list = NULL, *drop = NULL;
    VG_TRY(vg_index_prepare(u->x, "SELECT id, path FROM files ORDER BY id", &list));
    VG_TRY(vg_index_prepare(u->x, "DELETE FROM files WHERE id = ?", &drop));
    while (sqlite3_step(list) == SQLITE_ROW) {
        const int64_t id = sqlite3_column_int64(list, 0);
        if (is_found(u->x, (const char *) sqlite3_column_text(list, 1)))
            continue;
        VG_TRY(drop_rows_from(u, id, 0));
        sqlite3_bind_int64(drop, 1, id);
        VG_TRY(step(u, drop));
    }
out:
    sqlite3_finalize(list);
    sqlite3_finalize(drop);
    return rc;
}

// ---- the whole ----------------------------------------------------------------------------------

static int prepare(struct update *u)
{
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        { &u->find, find_file },
        { &u->set_file,
          "INSERT OR REPLACE INTO files (path, size, mtime_ns, inode, read_ns, consumed, lines,"
          " skipped, cut, sha256, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)" },
        { &u->drop_rows, "DELETE FROM rows WHERE file = ? AND byte >= ?" },
        { &u->add_row, add_row_sql },
        { &u->add_measure, "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?)" },
    };
    int rc = VG_OK;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        VG_TRY(vg_index_prepare(u->x, statements[i].sql, statements[i].to));
out:
    return rc;
}

static int update_all(struct update *u)
{
    int rc = VG_OK;
    VG_TRY(vg_index_run(u->x, "BEGIN IMMEDIATE"));
    VG_TRY(prepare(u));
    for (size_t i = 0; i < u->x->found.count; i++)
        VG_TRY(update_file(u, &u->x->files[i]));
    VG_TRY(drop_vanished(u));
    VG_TRY(vg_index_run(u->x, "COMMIT"));
out:
    return rc;
}

int vg_index_update(struct vg_index *x)
{
    bool current;
    struct update u = { .x = x };
    int rc = vg_index_check(x, &current);
    if (rc != VG_OK || current)
        return rc;
    rc = update_all(&u);
    sqlite3_stmt *const all[] = { u.find, u.set_file, u.drop_rows, u.add_row, u.add_measure };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sqlite3_finalize(all[i]);
    if (rc != VG_OK && !sqlite3_get_autocommit(x->db))
        sqlite3_exec(x->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
