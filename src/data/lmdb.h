#pragma once

#include <stdbool.h>

#include "data/dataset.h"

/**
 * "lmdb:PATH" and "lmdb:PATH,KEYS": images in an LMDB database, in the layout of MCF's pre-training
 * data (its specification, section 6.2):
 *
 *     "length"   the number of images in decimal digits
 *     any key    an encoded image: the bytes of a JPEG, PNG, BMP, PGM or PPM file
 *
 * and a text of keys, one a line, which gives their order.  PATH is the folder that holds data.mdb,
 * or a database that is a single file.  Without KEYS the text is PATH/keys.txt; where there is none
 * the images are all keys but "length" in byte order, and must be as many as "length" says.  A text
 * of keys must have at least that many; what follows them is left, as the published reader does.
 *
 * Keys that are not there and images that cannot be decoded are left out and named, as from a
 * folder (folder.h), with the same options.  The database is opened read-only and without its lock,
 * so it may lie on a medium that cannot be written; nobody may write to it meanwhile.
 *
 * Errors  VG_ERR_IO for a path or a text that cannot be read, VG_ERR_FORMAT for what is no LMDB
 *         database, is cut or damaged (lmdb_check.h), has no "length" or another than its keys,
 *         VG_ERR_USAGE without a path and for another split, VG_ERR_UNSUPPORTED from a program
 *         built without LMDB.
 */
extern const struct vg_dataset vg_dataset_lmdb;

// How a long packing reports and is stopped; both may be NULL.
struct vg_lmdb_watch {
    void (*progress)(void *user, int64_t done, int64_t all);
    bool (*stop)(void *user);
    void *user;
};

/**
 * Packs all images of a data set that stores them (vg_data_stored), as they are stored, into
 * DIR/data.mdb and DIR/keys.txt: the layout above.  dir exists and has neither.  Equal images under
 * equal keys give equal bytes.
 *
 * Grey images stay grey, which the published reader does not accept and this one does.
 *
 * Errors  VG_ERR_VALUE for a key that LMDB or a text of keys cannot hold: longer than 511 bytes,
 *         twice there, "length", or with blanks at an end or a control character in it;
 *         VG_ERR_IO, VG_ERR_INTERRUPTED, VG_ERR_UNSUPPORTED as above or for images that are drawn.
 */
int vg_lmdb_pack(const struct vg_data *d, const char *dir, const struct vg_lmdb_watch *watch);
