#pragma once

#include "dev/dev.h"

/**
 * What this device does at most, measured here and not taken from a data sheet: floating-point
 * operations by chains of multiply-adds without memory, bytes by copies much larger than any cache.
 * Several forms are tried (width of vectors, number of chains, size of groups) and the best counts.
 * Source: the roofline of Williams, Waterman, Patterson, CACM 2009.
 */
struct vg_ceiling {
    double gflops;                     // 1e9 a second, a multiply-add counted as two
    double gbps;                       // 1e9 bytes a second, read and written counted both
    char gflops_by[48], gbps_by[48];   // the form that won: "float16 x 8, groups of 1"
};

// Takes a second or so for a device, once a process.
int vg_ceiling(struct vg_dev *dev, struct vg_ceiling *c);

// The least time that the roofline allows, as a part of the time taken, in percent.
double vg_ceiling_percent(const struct vg_ceiling *c, double flops, double bytes, double ns);
