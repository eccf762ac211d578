#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"

/**
 * Tensors by name in a file: weights, checkpoints, golden traces.  The format is safetensors:
 *
 *     u64 little-endian header length, a JSON object, then the tensors' bytes
 *     { "__metadata__": { key: string }, name: { "dtype", "shape", "data_offsets": [begin, end] } }
 *
 * Reading is strict.  A file is refused, with one line that names it and the tensor, when its
 * header is longer than 100 MiB or than the file, is no JSON object, names a tensor twice or has a
 * field more or less than the three; when a dtype is unknown, a shape is negative, has more than 8
 * dimensions or overflows; when a tensor's bytes are not those of its shape; and when the tensors
 * together do not cover the data exactly, without gap and overlap.
 *
 * Source: the format's description, github.com/huggingface/safetensors.
 */
enum { VG_TENSORFILE_RANK = 8 };

struct vg_tensorfile;

struct vg_tensorfile_entry {
    const char *name;
    enum vg_dtype dtype;
    int rank;
    int64_t dim[VG_TENSORFILE_RANK];
    const void *data;   // aligned to its element
    size_t bytes;
    size_t count;   // elements
};

// VG_ERR_IO, VG_ERR_MEMORY, or VG_ERR_FORMAT as above.  Everything read belongs to *f.
int vg_tensorfile_open(struct vg_tensorfile **f, const char *path);
void vg_tensorfile_close(struct vg_tensorfile **f);

// The tensors in the order of their names (by strcmp), i < vg_tensorfile_count.
size_t vg_tensorfile_count(const struct vg_tensorfile *f);
const struct vg_tensorfile_entry *vg_tensorfile_at(const struct vg_tensorfile *f, size_t i);

// The tensor of that name, or NULL; _need fails instead with VG_ERR_FORMAT, naming the file.
const struct vg_tensorfile_entry *vg_tensorfile_find(const struct vg_tensorfile *f,
                                                     const char *name);
int vg_tensorfile_need(const struct vg_tensorfile *f, const char *name,
                       const struct vg_tensorfile_entry **entry);

// The metadata of that key, or NULL.
const char *vg_tensorfile_meta(const struct vg_tensorfile *f, const char *key);

// All elements, converted from any dtype to the nearest value.  VG_ERR_SHAPE unless the tensor has
// count elements.
int vg_tensorfile_floats(const struct vg_tensorfile_entry *e, float *out, size_t count);
int vg_tensorfile_doubles(const struct vg_tensorfile_entry *e, double *out, size_t count);
