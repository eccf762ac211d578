#pragma once

#include <stddef.h>

#include "report/rows.h"

/**
 * Rows in other programs' formats.
 *
 *     csv       a line a row, RFC 4180, a head line; figures and texts, not samples
 *     markdown  a table a suite, the figures that people look at
 *     sql       tables `result`, `sample` and `metric` and what fills them, in one transaction, in
 *               the SQL that SQLite and PostgreSQL share
 *     bencher   Bencher Metric Format: latency in ns with its interval, throughput, accuracy, loss,
 *               memory; of a case's rows the newest that is ok
 *     lnt       an LLVM LNT report, format 2: one machine and one run, so the rows must be of one
 *               device and those of the newest commit are taken
 *     mlperf    MLPerf training's log lines, ":::MLLOG {...}", for each pre-training row, and the
 *               evaluation that names it; a point of time is the row's own plus what had passed
 *
 * A figure that a row does not have is empty, NULL or left out, never zero.
 *
 * Sources: RFC 4180; bencher.dev, "Bencher Metric Format"; llvm.org/docs/lnt, "LNT Report File
 * Format"; github.com/mlcommons/logging, compliance_checker/training_4.1.0/common.yaml.
 */
struct vg_text;

struct vg_export {
    const char *name, *help;
    int (*write)(const struct vg_rows *rows, struct vg_text *out);
};

extern const struct vg_export vg_exports[];   // ends with a name of NULL

// ---- shared by the formats ----------------------------------------------------------------------

enum vg_column_type { VG_COLUMN_TEXT, VG_COLUMN_INTEGER, VG_COLUMN_REAL, VG_COLUMN_BOOL };

struct vg_column {
    const char *name;
    enum vg_column_type type;
    const char *path;   // in the row's object; NULL: settings, samples, last_loss, in their way
};

extern const struct vg_column vg_columns[];   // ends with a name of NULL

// The column's value as text, or NULL where the row has none.  The text is valid until the next
// call with the same room.
const char *vg_column_text(const struct vg_record *r, const struct vg_column *c,
                           struct vg_text *room);

int vg_export_csv(const struct vg_rows *rows, struct vg_text *out);
int vg_export_markdown(const struct vg_rows *rows, struct vg_text *out);
int vg_export_sql(const struct vg_rows *rows, struct vg_text *out);
int vg_export_bencher(const struct vg_rows *rows, struct vg_text *out);
int vg_export_lnt(const struct vg_rows *rows, struct vg_text *out);
int vg_export_mlperf(const struct vg_rows *rows, struct vg_text *out);
