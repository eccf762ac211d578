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

// Values of one kind (times, or cycles) of one side.
struct vg_track {
    double *x;   // process behind process, in the order taken
    size_t count;
    double *log_median;   // of each process
    double *begun_s;      // when it began, in seconds since 1970; NAN where the row does not say
    size_t processes;
    bool broken;   // a value is missing or not positive
};

struct vg_track vg_track_times(const struct vg_measurement *m);
// Samples by the clock that was read with each; broken where one row has no such reading.
struct vg_track vg_track_cycles(const struct vg_measurement *m);
void vg_track_finish(struct vg_track *t);

// Marks the indices that the array names, counted from first, and counts those that were not.
void vg_mark_samples(const json_t *indices, json_int_t first, bool *marked, size_t count,
                     size_t *marks);

// The pairs of processes that took turns, as report/compare.h says; 0 where they did not, or are
// too few.
size_t vg_track_pairs(const struct vg_track *base, const struct vg_track *now,
                      const struct vg_compare_how *how);

// The ratio and its interval, as report/compare.h says; *p, unless NULL, of the rank test that goes
// with it.
struct vg_shift vg_shift_of(const struct vg_track *base, const struct vg_track *now,
                            const struct vg_compare_how *how, double *p);

// Whether more than half of the samples that count were taken under a throttled clock.
bool vg_is_throttled(const struct vg_measurement *m);

// Whether every process of the side that is slower had less of the machine than any of the other;
// says so.
bool vg_is_load(struct vg_comparison *c, struct vg_arena *a, enum vg_verdict v,
                const struct vg_measurement *base, const struct vg_measurement *now);

// Whether other processes took cores that the device needs from most processes of a side; says so.
bool vg_is_crowded(struct vg_comparison *c, struct vg_arena *a, const struct vg_measurement *base,
                   const struct vg_measurement *now);

// Whether most rows of a side found the device's event clock to disagree with the host's (on some
// drivers every event takes 1 ns); says so.
bool vg_is_off_clock(struct vg_comparison *c, struct vg_arena *a, const struct vg_measurement *base,
                     const struct vg_measurement *now);

// Fills time, cycles, p and what the sides say of their samples, and returns the verdict of the
// time alone; VG_NOT_COMPARABLE without a sentence if a side has no samples.
enum vg_verdict vg_compare_time(struct vg_comparison *c, struct vg_arena *a,
                                const struct vg_measurement *base, const struct vg_measurement *now,
                                const struct vg_compare_how *how);

// Fills quality and returns its verdict: VG_SAME, VG_WORSE, VG_AMBIGUOUS, or VG_NOT_COMPARABLE if
// the rows have no metric in common.
enum vg_verdict vg_compare_quality(struct vg_comparison *c, struct vg_arena *a,
                                   const struct vg_compare_how *how);
