#pragma once

#include <stdbool.h>

#include "report/history_rows.h"

/**
 * An SQLite index over a folder of rows, so that thousands of them answer at once.
 *
 * It lies in <folder>/.index/rows.sqlite and holds nothing that the rows do not: it can be deleted
 * at any time, and one of another version, or damaged, is made anew.  Of a file that grew only what
 * is new is read; one whose beginning is another than it was is read from its start.  A file of the
 * same size, modification time and inode is taken for unchanged, unless it was modified so shortly
 * before it was read that the time may not tell.
 *
 * Processes that bring it up to date wait for each other (a lock beside it); whoever reads sees the
 * state before or after.  For a path that is a file, or a folder that cannot be written, the index
 * is in memory and made for the call.
 *
 *     files     id, path, size, mtime_ns, inode, read_ns (when), consumed (bytes of whole lines),
 *               sha256 (of those), lines (of those), skipped (lines that are no rows), cut (1: what
 *               follows them is none)
 *     rows      id, file, line, byte, suite, name, kind, settings, status, reason, checked,
 *               commit_id, program_version, time, seconds, device, device_name, driver, opencl,
 *               build_options, host, programs, median_ns, low_ns, high_ns, throughput,
 *               throughput_unit, ok
 *     measures  row, metric, unit, value     (report/metric.h; none of a row that is not ok)
 *
 * A program built without SQLite has VG_ERR_UNSUPPORTED from each of these, and says so.
 */
struct vg_index;

bool vg_index_is_built(void);

// Opens the path's index and brings it up to date.  Errors as vg_rows_read has them.
int vg_index_open(struct vg_index **x, const char *path);
void vg_index_close(struct vg_index **x);

const char *vg_index_file(const struct vg_index *x);   // NULL: in memory

// The rows of all paths by way of their indices, in the order of the paths, then of file names; a
// file that is met twice is taken once.
int vg_index_rows(struct vg_history_rows *rows, const char *const *paths, size_t count);

struct vg_index_cell {
    const char *text;   // NULL for null
    bool number;        // an integer or a real
};

/**
 * Runs one statement that reads.  `row` is called with the columns' names, then with each line's
 * values; other than VG_OK ends it.  VG_ERR_USAGE, with what SQLite says, for a statement that is
 * wrong, would write, or has another behind it.
 */
int vg_index_query(struct vg_index *x, const char *sql,
                   int (*row)(size_t count, const struct vg_index_cell *cell, void *user),
                   void *user);
