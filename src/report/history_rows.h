#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "report/metric.h"
#include "report/rows.h"

/**
 * What history needs of each row: whose it is, when it was, under what it ran, and its measures.
 * It comes from records just read or from an index of them (report/index.h), and is the same.
 */
struct vg_history_row {
    const char *file;   // as found below the path that was asked for
    int line;
    const char *suite, *name, *kind, *settings;   // NULL where the row has none, settings ""
    const char *device;
    const char *commit, *time;
    int64_t seconds;                                      // INT64_MIN if the row has no time
    const char *programs;                                 // engaged.programs_sha256
    const char *driver, *opencl, *build_options, *host;   // what is no part of a case's identity
    bool ok;   // status ok and no failed check; otherwise it has no measures
    struct vg_measure *measures;
    size_t count;
};

struct vg_history_rows {
    struct vg_arena *arena;   // of everything in the list
    struct vg_history_row *list;
    size_t count, room;
};

void vg_history_rows_init(struct vg_history_rows *h);
void vg_history_rows_finish(struct vg_history_rows *h);

// A zeroed one at the end of the list, where it stays until the next is added.
struct vg_history_row *vg_history_rows_add(struct vg_history_rows *h);

// Copies what is needed of the records, which may go then.
void vg_history_rows_add_records(struct vg_history_rows *h, const struct vg_rows *rows);

#define VG_ROWS_FILE_MOST ((size_t) 1 << 32)   // bytes of a file of rows

/**
 * The rows of a text that is, or is a part of, a file, a piece at a time, since whole objects take
 * many times the room of their text: `each` is called with some of them, in order, and other than
 * VG_OK ends it.  *line is the first one's and becomes that of what follows; *skipped grows by the
 * lines that were left out with a warning (report/rows.h).
 */
int vg_rows_each(const char *file, int *line, int64_t offset, const char *text, size_t bytes,
                 int (*each)(const struct vg_rows *rows, void *user), void *user, size_t *skipped);

// Reads the paths without an index; errors are those of vg_rows_read.
int vg_history_rows_read(struct vg_history_rows *h, const char *const *paths, size_t count);
