#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * How long something takes: warm-up until the times settle, then samples until the median is known
 * well enough or the time is up.  Every sample is kept.
 *
 * A unit of work may have several tracks (device time of the forward pass and of the backward
 * pass); wall time is taken beside them.  The rule to stop looks at all tracks, and at wall time
 * where there is no other.
 */
enum { VG_TRACKS = 8 };

struct vg_measure {
    double width;         // stop when (high - low) / median of the 95 % interval is below: 0.005
    double seconds;       // time for samples, warm-up not counted: 2
    int least, most;      // samples: 10 at least, whatever the time; 1000 at most
    bool (*stop)(void);   // asked between samples, NULL: never
};                        // zero means the default

struct vg_samples {
    int tracks;
    size_t count;
    double *track_ns[VG_TRACKS];   // [count]
    double *wall_ns;               // [count]
    int warmup;                    // runs before the first sample
    bool narrow;                   // ended because the intervals were narrow enough
    bool stopped;                  // ended because stop() said so
};

// Does one unit of work, waits until it is done and says what its tracks took.
typedef int vg_measure_fn(void *user, double track_ns[VG_TRACKS]);

// Fails as once fails.  Samples that were taken before that stay.
int vg_measure(struct vg_samples *s, int tracks, vg_measure_fn *once, void *user,
               const struct vg_measure *how);
void vg_samples_finish(struct vg_samples *s);

struct vg_summary {
    double median, low, high;   // the 95 % interval of the median
    double width;               // (high - low) / median
};

struct vg_summary vg_summary_of(const double *samples, size_t count);
