#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bench/telemetry.h"

/**
 * What telemetry.c and its sources share.  A source is a function that looks for something to read
 * and fills a sensor; false, with a reason, where there is nothing.  Files are read anew each time.
 */
enum vg_quantity {
    VG_SENSE_CLOCK,         // MHz
    VG_SENSE_PROBE,         // ns of a fixed number of cycles
    VG_SENSE_TEMPERATURE,   // degrees Celsius
    VG_SENSE_POWER,         // W
    VG_SENSE_ENERGY,        // J since some time in the past, never less than before
    VG_SENSE_THROTTLE,      // 1 where the driver says so, else 0
    VG_QUANTITIES
};

enum { VG_SENSE_WHY = 200, VG_SENSE_NAME = 96, VG_SENSE_PCI = 16, VG_SENSE_PATH = 256 };

struct vg_sensor {
    char name[VG_SENSE_NAME];      // what the row says
    void (*begin)(void *state);    // before a unit of work, NULL: nothing to do
    double (*read)(void *state);   // NAN: could not be read this time
    void (*close)(void *state);    // NULL: free(state)
    void *state;
};

struct vg_sense_at {
    struct vg_dev *dev;
    const char *type, *vendor, *root, *nvml;
    char pci[VG_SENSE_PCI];   // "" if unknown
};

typedef bool vg_sense_fn(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY]);

vg_sense_fn vg_sense_cpufreq, vg_sense_rapl, vg_sense_cpu_temperature;             // _cpu
vg_sense_fn vg_sense_cycles;                                                       // _cycles
vg_sense_fn vg_sense_card_clock, vg_sense_card_temperature, vg_sense_card_power,   // _card
    vg_sense_card_energy;
vg_sense_fn vg_sense_nvml_clock, vg_sense_nvml_temperature, vg_sense_nvml_power,   // _nvml
    vg_sense_nvml_energy, vg_sense_nvml_throttle;
vg_sense_fn vg_sense_host_loop, vg_sense_probe_kernel;   // _probe

// Cycle counters, or another event of perf_event_open that counts them (a test's: nanoseconds).
bool vg_sense_event(struct vg_sensor *s, unsigned type, unsigned long long config,
                    char why[VG_SENSE_WHY]);

// ---- files of the kernel (telemetry_files.c) ----------------------------------------------------

// <root>/<path>, printed into out; root may be NULL.  False if it does not fit, and out is "".
bool vg_sense_path(char out[VG_SENSE_PATH], const char *root, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// One whole number and nothing else but blanks around it; NAN otherwise.
double vg_sense_number(const char *path);
// The first line without its line feed; false if there is none.
bool vg_sense_line(const char *path, char *out, size_t size);

// Entries of a directory that begin with prefix and go on with a number, in its order.
struct vg_sense_entries {
    char name[64][32];
    int count;
};
void vg_sense_list(struct vg_sense_entries *e, const char *dir, const char *prefix);

// The hwmon directory below dir whose name is one of a list that ends with NULL.
bool vg_sense_hwmon(char out[VG_SENSE_PATH], const char *dir, const char *const *names);

// One file, scaled; a sensor of a name.  False, with the reason, where it holds no number.
bool vg_sense_file(struct vg_sensor *s, const char *path, double scale, char why[VG_SENSE_WHY],
                   const char *format, ...) __attribute__((format(printf, 5, 6)));
