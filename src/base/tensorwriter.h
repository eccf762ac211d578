#pragma once

#include "base/dtype.h"

/**
 * Writes a file that vg_tensorfile_open reads (base/tensorfile.h).  Collect, then write:
 *
 *     struct vg_tensorwriter *w = vg_tensorwriter_create();
 *     vg_tensorwriter_meta(w, "method", "fra");
 *     vg_tensorwriter_add(w, "fc/w", VG_F32, 2, (int64_t[]){ rows, cols }, weights);
 *     VG_TRY(vg_tensorwriter_write(w, path));
 *
 * Tensors and metadata are stored sorted by name and the header is padded to 8 bytes with spaces,
 * so equal content gives equal bytes, in whatever order it was added.
 */
struct vg_tensorwriter;

struct vg_tensorwriter *vg_tensorwriter_create(void);
void vg_tensorwriter_destroy(struct vg_tensorwriter **w);

// name and dim are copied; data stays the caller's and must last until the write.  rank <= 8.
void vg_tensorwriter_add(struct vg_tensorwriter *w, const char *name, enum vg_dtype dtype, int rank,
                         const int64_t *dim, const void *data);

// Copies both; the later value of a key stays.
void vg_tensorwriter_meta(struct vg_tensorwriter *w, const char *key, const char *value);

// Replaces path whole or not at all (vg_file_write_spans).  VG_ERR_IO; VG_ERR_VALUE if two tensors
// share a name, one is called "__metadata__", or a text is not UTF-8.
int vg_tensorwriter_write(const struct vg_tensorwriter *w, const char *path);
