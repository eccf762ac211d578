#pragma once

#include "bench/row.h"

// What the files of a row share.

struct vg_row {
    json_t *json, *why;
    char *folder, *suite;
};

// A new object under the field, whose sentence in `why` goes.
json_t *vg_row_fill(struct vg_row *r, const char *field);

/**
 * left_out, left_out_why, median, low and high of time_ns, and of its wall time, from the samples,
 * processes and telemetry.throttled that the row has.
 */
void vg_row_summarise(json_t *row);
