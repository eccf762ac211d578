#pragma once

#include "dev/dev.h"

/**
 * What a device does, found by running kernels whose answers are known (cl/probe.cl), beside what
 * it says of itself.  A driver may offer a thing without naming it, and name one that is broken.
 */
struct vg_probe {
    bool sums;              // sums through local memory came out right
    bool half;              // arithmetic in half precision came out right
    int subgroup;           // work-items of a sub-group, 0 where there are none
    int group_multiple;     // what group sizes had best be a multiple of
    double timer_step_ns;   // the largest step that divides all differences of event times
    double launch_ns;       // of an empty-handed kernel, by the host's clock, the least of several
    char sums_message[120];   // what is wrong with the sums, "" if nothing
};

// Fails only where the device cannot even run probe_sum.
int vg_probe(struct vg_dev *dev, struct vg_probe *p);
