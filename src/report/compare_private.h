#pragma once

#include "report/compare.h"

// What the files compare_*.c share.

// The newest row of a case on one side, and those of the same commit, programs and driver.
struct vg_measurement {
    const struct vg_record **rows;   // in the order of time
    size_t count;
};

// Adds a sentence to c->reason.
void vg_comparison_say(struct vg_comparison *c, struct vg_arena *a, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Fills time, cycles, p and what the sides say of their samples, and returns the verdict of the
// time alone; VG_NOT_COMPARABLE without a sentence if a side has no samples.
enum vg_verdict vg_compare_time(struct vg_comparison *c, struct vg_arena *a,
                                const struct vg_measurement *base, const struct vg_measurement *now,
                                const struct vg_compare_how *how);

// Fills quality and returns its verdict: VG_SAME, VG_WORSE, VG_AMBIGUOUS, or VG_NOT_COMPARABLE if
// the rows have no metric in common.
enum vg_verdict vg_compare_quality(struct vg_comparison *c, struct vg_arena *a,
                                   const struct vg_compare_how *how);
