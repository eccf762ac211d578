#include "data/lmdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/file.h"
#include "base/parse.h"
#include "data/catalog.h"
#include "data/decode.h"
#include "data/list.h"
#include "data/lmdb_check.h"

#ifdef VG_WITH_LMDB

#include <lmdb.h>

// The catalog comes first: it is what vg_catalog_... take.
struct database {
    struct vg_catalog catalog;
    char *path;   // as the user wrote it, without the text of keys
    MDB_env *env;
    MDB_dbi dbi;
    int64_t length;
};

static int refuse(const struct database *db, int error)
{
    const int code = error == ENOENT || error == EACCES || error == EIO ? VG_ERR_IO
                     : error == ENOMEM                                  ? VG_ERR_MEMORY
                                                                        : VG_ERR_FORMAT;
    return vg_fail(code, "%s: not an LMDB database that can be read: %s", db->path,
                   mdb_strerror(error));
}

// ---- one image ----------------------------------------------------------------------------------

// A transaction a call: one is bound to its thread, and without the lock file it is only an
// allocation.  value is the database's and lives as long as txn.
static int look_up(const struct database *db, MDB_txn **txn, const char *name, MDB_val *value)
{
    MDB_val key = { strlen(name), (void *) name };
    const int error = mdb_txn_begin(db->env, NULL, MDB_RDONLY, txn);
    if (error) {
        *txn = NULL;
        return error;
    }
    return mdb_get(*txn, db->dbi, &key, value);
}

static int read_value(const struct vg_catalog *c, const struct vg_stored *item, char **data,
                      size_t *bytes)
{
    const struct database *db = (const struct database *) c;
    MDB_txn *txn;
    MDB_val value = { 0 };
    int rc = VG_OK;
    const int error = look_up(db, &txn, item->key, &value);
    *data = NULL;
    *bytes = 0;
    if (error == MDB_NOTFOUND || error == MDB_BAD_VALSIZE)
        rc = vg_fail(VG_ERR_FORMAT, "%s: the database has no such key", item->path);
    else if (error)
        rc = vg_fail(VG_ERR_FORMAT, "%s: %s", item->path, mdb_strerror(error));
    else if (value.mv_size > VG_DECODE_MAX_BYTES)
        rc = vg_fail(VG_ERR_VALUE, "%s: %zu bytes, at most %d are accepted", item->path,
                     value.mv_size, VG_DECODE_MAX_BYTES);
    else if (!(*data = vg_try_alloc(value.mv_size + 1)))
        rc = vg_fail(VG_ERR_MEMORY, "%s: no memory for %zu bytes", item->path, value.mv_size);
    else
        memcpy(*data, value.mv_data, *bytes = value.mv_size);
    if (txn)
        mdb_txn_abort(txn);
    return rc;
}

// ---- which images there are ---------------------------------------------------------------------

static const char length_key[] = "length";

static int read_length(struct database *db)
{
    char digits[24] = { 0 };
    MDB_txn *txn;
    MDB_val value;
    const int error = look_up(db, &txn, length_key, &value);
    if (!error && value.mv_size < sizeof digits)
        memcpy(digits, value.mv_data, value.mv_size);
    if (txn)
        mdb_txn_abort(txn);
    if (error == MDB_NOTFOUND)
        return vg_fail(VG_ERR_FORMAT,
                       "%s: the database has no key 'length', which holds the number of images",
                       db->path);
    if (error)
        return refuse(db, error);
    if (!*digits || vg_parse_int("", digits, 0, INT64_MAX, &db->length) != VG_OK) {
        vg_error_clear();
        return vg_fail(VG_ERR_FORMAT, "%s: key 'length' does not hold decimal digits", db->path);
    }
    return VG_OK;
}

static void add_key(struct vg_catalog *c, const char *name, void *user)
{
    const struct database *db = user;
    const char *path = vg_arena_string(c->arena, "%s:%s", db->path, name);
    vg_catalog_add(c, path, path + strlen(db->path) + 1);
}

