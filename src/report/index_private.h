#pragma once

#include <sqlite3.h>

#include "report/index.h"

// What the files index*.c share.

struct vg_indexed_file {
    const char *path;   // as it was found
    const char *name;   // below the folder
    int64_t id;         // in the index, 0: not in it
    int64_t size, mtime_ns, inode, device;
    int skipped;   // lines that are no rows
    bool fresh;    // read in this call
};

struct vg_index {
    sqlite3 *db;
    char *root;            // as the caller wrote it
    char *folder, *file;   // <root>/.index and what is in it; NULL for an index in memory
    struct vg_row_files found;
    struct vg_indexed_file *files;   // found.count of them
};

// Prepares or runs a statement; VG_ERR_FORMAT where SQLite says that the file is damaged or none of
// its own, else VG_ERR_IO.
int vg_index_prepare(struct vg_index *x, const char *sql, sqlite3_stmt **s);
int vg_index_run(struct vg_index *x, const char *sql);

// The failure of the call before, as such a code with a message.
int vg_index_failed(struct vg_index *x, const char *what);

// Fills what the index knows of the files; *current says whether all are as they were read, and
// nothing else is in the index.
int vg_index_check(struct vg_index *x, bool *current);

// Brings it up to date in one transaction; whoever calls keeps others out.
int vg_index_update(struct vg_index *x);
