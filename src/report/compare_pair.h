#pragma once

#include "report/compare_private.h"

/**
 * Which rows of two sets belong together.  A case is a device, a suite, a name and settings,
 * with caches (time_ns.caches) for one of them; one whose settings are on one side only is paired
 * by the other three with another such, so that it can be said what differs.
 */
struct vg_case_rows {
    const struct vg_record **rows;   // in the order of time
    size_t count;
};

struct vg_pair {
    struct vg_case_rows base, now;   // one of them may be empty
    bool same_settings;
};

struct vg_pairs {
    struct vg_pair *list;   // by device, suite, name, settings
    size_t count;
    size_t not_asked;   // cases of the base alone, with nothing of their suite and device in now
    const struct vg_record **base, **now;   // what the pairs point into
};

// Across devices the device is no part of a case, and VG_ERR_USAGE if a side has several.  Finish
// it either way.
int vg_pairs_find(struct vg_pairs *p, const struct vg_rows *base, const struct vg_rows *now,
                  bool across_devices);
void vg_pairs_finish(struct vg_pairs *p);

// The newest row and those that are of the same commit, programs, driver and outcome.
struct vg_measurement vg_pair_newest(const struct vg_case_rows *c, struct vg_arena *a);

// "batch 32 -> 64, lr none -> 0.1"
const char *vg_settings_difference(const struct vg_record *base, const struct vg_record *now,
                                   struct vg_arena *a);
