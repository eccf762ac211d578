#pragma once

#include <stdint.h>

#include "base/mem.h"
#include "data/dataset.h"

/**
 * The image files below a directory, in the byte order of their paths.
 *
 * A file counts by its suffix (jpg jpeg png bmp pgm ppm, either case).  Links are followed; a
 * directory that is its own ancestor is not entered again.  Names that begin with a dot are left
 * out.  What has the suffix and is no regular file, and directories that cannot be read, are
 * `skipped` with their reason.
 */
struct vg_walk {
    struct vg_arena *arena;   // all texts
    char **paths;
    int64_t count;
    struct vg_skipped *skipped;
    int64_t skipped_count;
    int64_t room, skipped_room;
};

// VG_ERR_IO if root is no directory that can be read.  Finish it either way.
int vg_walk_images(struct vg_walk *w, const char *root);
void vg_walk_skip(struct vg_walk *w, const char *path, const char *reason);
void vg_walk_finish(struct vg_walk *w);
