#include "data/folder.h"

#include <stdlib.h>

#include "base/err.h"
#include "data/walk.h"

static int folder_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    int rc;
    if (!*where)
        return vg_fail(VG_ERR_USAGE, "folder: which one? wanted folder:DIRECTORY");
    if (o->split != VG_SPLIT_TRAIN)
        return vg_fail(VG_ERR_USAGE, "folder:%s has no labels and no split but train", where);
    struct vg_catalog *c = vg_alloc(1, sizeof *c);
    *self = c;
    vg_catalog_init(c);
    c->read = vg_catalog_read_file;
    VG_TRY(vg_walk_images(c, where));
    if (c->count == 0)
        return vg_fail(VG_ERR_IO, "%s: no JPEG, PNG, BMP, PGM or PPM files in it or below", where);
    VG_TRY(vg_catalog_check(c, where, o));
out:
    return rc;
}

static void folder_close(void *self)
{
    vg_catalog_finish(self);
    free(self);
}

const struct vg_dataset vg_dataset_folder = {
    .name = "folder",
    .help = "folder:DIRECTORY, every image file below it, without labels",
    .open = folder_open,
    .count = vg_catalog_count,
    .image = vg_catalog_image,
    .stored = vg_catalog_stored,
    .skipped = vg_catalog_skipped,
    .close = folder_close,
};
