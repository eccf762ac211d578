#include "data/lmdb.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/text.h"

#ifdef VG_WITH_LMDB

#include <lmdb.h>

enum {
    FIRST_MAP_BYTES = 16 << 20,
    COMMIT_BYTES = 32 << 20,
    SPARE_PAGES = 64,   // of the index: what one image can add to it, several times over
};

struct packer {
    const char *file;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    size_t map_bytes, page_bytes;
    size_t pending_bytes, pending_images;   // since the last commit
    struct vg_text keys;
};

static int failed(const struct packer *p, int error)
{
    return vg_fail(error == ENOMEM ? VG_ERR_MEMORY : VG_ERR_IO, "%s: cannot be written: %s",
                   p->file, mdb_strerror(error));
}

#define LMDB_TRY(p, call)                                                                          \
    do {                                                                                           \
        const int error_ = (call);                                                                 \
        if (error_)                                                                                \
            return failed(p, error_);                                                              \
    } while (0)

// ---- transactions -------------------------------------------------------------------------------

static int begin(struct packer *p)
{
    LMDB_TRY(p, mdb_txn_begin(p->env, NULL, 0, &p->txn));
    LMDB_TRY(p, mdb_dbi_open(p->txn, NULL, 0, &p->dbi));
    return VG_OK;
}

static int commit(struct packer *p)
{
    MDB_txn *txn = p->txn;
    p->txn = NULL;   // it is gone, whatever becomes of it
    p->pending_bytes = p->pending_images = 0;
    if (txn)
        LMDB_TRY(p, mdb_txn_commit(txn));
    return VG_OK;
}

// The map is doubled until it holds what was committed, what is pending and the next image; it can
// only be made larger between transactions.
static int make_room(struct packer *p, size_t bytes)
{
    int rc = VG_OK;
    MDB_envinfo info;
    mdb_env_info(p->env, &info);
    const size_t index = (SPARE_PAGES + 4 * (p->pending_images + 1)) * p->page_bytes;
    const size_t wanted =
        (info.me_last_pgno + 1) * p->page_bytes + p->pending_bytes + bytes + index;
    if (wanted > p->map_bytes || p->pending_bytes > COMMIT_BYTES)
        VG_TRY(commit(p));
    while (p->map_bytes < wanted)
        p->map_bytes *= 2;
    if (!p->txn) {
        LMDB_TRY(p, mdb_env_set_mapsize(p->env, p->map_bytes));
        VG_TRY(begin(p));
    }
out:
    return rc;
}

// ---- entries ------------------------------------------------------------------------------------

static int put(struct packer *p, const char *key, const void *data, size_t bytes)
{
    int rc;
    VG_TRY(make_room(p, bytes));
    MDB_val k = { strlen(key), (void *) key }, v = { bytes, (void *) data };
    const int error = mdb_put(p->txn, p->dbi, &k, &v, MDB_NOOVERWRITE);
    if (error == MDB_KEYEXIST)
        return vg_fail(VG_ERR_VALUE, "two images are called '%s'", key);
    if (error)
        return failed(p, error);
    // An image lies on pages of its own, behind a head of 16 bytes.
    p->pending_bytes += (bytes + 16 + p->page_bytes - 1) / p->page_bytes * p->page_bytes;
    p->pending_images++;
out:
    return rc;
}

static int check_key(const struct packer *p, const char *key)
{
    const size_t length = strlen(key), most = (size_t) mdb_env_get_maxkeysize(p->env);
    const char *why = NULL;
    for (const char *c = key; *c; c++)
        if (iscntrl((unsigned char) *c))
            why = "has a control character in it";
    if (length == 0 || isspace((unsigned char) key[0]) || isspace((unsigned char) key[length - 1]))
        why = "is empty, or begins or ends with a blank";
    if (!strcmp(key, "length"))
        why = "is taken: it holds the number of images";
    if (length > most)
        return vg_fail(VG_ERR_VALUE, "'%s' cannot be a key: %zu bytes, LMDB accepts %zu", key,
                       length, most);
    return why ? vg_fail(VG_ERR_VALUE, "'%s' cannot be a key: it %s", key, why) : VG_OK;
}

static int pack_image(struct packer *p, const struct vg_data *d, int64_t index)
{
    int rc;
    const char *key;
    char *data = NULL;
    size_t bytes;
    VG_TRY(vg_data_stored(d, index, &key, &data, &bytes));
    VG_TRY(check_key(p, key));
    VG_TRY(put(p, key, data, bytes));
    vg_text_add(&p->keys, "%s\n", key);
out:
    free(data);
    return rc;
}

// ---- the database -------------------------------------------------------------------------------

// The folder is this program's alone until it is whole, so nothing is synced before the end.
static int open_new(struct packer *p)
{
    MDB_stat stat;
    if (vg_file_exists(p->file))
        return vg_fail(VG_ERR_USAGE, "%s: is there already", p->file);
    p->map_bytes = FIRST_MAP_BYTES;
    LMDB_TRY(p, mdb_env_create(&p->env));
    LMDB_TRY(p, mdb_env_set_mapsize(p->env, p->map_bytes));
    LMDB_TRY(p, mdb_env_open(p->env, p->file, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0666));
    LMDB_TRY(p, mdb_env_stat(p->env, &stat));
    p->page_bytes = stat.ms_psize;
    return VG_OK;
}

static int pack_all(struct packer *p, const struct vg_data *d, const struct vg_lmdb_watch *watch)
{
    int rc = VG_OK;
    char length[24];
    const int64_t count = vg_data_count(d);
    for (int64_t i = 0; i < count; i++) {
        if (watch && watch->stop && watch->stop(watch->user))
            return vg_fail(VG_ERR_INTERRUPTED, "interrupted");
        VG_TRY(pack_image(p, d, i));
        if (watch && watch->progress)
            watch->progress(watch->user, i + 1, count);
    }
    snprintf(length, sizeof length, "%lld", (long long) count);
    VG_TRY(put(p, "length", length, strlen(length)));
    VG_TRY(commit(p));
    LMDB_TRY(p, mdb_env_sync(p->env, 1));
out:
    return rc;
}

int vg_lmdb_pack(const struct vg_data *d, const char *dir, const struct vg_lmdb_watch *watch)
{
    int rc;
    char *file = vg_path_join(dir, "data.mdb"), *text = vg_path_join(dir, "keys.txt");
    struct packer p = { .file = file };
    VG_TRY(open_new(&p));
    VG_TRY(pack_all(&p, d, watch));
    VG_TRY(vg_file_write(text, vg_text_string(&p.keys), p.keys.length));
out:
    if (p.txn)
        mdb_txn_abort(p.txn);
    if (p.env)
        mdb_env_close(p.env);
    vg_text_finish(&p.keys);
    free(file);
    free(text);
    return rc;
}

#else

int vg_lmdb_pack(const struct vg_data *d, const char *dir, const struct vg_lmdb_watch *watch)
{
    return vg_fail(VG_ERR_UNSUPPORTED,
                   "%s: this program was built without LMDB (Debian: liblmdb-dev)", dir);
}

#endif
