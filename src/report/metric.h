#pragma once

#include <stdbool.h>

#include "report/rows.h"

/**
 * What a row measures, by name, and which way each is good.
 *
 *     time        median of time_ns, in ns
 *     throughput  where a row has no time
 *     memory      memory.planned_bytes
 *     loss        of training, the mean of the last tenth of the steps
 *     ...         the metrics of `accuracy`, under their own names
 */
enum vg_better { VG_BETTER_NEITHER, VG_BETTER_HIGHER, VG_BETTER_LOWER };

struct vg_metric {
    const char *name;    // or how it begins
    bool whole, share;   // share: a mean over images of something between 0 and 1
    enum vg_better better;
};

// NULL for what only tells of the fit or of chance.
const struct vg_metric *vg_metric_of(const char *name);

double vg_record_loss(const struct vg_record *r);   // NAN without one

struct vg_arena;

struct vg_measure {
    const char *metric, *unit;
    double value;
};

// All of a record that vg_metric_of knows, into the arena; their count is returned.  The names and
// units are the record's.
size_t vg_record_measures(const struct vg_record *r, struct vg_arena *a, struct vg_measure **list);
