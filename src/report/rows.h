#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Result rows, read back: files of one JSON object a line (bench/row.h says what is in one), from
 * one machine or many.
 *
 * A row keeps its whole object, unknown fields too, and has beside it what every reader asks for:
 * text is NULL, a number NAN and an array NULL with a count of 0 where the row has none, has null,
 * or has another type there.  Everything belongs to the vg_rows and stays where it is until
 * vg_rows_destroy.
 */
enum vg_record_check { VG_RECORD_UNCHECKED, VG_RECORD_CHECK_FAILED, VG_RECORD_CHECK_PASSED };
enum vg_record_digest { VG_RECORD_NO_DIGEST, VG_RECORD_DIGEST_GOOD, VG_RECORD_DIGEST_WRONG };

struct vg_record {
    json_t *json;   // whole
    const char *file;
    int line;         // from 1
    int64_t offset;   // of the line's first byte in the file

    const char *suite, *name, *kind;   // name: the field "case"
    const char *settings;              // "batch=6 data=synthetic", keys sorted; "" if none
    const char *status, *reason;
    const char *commit, *program_version;
    const char *time;   // "2026-11-24T12:10:33Z"
    int64_t seconds;    // the same since 1970; INT64_MIN if it is missing or not such a text

    const char *device_id, *device_name, *device_type, *driver, *opencl_version;
    const char *host_cpu;
    const char *programs;   // engaged.programs_sha256

    const double *samples_ns;   // numbers of time_ns.samples, others left out
    size_t samples;
    const double *wall_ns;   // of time_ns.wall.samples
    size_t walls;
    double median_ns, low_ns, high_ns;   // as the row has them
    const char *unit_of_work;
    double throughput;
    const char *throughput_unit;

    enum vg_record_check checked;
    const json_t *accuracy;   // an object of numbers, or NULL
    const double *loss;       // training.loss, a step each, NAN for null
    size_t losses;
    double last_loss;
};

struct vg_rows {
    struct vg_record *list;   // files in the order of the paths, then of their names; then lines
    size_t count;
    size_t skipped;   // lines that were left out with a warning
    struct vg_rows_store *store;
};

struct vg_rows_how {
    // A line that is no JSON object, or whose schema is newer than this program, ends the reading
    // with VG_ERR_FORMAT and file:line; otherwise it is left out with one warning (base/log.h).  A
    // last line without line feed that is not JSON is what a crash left: it is only ever warned of.
    bool refuse_malformed;
};   // zero means the default; NULL where it is asked for is the same

/**
 * Reads the paths, each a file or a folder, whose files *.jsonl are read at any depth (names that
 * begin with a dot left out, links followed); a file that is met twice is read once.
 *
 * VG_ERR_IO for a path that cannot be read or a folder without such a file.  *rows is NULL after a
 * failure.
 */
int vg_rows_read(struct vg_rows **rows, const char *const *paths, size_t count,
                 const struct vg_rows_how *how);

// No rows; and the rows of a text that is, or is a part of, `file`, from that line and offset on.
struct vg_rows *vg_rows_create(void);
int vg_rows_add_text(struct vg_rows *r, const char *file, int line, int64_t offset,
                     const char *text, size_t bytes, const struct vg_rows_how *how);

void vg_rows_destroy(struct vg_rows **rows);

// Whether the row's digest (VG_JSON_DIGEST in base/json.h) is that of its content.
enum vg_record_digest vg_record_digest(const struct vg_record *r);

// ---- files --------------------------------------------------------------------------------------

struct vg_row_files {
    struct vg_arena *arena;
    const char **path;
    size_t count, room;
};

// The files that vg_rows_read would read, in its order, and its errors; finish it either way.
int vg_row_files_find(struct vg_row_files *f, const char *const *paths, size_t count);
void vg_row_files_finish(struct vg_row_files *f);
