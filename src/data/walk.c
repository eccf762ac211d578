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

static bool has_image_suffix(const char *name)
{
    static const char *const suffixes[] = { "jpg", "jpeg", "png", "bmp", "pgm", "ppm" };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
        if (!strcasecmp(dot + 1, suffixes[i]))
            return true;
    return false;
}

static void add_path(struct vg_walk *w, char *path)
{
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 256;
        w->paths = vg_grow(w->paths, (size_t) w->room, sizeof *w->paths);
    }
    w->paths[w->count++] = path;
}

void vg_walk_skip(struct vg_walk *w, const char *path, const char *reason)
{
    if (w->skipped_count == w->skipped_room) {
        w->skipped_room = w->skipped_room ? 2 * w->skipped_room : 16;
        w->skipped = vg_grow(w->skipped, (size_t) w->skipped_room, sizeof *w->skipped);
    }
    w->skipped[w->skipped_count++] = (struct vg_skipped) {
        vg_arena_string(w->arena, "%s", path),
        vg_arena_string(w->arena, "%s", reason),
    };
}

static bool is_own_ancestor(const struct level *here)
{
    for (const struct level *l = here->above; l; l = l->above)
        if (l->dev == here->dev && l->ino == here->ino)
            return true;
    return false;
}

static void visit(struct vg_walk *w, const char *dir, const struct level *above);

static void visit_entry(struct vg_walk *w, const char *dir, const struct dirent *entry,
                        const struct level *here)
{
    const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";
    char *path = vg_arena_string(w->arena, "%s%s%s", dir, slash, entry->d_name);
    const bool image = has_image_suffix(entry->d_name);
    if (entry->d_type == DT_REG) {
        if (image)
            add_path(w, path);
        return;
    }
    struct stat st;
    if (stat(path, &st)) {
        if (image)
            vg_walk_skip(w, path, strerror(errno));
    } else if (S_ISDIR(st.st_mode))
        visit(w, path, here);
    else if (image && S_ISREG(st.st_mode))
        add_path(w, path);
    else if (image)
        vg_walk_skip(w, path, "not a regular file");
}

static void visit(struct vg_walk *w, const char *dir, const struct level *above)
{
    DIR *d = opendir(dir);
    struct stat st;
    if (!d || fstat(dirfd(d), &st)) {
        vg_walk_skip(w, dir, strerror(errno));
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

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static int by_skipped_path(const void *a, const void *b)
{
    return strcmp(((const struct vg_skipped *) a)->path, ((const struct vg_skipped *) b)->path);
}

int vg_walk_images(struct vg_walk *w, const char *root)
{
    *w = (struct vg_walk) { .arena = vg_arena_create() };
    DIR *d = opendir(root);
    if (!d)
        return vg_fail_errno(VG_ERR_IO, "%s: not a directory of images", root);
    closedir(d);
    visit(w, root, NULL);
    if (w->count > 0)
        qsort(w->paths, (size_t) w->count, sizeof *w->paths, by_text);
    if (w->skipped_count > 0)
        qsort(w->skipped, (size_t) w->skipped_count, sizeof *w->skipped, by_skipped_path);
    return VG_OK;
}

void vg_walk_finish(struct vg_walk *w)
{
    free(w->paths);
    free(w->skipped);
    vg_arena_destroy(&w->arena);
    *w = (struct vg_walk) { 0 };
}
