#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "report/rows.h"

struct seen {
    struct file_id {
        dev_t device;
        ino_t inode;
    } * list;
    size_t count;
};

static bool is_new(struct seen *s, const struct stat *info)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].device == info->st_dev && s->list[i].inode == info->st_ino)
            return false;
    s->list = vg_grow(s->list, ++s->count, sizeof *s->list);
    s->list[s->count - 1] = (struct file_id) { info->st_dev, info->st_ino };
    return true;
}

static void add(struct vg_row_files *f, const char *path)
{
    if (f->count == f->room) {
        f->room = f->room ? 2 * f->room : 64;
        f->path = vg_grow(f->path, f->room, sizeof *f->path);
    }
    f->path[f->count++] = vg_arena_string(f->arena, "%s", path);
}

static bool is_rows(const char *name)
{
    static const char ending[] = ".jsonl";
    const size_t length = strlen(name), tail = sizeof ending - 1;
    return length > tail && !strcmp(name + length - tail, ending);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

// One entry of the walk; *found counts what can be read, met before or not.
static int take(struct vg_row_files *f, struct seen *seen, FTS *walk, FTSENT *e, size_t *found)
{
    const bool given = e->fts_level == FTS_ROOTLEVEL;
    switch (e->fts_info) {
    case FTS_D:
        if (!given && e->fts_name[0] == '.')
            fts_set(walk, e, FTS_SKIP);
        return VG_OK;
    case FTS_F:
    case FTS_DEFAULT:   // a pipe: read if it is what the user named
        if (given || (e->fts_info == FTS_F && e->fts_name[0] != '.' && is_rows(e->fts_name))) {
            ++*found;
            if (is_new(seen, e->fts_statp))
                add(f, e->fts_path);
        }
        return VG_OK;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
    case FTS_SLNONE:
        errno = e->fts_errno ? e->fts_errno : ENOENT;
        return vg_fail_errno(VG_ERR_IO, "%s: cannot be read", e->fts_path);
    default: return VG_OK;   // a folder a second time: behind its files, or its own ancestor
    }
}

static int find_below(struct vg_row_files *f, struct seen *seen, const char *path)
{
    int rc = VG_OK;
    size_t found = 0;
    char *roots[] = { vg_strdup(path), NULL };
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!walk) {
        rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be read", path);
        goto out;
    }
    FTSENT *e;
    while (errno = 0, (e = fts_read(walk)))
        VG_TRY(take(f, seen, walk, e, &found));
    if (errno != 0)
        rc = vg_fail_errno(VG_ERR_IO, "%s: cannot be read", path);
    else if (found == 0)
        rc = vg_fail(VG_ERR_IO, "%s: no file *.jsonl below it", path);
out:
    if (walk)
        fts_close(walk);
    free(roots[0]);
    return rc;
}

int vg_row_files_find(struct vg_row_files *f, const char *const *paths, size_t count)
{
    int rc = VG_OK;
    struct seen seen = { 0 };
    *f = (struct vg_row_files) { .arena = vg_arena_create() };
    for (size_t i = 0; i < count; i++)
        VG_TRY(find_below(f, &seen, paths[i]));
out:
    free(seen.list);
    return rc;
}

void vg_row_files_finish(struct vg_row_files *f)
{
    vg_arena_destroy(&f->arena);
    free(f->path);
    *f = (struct vg_row_files) { 0 };
}
