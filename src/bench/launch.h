#pragma once

#include "dev/dev.h"

/**
 * Kernels of the measuring itself: what a device can do, what its clocks say.
 */

// The kernel `name` of the file cl/<part>.cl, built with these options.
int vg_launch_kernel(struct vg_dev *dev, const char *part, const char *options, const char *name,
                     cl_kernel *kernel);

// Runs it over items in groups and waits; when it began and ended by the device's event clock.
int vg_launch_timed(struct vg_dev *dev, cl_kernel kernel, size_t items, size_t group,
                    double *begin_ns, double *end_ns);

// cl/clock.cl: `rounds` times 16 links, and its memory of VG_CLOCK_CHAIN_BYTES.
enum { VG_CLOCK_CHAIN_BYTES = 64 };
int vg_launch_clock_chain(struct vg_dev *dev, cl_uint rounds, cl_kernel *kernel, cl_mem *memory);
