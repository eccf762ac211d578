#include "report/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/index_private.h"

// A number of our own in the file's head, and which tables it has: change it with them.
enum { APPLICATION = 0x56697861, VERSION = 1, BUSY_MS = 30000 };

static const char schema[] =
    "CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER NOT NULL,"
    " mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, read_ns INTEGER NOT NULL,"
    " consumed INTEGER NOT NULL, sha256 TEXT NOT NULL, lines INTEGER NOT NULL,"
    " skipped INTEGER NOT NULL, cut INTEGER NOT NULL);"
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files,"
    " line INTEGER NOT NULL, byte INTEGER NOT NULL, suite TEXT, name TEXT, kind TEXT,"
    " settings TEXT NOT NULL, status TEXT, reason TEXT, checked TEXT NOT NULL, commit_id TEXT,"
    " program_version TEXT, time TEXT, seconds INTEGER, device TEXT, device_name TEXT, driver TEXT,"
    " opencl TEXT, build_options TEXT, host TEXT, programs TEXT, median_ns REAL, low_ns REAL,"
    " high_ns REAL, throughput REAL, throughput_unit TEXT, ok INTEGER NOT NULL);"
    "CREATE INDEX rows_of_file ON rows (file, byte);"
    "CREATE TABLE measures (row INTEGER NOT NULL REFERENCES rows, metric TEXT NOT NULL, unit TEXT,"
    " value REAL NOT NULL, PRIMARY KEY (row, metric)) WITHOUT ROWID;"
    "CREATE TRIGGER measures_go_with_rows AFTER DELETE ON rows"
    " BEGIN DELETE FROM measures WHERE row = OLD.id; END;";

bool vg_index_is_built(void)
{
    return true;
}

// ---- SQLite's calls -----------------------------------------------------------------------------

int vg_index_failed(struct vg_index *x, const char *what)
{
    const int code = sqlite3_errcode(x->db) & 0xff;
    const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    return vg_fail(damaged ? VG_ERR_FORMAT : VG_ERR_IO, "%s: %s: %s%s", x->file ? x->file : x->root,
                   what, sqlite3_errmsg(x->db), damaged ? "; delete it, and it is made anew" : "");
}

int vg_index_prepare(struct vg_index *x, const char *sql, sqlite3_stmt **s)
{
    if (sqlite3_prepare_v2(x->db, sql, -1, s, NULL) != SQLITE_OK)
        return vg_index_failed(x, "the index cannot be used");
    return VG_OK;
}