static int keys_of_cursor(struct database *db, MDB_cursor *cursor)
{
    MDB_val key, value;
    int error;
    while (!(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
        if (memchr(key.mv_data, 0, key.mv_size))
            return vg_fail(VG_ERR_FORMAT, "%s: a key that is no text", db->path);
        char *name = vg_format("%.*s", (int) key.mv_size, (const char *) key.mv_data);
        if (strcmp(name, length_key) != 0)
            add_key(&db->catalog, name, db);
        free(name);
    }
    return error == MDB_NOTFOUND ? VG_OK : refuse(db, error);
}

static int all_keys(struct database *db)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    int error = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);
    if (error)
        return refuse(db, error);
    int rc = VG_OK;
    error = mdb_cursor_open(txn, db->dbi, &cursor);
    if (error) {
        rc = refuse(db, error);
    } else {
        rc = keys_of_cursor(db, cursor);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    if (rc == VG_OK && db->catalog.count != db->length)
        rc = vg_fail(VG_ERR_FORMAT,
                     "%s: 'length' says %lld images and the database has %lld other keys", db->path,
                     (long long) db->length, (long long) db->catalog.count);
    return rc;
}

static int listed_keys(struct database *db, const char *text)
{
    const int rc = vg_list_read(text, &db->catalog, add_key, db);
    if (rc != VG_OK)
        return rc;
    if (db->catalog.count < db->length)
        return vg_fail(VG_ERR_FORMAT, "%s: has %lld keys, 'length' of %s says %lld images", text,
                       (long long) db->catalog.count, db->path, (long long) db->length);
    db->catalog.count = db->length;
    return VG_OK;
}

static int find_keys(struct database *db, const char *text)
{
    if (text)
        return listed_keys(db, text);
    char *beside = vg_path_join(db->path, "keys.txt");
    const int rc = vg_file_exists(beside) ? listed_keys(db, beside) : all_keys(db);
    free(beside);
    return rc;
}

// ---- the database -------------------------------------------------------------------------------

static int open_main(struct database *db)
{
    MDB_txn *txn;
    int error = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn);
    if (error)
        return refuse(db, error);
    error = mdb_dbi_open(txn, NULL, 0, &db->dbi);
    mdb_txn_abort(txn);
    return error ? refuse(db, error) : VG_OK;
}

static int open_env(struct database *db)
{
    int rc;
    struct stat st;
    if (stat(db->path, &st))
        return vg_fail_errno(VG_ERR_IO, "%s: no LMDB database", db->path);
    const bool folder = S_ISDIR(st.st_mode);
    const unsigned flags = MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD;
    char *file = folder ? vg_path_join(db->path, "data.mdb") : vg_strdup(db->path);
    VG_TRY(vg_lmdb_check(file));
    int error = mdb_env_create(&db->env);
    if (!error)
        error = mdb_env_open(db->env, db->path, flags | (folder ? 0 : MDB_NOSUBDIR), 0);
    rc = error ? refuse(db, error) : open_main(db);
out:
    free(file);
    return rc;
}

// "PATH" or "PATH,KEYS"; a path may have commas of its own.  The texts are the caller's to free.
static void split_where(const char *where, char **path, char **keys)
{
    const char *comma = strrchr(where, ',');
    const bool both = comma && !vg_file_exists(where);
    *path = both ? vg_format("%.*s", (int) (comma - where), where) : vg_strdup(where);
    *keys = both ? vg_strdup(comma + 1) : NULL;
}

static int lmdb_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    int rc;
    char *keys = NULL;
    VG_TRY(vg_catalog_create(self, sizeof(struct database), &vg_dataset_lmdb, where, o));
    struct database *db = *self;
    db->catalog.read = read_value;
    split_where(where, &db->path, &keys);
    VG_TRY(open_env(db));
    VG_TRY(read_length(db));
    VG_TRY(find_keys(db, keys));
    VG_TRY(vg_catalog_check(&db->catalog, db->path, o));
out:
    free(keys);
    return rc;
}

static void lmdb_close(void *self)
{
    struct database *db = self;
    if (db->env)
        mdb_env_close(db->env);
    free(db->path);
    vg_catalog_close(self);
}

#else

static int lmdb_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    return vg_fail(VG_ERR_UNSUPPORTED,
                   "lmdb:%s: this program was built without LMDB (Debian: liblmdb-dev)", where);
}

static void lmdb_close(void *self)
{
}

#endif

const struct vg_dataset vg_dataset_lmdb = {
    .name = "lmdb",
    .help = "lmdb:PATH[,KEYS], images in an LMDB database, by a text of keys, without labels",
    .wanted = "lmdb:PATH or lmdb:PATH,KEYS",
    .open = lmdb_open,
    .count = vg_catalog_count,
    .image = vg_catalog_image,
    .stored = vg_catalog_stored,
    .skipped = vg_catalog_skipped,
    .close = lmdb_close,
};
