#pragma once

#include <math.h>

#include "base/json.h"
#include "base/mem.h"
#include "report/html.h"
#include "report/page.h"
#include "report/plot.h"

/**
 * A page in the making: rows sorted into suites, cases and devices, and what its sections share.
 */
struct page_device {
    const char *id, *name;   // name: short enough for a legend, told apart from the others
    const struct vg_record *first;
    size_t entries;
    char target[VG_HTML_ID];
};

struct page_entry {              // a case on a device
    const struct vg_record *r;   // the newest row
    size_t older;
    int device;
    int number;   // of the row on the page, from 1
};

struct page_case {   // an entry a device, in the order of devices
    const char *suite, *name, *kind, *settings;
    const struct page_entry *entries;
    size_t count;
    const char *label;
    char target[VG_HTML_ID];
};

struct page_suite {
    const char *name;
    const struct page_case *cases;
    size_t count;
    char target[VG_HTML_ID];
};

enum { PAGE_ENTRIES = 10000 };

struct page {
    struct vg_text *out;
    const struct vg_page *how;
    struct vg_arena *arena;
    struct page_device *devices;
    struct page_entry *entries;
    struct page_case *cases;
    struct page_suite *suites;
    size_t device_count, entry_count, case_count, suite_count;
    size_t dropped;                    // rows of cases beyond PAGE_ENTRIES
    size_t rows_room, pictures_room;   // bytes left for rows and for pictures
    size_t plots_room;                 // bytes left for plots of single cases
    bool whole_rows;
    json_t *shared;   // parts of rows as lines, and their numbers; NULL if rows are whole
    size_t rows_left_out, plots_left_out;
};

// ---- page_model.c -------------------------------------------------------------------------------

void page_sort(struct page *p);
void page_finish(struct page *p);

enum page_state {
    PAGE_OK,
    PAGE_UNCHECKED,
    PAGE_FAILED,
    PAGE_UNSUPPORTED,
    PAGE_SKIPPED,
    PAGE_STATES
};

// What a row is worth: ok only if it says so and its check passed.
enum page_state page_state_of(const struct vg_record *r);
const char *page_state_name(enum page_state s);

// The median of the row's times in ns: as it says, else of its samples; NAN where it has neither.
double page_time(const struct vg_record *r);
bool page_timed(const struct vg_record *r);

// A case's name and, where others of its suite have the same, the settings that are its own.
const char *page_label(const struct page_case *c);

// ---- page_parts.c -------------------------------------------------------------------------------

// Headings with a link to themselves; level 2 or 3.
void page_heading(struct page *p, int level, const char *target, const char *text);

// A figure around one or more plots: begin, plots and a legend, end with its caption.
void page_figure_begin(struct page *p, const char *class);
void page_figure_end(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Both widths of a plot; the page shows the one that fits.
size_t page_plot(struct page *p, struct vg_plot *plot);
size_t page_bars(struct page *p, struct vg_plot_bars *bars, bool wide);

// The devices of the cases, if there are several, beside their colours.
void page_device_legend(struct page *p, const struct page_case *cases, size_t count,
                        unsigned style);

/**
 * A table: heads, then cells row by row.  A head that begins with '#' is of numbers.  Cells carry
 * their head, which a narrow screen shows beside them.
 */
struct page_table {
    struct page *p;
    const char *const *heads;
    int at;
};

void page_table_begin(struct page_table *t, struct page *p, const char *caption,
                      const char *const *heads);
void page_table_row(struct page_table *t, const char *target);   // target may be NULL
void page_cell_open(struct page_table *t, double sort);          // NAN: by text
void page_cell_close(struct page_table *t);
void page_cell_name(struct page_table *t, const char *text);   // NULL: missing
void page_cell_number(struct page_table *t, double value, const char *unit);
void page_cell_state(struct page_table *t, const struct vg_record *r);
void page_cell_row(struct page_table *t, const struct page_entry *e);
void page_table_end(struct page_table *t);

void page_missing(struct page *p, const char *why);

// "3 rows", "1 row".
const char *page_count(struct page *p, size_t n, const char *one);

// ---- sections, each nothing where no row has anything for it ------------------------------------

void page_devices(struct page *p);
void page_suites(struct page *p);
void page_baseline(struct page *p);
void page_roofline(struct page *p);
void page_curves(struct page *p);
void page_accuracy(struct page *p);
void page_stacks(struct page *p);
void page_telemetry(struct page *p);
void page_pictures(struct page *p);

// Before the first row; then the row behind a click, or where it is in the files if the page has no
// room left for rows; after the last one what they have in common.
void page_rows_begin(struct page *p);
void page_row(struct page *p, const struct page_entry *e);
void page_rows_end(struct page *p);
