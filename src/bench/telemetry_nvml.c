#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "bench/telemetry_sensor.h"

// The few functions of NVIDIA's management library that are wanted, from its API reference: each
// returns 0 for success; MHz, degrees, mW, mJ since the driver was loaded.  The library is opened
// when it is there; nothing of it is needed to build.

typedef void *device;
enum { CLOCK_SM = 1, TEMPERATURE_GPU = 0 };

// Why clocks are below what was asked: power cap, and slowdowns by hardware, heat and power brake.
// Idle, settings of applications and display, and synchronised boost are no fault.
enum { REASONS = 0x4 | 0x8 | 0x20 | 0x40 | 0x80 };

struct nvml {
    void *library;
    device card;
    int (*shutdown)(void);
    int (*clock)(device, int, unsigned *);
    int (*temperature)(device, int, unsigned *);
    int (*power)(device, unsigned *);
    int (*energy)(device, unsigned long long *);
    int (*reasons)(device, unsigned long long *);
};

// The result of dlsym is a function here, which C has no cast for.
static bool find(void *library, void *function, const char *name)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol;
}

static void close_nvml(void *state)
{
    struct nvml *n = state;
    if (n->shutdown)
        n->shutdown();
    dlclose(n->library);
    free(n);
}

static bool find_card(struct nvml *n, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    int (*by_pci)(const char *, device *), (*by_index)(unsigned, device *), (*count)(unsigned *);
    unsigned cards = 0;
    if (at->pci[0] && find(n->library, &by_pci, "nvmlDeviceGetHandleByPciBusId_v2")) {
        if (by_pci(at->pci, &n->card) == 0)
            return true;
        snprintf(why, VG_SENSE_WHY, "NVML knows no device at %s", at->pci);
        return false;
    }
    if (!find(n->library, &count, "nvmlDeviceGetCount_v2") || count(&cards) != 0 || cards != 1 ||
        !find(n->library, &by_index, "nvmlDeviceGetHandleByIndex_v2") ||
        by_index(0, &n->card) != 0) {
        snprintf(why, VG_SENSE_WHY, "NVML has %u devices, and which is unknown", cards);
        return false;
    }
    return true;
}

static struct nvml *open_nvml(const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    const char *name = at->nvml ? at->nvml : "libnvidia-ml.so.1";
    int (*init)(void);
    if (!strcasestr(at->vendor, "nvidia")) {
        snprintf(why, VG_SENSE_WHY, "NVML is for NVIDIA's devices");
        return NULL;
    }
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(why, VG_SENSE_WHY, "NVML cannot be opened: %.150s", dlerror());
        return NULL;
    }
    struct nvml *n = vg_alloc(1, sizeof *n);
    n->library = library;
    const bool began = find(library, &init, "nvmlInit_v2") && init() == 0;
    if (began)
        find(library, &n->shutdown, "nvmlShutdown");
    else
        snprintf(why, VG_SENSE_WHY, "NVML does not begin");
    if (!began || !find_card(n, at, why)) {
        close_nvml(n);
        return NULL;
    }
    find(library, &n->clock, "nvmlDeviceGetClockInfo");
    find(library, &n->temperature, "nvmlDeviceGetTemperature");
    find(library, &n->power, "nvmlDeviceGetPowerUsage");
    find(library, &n->energy, "nvmlDeviceGetTotalEnergyConsumption");
    find(library, &n->reasons, "nvmlDeviceGetCurrentClocksThrottleReasons");
    return n;
}

// ---- sensors ------------------------------------------------------------------------------------

static double read_clock(void *state)
{
    const struct nvml *n = state;
    unsigned mhz = 0;
    return n->clock && n->clock(n->card, CLOCK_SM, &mhz) == 0 ? mhz : NAN;
}

static double read_temperature(void *state)
{
    const struct nvml *n = state;
    unsigned degrees = 0;
    return n->temperature && n->temperature(n->card, TEMPERATURE_GPU, &degrees) == 0 ? degrees
                                                                                     : NAN;
}

static double read_power(void *state)
{
    const struct nvml *n = state;
    unsigned mw = 0;
    return n->power && n->power(n->card, &mw) == 0 ? mw * 1e-3 : NAN;
}

static double read_energy(void *state)
{
    const struct nvml *n = state;
    unsigned long long mj = 0;
    return n->energy && n->energy(n->card, &mj) == 0 ? (double) mj * 1e-3 : NAN;
}

static double read_throttle(void *state)
{
    const struct nvml *n = state;
    unsigned long long bits = 0;
    return n->reasons && n->reasons(n->card, &bits) == 0 ? (bits & REASONS) != 0 : NAN;
}

// Each sensor holds the library on its own account: NVML counts who began it.
static bool sensor(struct vg_sensor *s, const struct vg_sense_at *at, double (*read)(void *),
                   const char *what, char why[VG_SENSE_WHY])
{
    struct nvml *n = open_nvml(at, why);
    if (!n)
        return false;
    if (isnan(read(n))) {
        snprintf(why, VG_SENSE_WHY, "NVML gives no %s for this device", what);
        close_nvml(n);
        return false;
    }
    *s = (struct vg_sensor) { "", NULL, read, close_nvml, n };
    snprintf(s->name, sizeof s->name, "NVML, %s", what);
    return true;
}

bool vg_sense_nvml_clock(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    return sensor(s, at, read_clock, "clock of the multiprocessors", why);
}

bool vg_sense_nvml_temperature(struct vg_sensor *s, const struct vg_sense_at *at,
                               char why[VG_SENSE_WHY])
{
    return sensor(s, at, read_temperature, "temperature", why);
}

bool vg_sense_nvml_power(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    return sensor(s, at, read_power, "power", why);
}

bool vg_sense_nvml_energy(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    return sensor(s, at, read_energy, "energy", why);
}

bool vg_sense_nvml_throttle(struct vg_sensor *s, const struct vg_sense_at *at,
                            char why[VG_SENSE_WHY])
{
    return sensor(s, at, read_throttle, "reasons of throttling", why);
}
