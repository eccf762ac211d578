#pragma once

#include "base/mem.h"
#include "data/dataset.h"

/**
 * Encoded images that are stored somewhere: files of a folder or of a list, values of a database.
 * A data set of stored images begins with a catalog and adds how it finds them and how one is read;
 * this is the rest: what cannot be decoded is left out and named, what can has its final number.
 */
struct vg_stored {
    const char *path;   // for messages: "/data/faces/a/1.jpg", "faces.lmdb:a/1.jpg"
    const char *key;    // within the data set: "a/1.jpg"
};

struct vg_catalog {
    struct vg_arena *arena;   // all texts
    struct vg_stored *items;
    int64_t count;
    struct vg_skipped *skipped;
    int64_t skipped_count;
    int64_t room, skipped_room;

    // The bytes of an item; free() them.  Called by several threads at once.  Messages begin with
    // its path.
    int (*read)(const struct vg_catalog *c, const struct vg_stored *item, char **data,
                size_t *bytes);
};

/**
 * The beginning of an `open`: makes *self, zeroed and of that many bytes, which begins with an
 * empty catalog.
 *
 * VG_ERR_USAGE where nothing follows the colon, and for a split: there are no labels.
 */
int vg_catalog_create(void **self, size_t bytes, const struct vg_dataset *kind, const char *where,
                      const struct vg_dataset_options *o);
void vg_catalog_close(void *self);   // and frees self

// Both texts of an item belong to the arena; those of a skipped one are copied.
void vg_catalog_add(struct vg_catalog *c, const char *path, const char *key);
void vg_catalog_skip(struct vg_catalog *c, const char *path, const char *reason);

// An item that is a file: what `read` of folders and lists is.
int vg_catalog_read_file(const struct vg_catalog *c, const struct vg_stored *item, char **data,
                         size_t *bytes);

/**
 * Decodes every item once, on o->threads threads; those that fail become skipped ones, the first
 * ten of which a warning names.  With o->trust only headers are read.  o->count ends it early.
 * VG_ERR_IO if there is no item, VG_ERR_FORMAT if none can be read; `where` begins the message.
 */
int vg_catalog_check(struct vg_catalog *c, const char *where, const struct vg_dataset_options *o);

// What a struct vg_dataset wants, for a self that begins with a catalog.
int64_t vg_catalog_count(const void *self);
int vg_catalog_image(const void *self, int64_t index, struct vg_image *out);
int vg_catalog_stored(const void *self, int64_t index, const char **key, char **data,
                      size_t *bytes);
const struct vg_skipped *vg_catalog_skipped(const void *self, int64_t *count);
