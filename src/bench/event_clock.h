#pragma once

#include "dev/dev.h"

/**
 * The device's event clock against the host's.  A short kernel is timed by both at the ends of some
 * intervals of 30 ms; the rate is the median of event time over host time.  A driver whose timer is
 * in another unit, or drifts, is off on every interval.
 *
 * They agree if the rate is within 2 % of 1, beyond what the host could not tell: from before the
 * launch to after its end, as a part of the interval.
 */
struct vg_event_clock {
    double rate;        // event time over host time
    double uncertain;   // by how much the rate may be off
    bool agrees;
};

// Takes some 0.1 s, once a process and device.
int vg_event_clock(struct vg_dev *dev, struct vg_event_clock *c);

// The rate from marks at n + 1 points, in ns by both clocks; gap: the host's doubt of each.
struct vg_event_clock vg_event_clock_rate(const double *event_ns, const double *host_ns,
                                          const double *gap_ns, int n);
