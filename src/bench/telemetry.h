#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "dev/dev.h"

/**
 * Clock, temperature, power and energy while something is measured, where the system lets them be
 * read, and whether others used the machine meanwhile.  Every source is optional: a quantity takes
 * the first of its sources that can be read, the row names it, and says why there is none.
 *
 *     device   clock                                    temperature     power or energy
 *     CPU      cpufreq, cycle counters, a host loop     hwmon           RAPL
 *     AMD      hwmon, pp_dpm_sclk, a probe kernel       hwmon           hwmon
 *     Intel    act_freq, a probe kernel                 hwmon           hwmon, RAPL of the package
 *     NVIDIA   NVML, a probe kernel                     NVML            NVML
 *     others   a probe kernel
 *
 * The host loop has a known number of cycles; the probe kernel has the same number on every run but
 * a device of unknown latency, so its times compare samples with each other and give no MHz.
 *
 * A sample is marked as throttled where the driver says so (NVML), or where its clock is below 0.95
 * of the measurement's own upper decile.
 */
struct vg_telemetry;

struct vg_telemetry_of {
    struct vg_dev *dev;   // probe kernels run on it; NULL: none of them
    const char *type;     // "cpu" "gpu", NULL: as dev says
    const char *vendor;   // NULL: as dev says
    const char *pci;      // "0000:03:00.0", NULL: asked of dev
    const char *root;     // what lies before /sys and /proc, NULL: nothing
    const char *nvml;     // the library, NULL: libnvidia-ml.so.1
    bool no_probe;        // neither cycle counters, host loop nor probe kernel
};

// Never fails: a quantity without a source is missing, and says why.
struct vg_telemetry *vg_telemetry_open(const struct vg_telemetry_of *of);
void vg_telemetry_close(struct vg_telemetry **t);

void vg_telemetry_restart(struct vg_telemetry *t);   // forgets what was read
void vg_telemetry_begin(struct vg_telemetry *t);     // before a unit of work
void vg_telemetry_end(struct vg_telemetry *t);       // after it: one more sample

size_t vg_telemetry_count(const struct vg_telemetry *t);
bool vg_telemetry_throttled(const struct vg_telemetry *t, size_t sample);
// Joules from vg_telemetry_restart to the last sample, NAN where neither energy nor power is known.
double vg_telemetry_energy(const struct vg_telemetry *t);

/**
 * Into an object:
 *
 *     clock_mhz temperature_c power_w probe_ns   [n], each null where there is no source
 *     throttled                                  [..] indices of marked samples
 *     energy_j, energy_over_ns                   from the restart to the last sample
 *     other_cores, stolen_cores                  [1]: cores' worth of time that others used, that
 *                                                a hypervisor took; null below 0.2 s
 *     sources {clock, temperature, power, energy, load}   texts, null where there is none
 *     missing {clock, ...}                       why
 */
void vg_telemetry_json(const struct vg_telemetry *t, json_t *object);
