#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * Files and paths.  Every int is VG_OK or VG_ERR_IO with a message that names the path, unless
 * said otherwise.
 */

// The whole file, with a NUL behind its bytes that is not counted; free() it.  bytes may be NULL.
// VG_ERR_VALUE if it has more than max_bytes, VG_ERR_MEMORY if memory does not hold it.
int vg_file_read(const char *path, size_t max_bytes, char **data, size_t *bytes);

struct vg_span {
    const void *data;
    size_t bytes;
};

/**
 * Writes the spans, one behind the other, as the whole content of path: into
 * "<path>.<process id>.part" first, which is synced and then takes the name.  So a reader sees the
 * old content or the new one and never a part of it, and a failure leaves the old one.
 */
int vg_file_write_spans(const char *path, const struct vg_span *spans, size_t count);
int vg_file_write(const char *path, const void *data, size_t bytes);

bool vg_file_exists(const char *path);

// Makes the directory and those above it; one that is there already is fine.
int vg_dir_make(const char *path);

char *vg_path_join(const char *dir, const char *name);   // name alone if absolute; free() it
char *vg_path_dir(const char *path);                     // "." if it names none; free() it
const char *vg_path_base(const char *path);              // what follows the last '/'
