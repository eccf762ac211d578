#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * How long something takes: warm-up until the times no longer slope, then samples until the median
 * is known well enough, more would show nothing new, or the time is up.  Every sample is kept.
 *
 * A unit of work may have several tracks (device time of the forward pass and of the backward pass,
 * wall time of the step without events); wall time of the whole unit is taken beside them.  The
 * rule to stop looks at the first `ruling` tracks, and at wall time where there is none.
 *
 * Warm-up is over when a line through the last 8 runs (Theil and Sen: the median slope of all
 * pairs) rises or falls by less than 2 % of their median from its first to its last, or by less
 * than their own scatter, so that noise is not taken for a slope.
 */
enum { VG_TRACKS = 8 };

struct vg_telemetry;

struct vg_measure {
    double width;         // stop when (high - low) / median of the 95 % interval is below: 0.005
    double seconds;       // time for samples, and at most that for warm-up: 2
    int least, most;      // samples: 10 at least, whatever the time; 1000 at most
    int ruling;           // tracks that the rule looks at: all
    bool exhaust;         // neither interval nor entropy end it, only time and count
    bool (*stop)(void);   // asked between samples, NULL: never
    struct vg_telemetry *telemetry;   // read around every sample, NULL: none
};                                    // zero means the default

enum vg_stopped {
    VG_STOPPED_INTERVAL,   // narrow enough
    VG_STOPPED_ENTROPY,    // more samples show nothing new (bench/settle.h)
    VG_STOPPED_TIME,
    VG_STOPPED_COUNT,
    VG_STOPPED_ASKED,   // stop() said so
};

// "interval", "entropy", "time", "count", "asked": what a row says.
const char *vg_stopped_name(enum vg_stopped s);

struct vg_samples {
    int tracks;
    size_t count;
    double *track_ns[VG_TRACKS];   // [count]
    double *wall_ns;               // [count]
    double begun_s;                // when the first began, in seconds since 1970
    int warmup;                    // runs before the first sample
    bool flat;                     // warm-up ended because the times no longer sloped
    enum vg_stopped stopped;
};

// Does one unit of work, waits until it is done and says what its tracks took.
typedef int vg_measure_fn(void *user, double track_ns[VG_TRACKS]);

// Fails as once fails.  Samples that were taken before that stay.
int vg_measure(struct vg_samples *s, int tracks, vg_measure_fn *once, void *user,
               const struct vg_measure *how);
void vg_samples_finish(struct vg_samples *s);

// What the line through the values gains from first to last, as a part of their median; *scatter,
// unless NULL, the median distance of neighbours as a part of it.  At most 32 values.
double vg_measure_slope(const double *values, int count, double *scatter);
// Whether these runs end a warm-up.
bool vg_measure_flat(const double *values, int count);

struct vg_summary {
    double median, low, high;   // the 95 % interval of the median
    double width;               // (high - low) / median
};

struct vg_summary vg_summary_of(const double *samples, size_t count);
