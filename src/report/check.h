#pragma once

#include "report/rows.h"

/**
 * Whether rows are what the contract says: the schema of results/schema.json, which is in the
 * program, and the digest a row carries.  A row without a digest was written by another program or
 * before there was one; that is counted and no offence.
 */
struct vg_rows_checked {
    size_t rows, wrong, edited, without_digest;
};

// Calls tell for each offence; where is "FILE:LINE", what begins with the field.  The reasons for
// VG_ERR_* are in the program, not in the rows.
int vg_rows_check(struct vg_rows_checked *c, const struct vg_rows *rows,
                  void (*tell)(const char *where, const char *what, void *user), void *user);

// The schema as text.
extern const char vg_row_schema[];
