#pragma once

#include "data/catalog.h"

/**
 * The image files below a directory, in the byte order of their paths.
 *
 * A file counts by its suffix (jpg jpeg png bmp pgm ppm, either case).  Links are followed; a
 * directory that is its own ancestor is not entered again.  Names that begin with a dot are left
 * out.  What has the suffix and is no regular file, and directories that cannot be read, are
 * skipped with their reason.  Keys are paths below root.
 *
 * VG_ERR_IO if root is no directory that can be read.
 */
int vg_walk_images(struct vg_catalog *c, const char *root);