int vg_index_run(struct vg_index *x, const char *sql)
{
    if (sqlite3_exec(x->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return vg_index_failed(x, "the index cannot be used");
    return VG_OK;
}

static int number_of(struct vg_index *x, const char *pragma, int *value)
{
    sqlite3_stmt *s = NULL;
    int rc = vg_index_prepare(x, pragma, &s);
    if (rc == VG_OK && sqlite3_step(s) != SQLITE_ROW)
        rc = vg_index_failed(x, "the index cannot be read");
    *value = rc == VG_OK ? sqlite3_column_int(s, 0) : 0;
    sqlite3_finalize(s);
    return rc;
}

// ---- the database -------------------------------------------------------------------------------

static void close_db(struct vg_index *x)
{
    sqlite3_close(x->db);
    x->db = NULL;
}

static int open_db(struct vg_index *x, const char *file, int flags)
{
    close_db(x);
    if (sqlite3_open_v2(file, &x->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return vg_index_failed(x, "cannot be opened");
    sqlite3_busy_timeout(x->db, BUSY_MS);
    return VG_OK;
}

static int make_tables(struct vg_index *x)
{
    char head[96];
    snprintf(head, sizeof head, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             APPLICATION, VERSION);
    int rc = VG_OK;
    VG_TRY(vg_index_run(x, "BEGIN IMMEDIATE;"));
    VG_TRY(vg_index_run(x, head));
    VG_TRY(vg_index_run(x, schema));
    VG_TRY(vg_index_run(x, "COMMIT;"));
out:
    return rc;
}

static int is_ours(struct vg_index *x, bool *ours)
{
    int rc = VG_OK, application = 0, version = 0;
    VG_TRY(number_of(x, "PRAGMA application_id", &application));
    VG_TRY(number_of(x, "PRAGMA user_version", &version));
out:
    *ours = rc == VG_OK && application == APPLICATION && version == VERSION;
    return rc;
}

static int start_anew(struct vg_index *x)
{
    char *journal = vg_format("%s-journal", x->file);
    close_db(x);
    unlink(journal);
    unlink(x->file);
    free(journal);
    int rc = VG_OK;
    VG_TRY(open_db(x, x->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    VG_TRY(make_tables(x));
    VG_TRY(vg_index_update(x));
out:
    return rc;
}

// The lock is held.
static int open_and_update(struct vg_index *x)
{
    int rc = VG_OK;
    bool ours = false;
    VG_TRY(open_db(x, x->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    rc = is_ours(x, &ours);
    if (rc == VG_OK && ours)
        rc = vg_index_update(x);
    if (rc == VG_ERR_FORMAT || (rc == VG_OK && !ours)) {
        vg_error_clear();
        rc = start_anew(x);
    }
out:
    return rc;
}

static int open_in_memory(struct vg_index *x)
{
    int rc = VG_OK;
    free(x->file);
    free(x->folder);
    x->file = x->folder = NULL;
    VG_TRY(open_db(x, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    VG_TRY(make_tables(x));
    VG_TRY(vg_index_update(x));
out:
    return rc;
}

// In a folder that cannot be written: what is there, if it is up to date.
static int open_as_is(struct vg_index *x)
{
    bool current = false;
    if (open_db(x, x->file, SQLITE_OPEN_READONLY) != VG_OK || is_ours(x, &current) != VG_OK ||
        !current || vg_index_check(x, &current) != VG_OK || !current) {
        vg_error_clear();
        return open_in_memory(x);
    }
    return VG_OK;
}

// ---- the folder ---------------------------------------------------------------------------------

// The folder of the index with a lock in it; -1 if it cannot be written.  Version control is told
// to leave all of it out.
static int open_lock(const struct vg_index *x)
{
    if (mkdir(x->folder, 0777) != 0 && errno != EEXIST)
        return -1;
    char *lock = vg_path_join(x->folder, "lock"), *ignore = vg_path_join(x->folder, ".gitignore");
    const int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0 && !vg_file_exists(ignore) && vg_file_write(ignore, "*\n", 2) != VG_OK)
        vg_error_clear();
    free(lock);
    free(ignore);
    return fd;
}

static void forget_files(struct vg_index *x)
{
    vg_row_files_finish(&x->found);
    free(x->files);
    x->files = NULL;
}

static int find_files(struct vg_index *x)
{
    int rc = VG_OK;
    struct stat info;
    forget_files(x);
    VG_TRY(vg_row_files_find(&x->found, (const char *[]) { x->root }, 1));
    x->files = vg_alloc(x->found.count + 1, sizeof *x->files);
    for (size_t i = 0; i < x->found.count; i++) {
        const char *path = x->found.path[i], *name = path + strlen(x->root);
        if (stat(path, &info) != 0) {
            rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be read", path);
            goto out;
        }
        x->files[i] = (struct vg_indexed_file) {
            .path = path,
            .name = *name ? name + strspn(name, "/") : path,
            .size = info.st_size,
            .mtime_ns = (int64_t) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
            .inode = (int64_t) info.st_ino,
            .device = (int64_t) info.st_dev,
        };
    }
out:
    return rc;
}

static int open_on_disk(struct vg_index *x)
{
    const int lock = open_lock(x);
    if (lock < 0)
        return open_as_is(x);
    int rc = VG_OK;
    while (flock(lock, LOCK_EX) != 0)
        if (errno != EINTR) {
            rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be locked", x->folder);
            goto out;
        }
    // Again, now that nobody else changes the index: what appeared while this waited is in it, and
    // must not be taken for gone.
    VG_TRY(find_files(x));
    VG_TRY(open_and_update(x));
out:
    close(lock);   // and with it the lock goes
    return rc;
}

// Each line that is left out has a warning when it is read; later they are only counted.
static void warn_of_skipped(const struct vg_index *x)
{
    for (size_t i = 0; i < x->found.count; i++)
        if (x->files[i].skipped > 0 && !x->files[i].fresh)
            vg_warn("%s: %d lines that are no rows are left out", x->files[i].path,
                    x->files[i].skipped);
}

int vg_index_open(struct vg_index **index, const char *path)
{
    int rc = VG_OK;
    struct stat info;
    struct vg_index *x = vg_alloc(1, sizeof *x);
    x->root = vg_strdup(path);
    VG_TRY(find_files(x));
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        x->folder = vg_path_join(path, ".index");
        x->file = vg_path_join(x->folder, "rows.sqlite");
        VG_TRY(open_on_disk(x));
    } else {
        VG_TRY(open_in_memory(x));
    }
    bool current = false;
    VG_TRY(vg_index_check(x, &current));
    warn_of_skipped(x);
out:
    if (rc != VG_OK)
        vg_index_close(&x);
    *index = x;
    return rc;
}

void vg_index_close(struct vg_index **x)
{
    if (!*x)
        return;
    close_db(*x);
    forget_files(*x);
    free((*x)->root);
    free((*x)->folder);
    free((*x)->file);
    free(*x);
    *x = NULL;
}

const char *vg_index_file(const struct vg_index *x)
{
    return x->file;
}
