#pragma once

#include "data/dataset.h"

/**
 * A folder that a command makes: it is written beside its place and takes the name when it is
 * whole.
 *
 *     VG_TRY(outdir_begin(&o, "faces"));   // writes go below o.part
 *     VG_TRY(outdir_commit(&o));
 * out:
 *     outdir_end(&o);                      // removes the part unless it was committed
 */
struct outdir {
    char *out;    // without slashes at its end
    char *part;   // NULL: nothing to remove
};

// VG_ERR_USAGE where out is there and not empty, VG_ERR_IO.
int outdir_begin(struct outdir *o, const char *out);
int outdir_commit(struct outdir *o);
void outdir_end(struct outdir *o);

// Makes a folder below the part.
int outdir_folder(const struct outdir *o, const char *name);

// Removes a file or a folder below the part, with all that is in it.
void outdir_remove(const struct outdir *o, const char *name);

// The images of a data set into a database in the part (data/lmdb.h); Ctrl-C ends it.
int outdir_pack(const struct outdir *o, const struct vg_data *d);
