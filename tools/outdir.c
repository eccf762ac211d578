#include "tools/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/lmdb.h"
#include "tools/cli.h"

// There is nothing yet, or an empty folder.
static int check_out(const char *out)
{
    DIR *d = opendir(out);
    if (!d && errno == ENOENT)
        return VG_OK;
    if (!d)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot become a folder", out);
    int entries = 0;
    for (const struct dirent *e; (e = readdir(d));)
        entries += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    if (entries > 0)
        return vg_fail(VG_ERR_USAGE, "%s is not empty; wanted a new folder or an empty one", out);
    return VG_OK;
}

// "faces/" and "faces" are the same folder, and the part's name is put behind it.
static void drop_slashes(char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = 0;
}

int outdir_begin(struct outdir *o, const char *out)
{
    int rc;
    *o = (struct outdir) { .out = vg_strdup(out) };
    drop_slashes(o->out);
    VG_TRY(check_out(o->out));
    o->part = vg_format("%s.%ld.part", o->out, (long) getpid());
    VG_TRY(vg_dir_make(o->part));
out:
    return rc;
}

int outdir_commit(struct outdir *o)
{
    if (rename(o->part, o->out) != 0)
        return vg_fail_errno(VG_ERR_IO, "%s: cannot take its name", o->out);
    free(o->part);
    o->part = NULL;
    return VG_OK;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

static void remove_tree(const char *path)
{
    enum { OPEN_FILES = 8 };
    nftw(path, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
}

void outdir_end(struct outdir *o)
{
    if (o->part)
        remove_tree(o->part);
    free(o->part);
    free(o->out);
    *o = (struct outdir) { 0 };
}

int outdir_folder(const struct outdir *o, const char *name)
{
    char *path = vg_path_join(o->part, name);
    const int rc = vg_dir_make(path);
    free(path);
    return rc;
}

void outdir_remove(const struct outdir *o, const char *name)
{
    char *path = vg_path_join(o->part, name);
    remove_tree(path);
    free(path);
}

static void show(void *user, int64_t done, int64_t all)
{
    cli_progress("%" PRId64 " of %" PRId64 " images", done, all);
}

static bool stop(void *user)
{
    return tools_interrupted();
}

int outdir_pack(const struct outdir *o, const struct vg_data *d)
{
    const int rc = vg_lmdb_pack(d, o->part, &(struct vg_lmdb_watch) { show, stop, NULL });
    cli_progress_end();
    return rc;
}
