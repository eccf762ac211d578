#pragma once

#include "data/dataset.h"

/**
 * "list:FILE": the images that a text file names, one path a line, in its order.
 *
 * Blanks around a path and empty lines are left out; the rest of the line is the path.  One that is
 * not absolute begins at the folder of FILE.  What is missing or cannot be read is left out and
 * named, as from a folder (folder.h), with the same options; it has no labels and no split other
 * than train.
 *
 * Errors  VG_ERR_IO for a list that cannot be read or names nothing, VG_ERR_FORMAT if none of its
 *         images can be read, or if it holds a NUL and so is no text, VG_ERR_USAGE without a file
 *         and for another split.
 */
extern const struct vg_dataset vg_dataset_list;

struct vg_catalog;

// Calls add for every name that the text file at path lists; the name belongs to the arena of c.
int vg_list_read(const char *path, struct vg_catalog *c,
                 void (*add)(struct vg_catalog *c, const char *name, void *user), void *user);
