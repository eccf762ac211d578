#pragma once

#include "base/text.h"
#include "report/compare.h"

/**
 * Rows as one HTML file that needs nothing else: no network, no other file, no script that it could
 * not do without.
 *
 * A case on a device is shown by its newest row, whatever that row says; how many older ones there
 * are is said.  What is missing is called missing and what was not checked is called not checked.
 * Text from rows stays text (report/html.h).  Every number's row is on the page, whole where there
 * is room; what was left out to keep the page small is said in its place.
 */
struct vg_page {
    const struct vg_rows *rows;
    const struct vg_compared *compared;   // of these rows with a baseline's, NULL: none
    const char *title;                    // NULL: "visage"
    const char *now;                      // the time it says it was made at
};

// Appends the whole file to out.
void vg_page_write(struct vg_text *out, const struct vg_page *how);
