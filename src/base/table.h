#pragma once

#include <stdbool.h>

/**
 * A table of text: columns first, then cells row by row, then the whole into a vg_text.
 *
 *     case       median  unit
 *     l2norm 1     12.5  us
 *
 * Columns are as wide as their widest cell on a terminal, two blanks apart; no blanks at the end
 * of a line.  Control characters in cells are replaced by '?'.
 */
struct vg_table;
struct vg_text;

struct vg_table *vg_table_create(void);
void vg_table_destroy(struct vg_table **t);

// Before the first cell.  Numbers are right-aligned, other columns left-aligned.
void vg_table_column(struct vg_table *t, const char *head, bool number);

// The next cell; after the last column the next row begins.
void vg_table_cell(struct vg_table *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Appends the head and all rows to out, a line each; a row that was not filled ends early.
void vg_table_print(const struct vg_table *t, struct vg_text *out);
