#include "data/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/err.h"

// The directories above the one being read.
struct level {
    const struct level *above;
    dev_t dev;
    ino_t ino;
};

struct walk {
    struct vg_catalog *catalog;
    size_t root;   // bytes of a path before its key
};

static bool has_image_suffix(const char *name)
{
    static const char *const suffixes[] = { "jpg", "jpeg", "png", "bmp", "pgm", "ppm" };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
        if (!strcasecmp(dot + 1, suffixes[i]))
            return true;
    return false;
}

static bool is_own_ancestor(const struct level *here)
{
    for (const struct level *l = here->above; l; l = l->above)
        if (l->dev == here->dev && l->ino == here->ino)
            return true;
    return false;
}

static void visit(struct walk *w, const char *dir, const struct level *above);

static void visit_entry(struct walk *w, const char *dir, const struct dirent *entry,
                        const struct level *here)
{
    const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";
    char *path = vg_arena_string(w->catalog->arena, "%s%s%s", dir, slash, entry->d_name);
    const bool image = has_image_suffix(entry->d_name);
    if (entry->d_type == DT_REG) {
        if (image)
            vg_catalog_add(w->catalog, path, path + w->root);
        return;
    }
    struct stat st;
    if (stat(path, &st)) {
        if (image)
            vg_catalog_skip(w->catalog, path, strerror(errno));
    } else if (S_ISDIR(st.st_mode))
        visit(w, path, here);
    else if (image && S_ISREG(st.st_mode))
        vg_catalog_add(w->catalog, path, path + w->root);
    else if (image)
        vg_catalog_skip(w->catalog, path, "not a regular file");
}

static void visit(struct walk *w, const char *dir, const struct level *above)
{
    DIR *d = opendir(dir);
    struct stat st;
    if (!d || fstat(dirfd(d), &st)) {
        vg_catalog_skip(w->catalog, dir, strerror(errno));
        if (d)
            closedir(d);
        return;
    }
    const struct level here = { above, st.st_dev, st.st_ino };
    if (!is_own_ancestor(&here))
        for (const struct dirent *entry; (entry = readdir(d));)
            if (entry->d_name[0] != '.')
                visit_entry(w, dir, entry, &here);
    closedir(d);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct vg_stored *) a)->path, ((const struct vg_stored *) b)->path);
}

static int by_skipped_path(const void *a, const void *b)
{
    return strcmp(((const struct vg_skipped *) a)->path, ((const struct vg_skipped *) b)->path);
}

int vg_walk_images(struct vg_catalog *c, const char *root)
{
    const size_t length = strlen(root);
    struct walk w = { c, length + (length > 0 && root[length - 1] != '/') };
    DIR *d = opendir(root);
    if (!d)
        return vg_fail_errno(VG_ERR_IO, "%s: not a directory of images", root);
    closedir(d);
    visit(&w, root, NULL);
    if (c->count > 0)
        qsort(c->items, (size_t) c->count, sizeof *c->items, by_path);
    if (c->skipped_count > 0)
        qsort(c->skipped, (size_t) c->skipped_count, sizeof *c->skipped, by_skipped_path);
    return VG_OK;
}
