#include "data/folder.h"

#include "base/err.h"
#include "data/walk.h"

static int folder_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    int rc;
    VG_TRY(vg_catalog_create(self, sizeof(struct vg_catalog), &vg_dataset_folder, where, o));
    struct vg_catalog *c = *self;
    c->read = vg_catalog_read_file;
    VG_TRY(vg_walk_images(c, where));
    if (c->count == 0)
        return vg_fail(VG_ERR_IO, "%s: no JPEG, PNG, BMP, PGM or PPM files in it or below", where);
    VG_TRY(vg_catalog_check(c, where, o));
out:
    return rc;
}

const struct vg_dataset vg_dataset_folder = {
    .name = "folder",
    .help = "folder:DIRECTORY, every image file below it, without labels",
    .wanted = "folder:DIRECTORY",
    .open = folder_open,
    .count = vg_catalog_count,
    .image = vg_catalog_image,
    .stored = vg_catalog_stored,
    .skipped = vg_catalog_skipped,
    .close = vg_catalog_close,
};
