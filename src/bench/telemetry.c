#include "bench/telemetry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bench/telemetry_sensor.h"

static const double throttled_below = 0.95, usual = 0.9;   // of the quantile that is usual
static const double least_power_ns = 20e6, least_load_ns = 200e6;

struct sample {
    uint64_t at_ns;
    double value[VG_QUANTITIES];
};

// Time of all CPUs since the start, in seconds.
struct load {
    double busy, stolen, own;
};

struct vg_telemetry {
    struct vg_sensor sensor[VG_QUANTITIES];
    char why[VG_QUANTITIES][VG_SENSE_WHY];   // where there is no sensor
    char stat[VG_SENSE_PATH];                // the file of CPU time, "" if it cannot be read
    struct sample *sample;
    size_t count, room;
    uint64_t begin_ns;
    double begin_joules;
    struct load begin_load, end_load;
};

// ---- opening ------------------------------------------------------------------------------------

// Bus addresses as vendors have them; standard where the driver has cl_khr_pci_bus_info.
enum { PCI_KHR = 0x410F, PCI_AMD = 0x4037, BUS_NV = 0x4008, SLOT_NV = 0x4009, DOMAIN_NV = 0x400A };

static bool pci_of(const struct vg_dev *dev, char out[VG_SENSE_PCI])
{
    const cl_device_id d = dev->info.device_id;
    cl_uint khr[4] = { 0 }, bus = 0, slot = 0, domain = 0;
    unsigned char amd[24] = { 0 };   // type, 17 bytes of nothing, bus, device, function
    if (clGetDeviceInfo(d, PCI_KHR, sizeof khr, khr, NULL) == CL_SUCCESS)
        snprintf(out, VG_SENSE_PCI, "%04x:%02x:%02x.%x", khr[0] & 0xffff, khr[1] & 0xff,
                 khr[2] & 0xff, khr[3] & 7);
    else if (clGetDeviceInfo(d, PCI_AMD, sizeof amd, amd, NULL) == CL_SUCCESS && amd[0] == 1)
        snprintf(out, VG_SENSE_PCI, "0000:%02x:%02x.%x", amd[21], amd[22], amd[23] & 7);
    else if (clGetDeviceInfo(d, BUS_NV, sizeof bus, &bus, NULL) == CL_SUCCESS &&
             clGetDeviceInfo(d, SLOT_NV, sizeof slot, &slot, NULL) == CL_SUCCESS) {
        clGetDeviceInfo(d, DOMAIN_NV, sizeof domain, &domain, NULL);
        snprintf(out, VG_SENSE_PCI, "%04x:%02x:%02x.0", domain & 0xffff, bus & 0xff, slot & 0xff);
    }
    return out[0];
}

static struct vg_sense_at where(const struct vg_telemetry_of *of)
{
    struct vg_sense_at at = {
        .dev = of->dev,
        .type = of->type  ? of->type
                : of->dev ? of->dev->info.type
                          : "",
        .vendor = of->vendor ? of->vendor
                  : of->dev  ? of->dev->info.vendor
                             : "",
        .root = of->root,
        .nvml = of->nvml,
    };
    if (of->pci)
        snprintf(at.pci, sizeof at.pci, "%s", of->pci);
    else if (of->dev && !vg_dev_is_dry(of->dev) && strcmp(at.type, "cpu") != 0)
        pci_of(of->dev, at.pci);
    return at;
}

// The first that finds something; the reasons of those before it are joined where none does.
static void choose(struct vg_telemetry *t, enum vg_quantity q, const struct vg_sense_at *at,
                   vg_sense_fn *const *from)
{
    char why[VG_SENSE_WHY], *all = t->why[q];
    for (; *from && !t->sensor[q].read; from++) {
        const size_t n = strlen(all);
        why[0] = 0;
        if (!(*from)(&t->sensor[q], at, why))
            snprintf(all + n, VG_SENSE_WHY - n, "%s%s", n ? "; " : "", why);
    }
}

#define CHOOSE(q, ...) choose(t, q, at, (vg_sense_fn *const[]) { __VA_ARGS__, NULL })

static void choose_cpu(struct vg_telemetry *t, const struct vg_sense_at *at, bool probes)
{
    if (probes)
        CHOOSE(VG_SENSE_CLOCK, vg_sense_cpufreq, vg_sense_cycles, vg_sense_host_loop);
    else
        CHOOSE(VG_SENSE_CLOCK, vg_sense_cpufreq);
    CHOOSE(VG_SENSE_TEMPERATURE, vg_sense_cpu_temperature);
    CHOOSE(VG_SENSE_ENERGY, vg_sense_rapl);
}

static void choose_card(struct vg_telemetry *t, const struct vg_sense_at *at, bool probes)
{
    CHOOSE(VG_SENSE_CLOCK, vg_sense_nvml_clock, vg_sense_card_clock);
    CHOOSE(VG_SENSE_TEMPERATURE, vg_sense_nvml_temperature, vg_sense_card_temperature);
    CHOOSE(VG_SENSE_POWER, vg_sense_nvml_power, vg_sense_card_power);
    CHOOSE(VG_SENSE_ENERGY, vg_sense_nvml_energy, vg_sense_card_energy);
    CHOOSE(VG_SENSE_THROTTLE, vg_sense_nvml_throttle);
    // A graphics unit beside cores without a meter of its own is within its package's.
    if (!t->sensor[VG_SENSE_ENERGY].read && !t->sensor[VG_SENSE_POWER].read &&
        strcasestr(at->vendor, "intel"))
        CHOOSE(VG_SENSE_ENERGY, vg_sense_rapl);
    if (!t->sensor[VG_SENSE_CLOCK].read && probes)
        CHOOSE(VG_SENSE_PROBE, vg_sense_probe_kernel);
}

static bool read_load(const struct vg_telemetry *t, struct load *l);

struct vg_telemetry *vg_telemetry_open(const struct vg_telemetry_of *of)
{
    struct vg_telemetry *t = vg_alloc(1, sizeof *t);
    const struct vg_sense_at at = where(of);
    if (!strcmp(at.type, "cpu"))
        choose_cpu(t, &at, !of->no_probe);
    else
        choose_card(t, &at, !of->no_probe);
    if (!vg_sense_path(t->stat, at.root, "proc/stat") || !read_load(t, &t->begin_load))
        t->stat[0] = 0;
    vg_telemetry_restart(t);
    return t;
}

void vg_telemetry_close(struct vg_telemetry **t)
{
    if (!*t)
        return;
    for (int q = 0; q < VG_QUANTITIES; q++) {
        struct vg_sensor *s = &(*t)->sensor[q];
        if (s->close)
            s->close(s->state);
        else
            free(s->state);
    }
    free((*t)->sample);
    free(*t);
    *t = NULL;
}

// ---- reading ------------------------------------------------------------------------------------

static bool has(const struct vg_telemetry *t, enum vg_quantity q)
{
    return t->sensor[q].read;
}

static double sense(const struct vg_telemetry *t, enum vg_quantity q)
{
    return has(t, q) ? t->sensor[q].read(t->sensor[q].state) : NAN;
}

// "cpu  user nice system idle iowait irq softirq steal ...", in ticks.
static bool read_load(const struct vg_telemetry *t, struct load *l)
{
    char line[VG_SENSE_PATH];
    double v[8];
    struct rusage own;
    if (!t->stat[0] || !vg_sense_line(t->stat, line, sizeof line) ||
        sscanf(line, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", v, v + 1, v + 2, v + 3, v + 4, v + 5,
               v + 6, v + 7) != 8)
        return false;
    const double tick = 1.0 / (double) sysconf(_SC_CLK_TCK);
    getrusage(RUSAGE_SELF, &own);
    l->busy = (v[0] + v[1] + v[2] + v[5] + v[6]) * tick;
    l->stolen = v[7] * tick;
    l->own = (double) (own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
             1e-6 * (double) (own.ru_utime.tv_usec + own.ru_stime.tv_usec);
    return true;
}

void vg_telemetry_restart(struct vg_telemetry *t)
{
    t->count = 0;
    t->begin_joules = sense(t, VG_SENSE_ENERGY);
    read_load(t, &t->begin_load);
    t->end_load = t->begin_load;
    t->begin_ns = vg_clock_ns();
}

void vg_telemetry_begin(struct vg_telemetry *t)
{
    for (int q = 0; q < VG_QUANTITIES; q++)
        if (t->sensor[q].begin)
            t->sensor[q].begin(t->sensor[q].state);
}

void vg_telemetry_end(struct vg_telemetry *t)
{
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 256;
        t->sample = vg_grow(t->sample, t->room, sizeof *t->sample);
    }
    struct sample *s = &t->sample[t->count];
    for (int q = 0; q < VG_QUANTITIES; q++)
        s->value[q] = sense(t, q);
    s->at_ns = vg_clock_ns();
    t->count++;
    read_load(t, &t->end_load);
}

size_t vg_telemetry_count(const struct vg_telemetry *t)
{
    return t->count;
}

// ---- throttling ---------------------------------------------------------------------------------

// How fast the clock was, in a unit of its own; NAN where nothing tells.
static double pace(const struct vg_telemetry *t, size_t i)
{
    const double *v = t->sample[i].value;
    return has(t, VG_SENSE_CLOCK) ? v[VG_SENSE_CLOCK] : 1 / v[VG_SENSE_PROBE];
}

static double usual_pace(const struct vg_telemetry *t)
{
    double *known = vg_alloc(t->count ? t->count : 1, sizeof *known);
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        if (pace(t, i) > 0)
            known[n++] = pace(t, i);
    const double p = n > 0 ? vg_stats_quantile(known, n, usual) : NAN;
    free(known);
    return p;
}

static bool is_throttled(const struct vg_telemetry *t, size_t i, double usually)
{
    return t->sample[i].value[VG_SENSE_THROTTLE] > 0 || pace(t, i) < throttled_below * usually;
}

bool vg_telemetry_throttled(const struct vg_telemetry *t, size_t sample)
{
    return is_throttled(t, sample, usual_pace(t));
}

// ---- energy -------------------------------------------------------------------------------------

// Power over time, each reading holding since the one before.
static double integral(const struct vg_telemetry *t)
{
    double joules = 0;
    uint64_t before = t->begin_ns;
    for (size_t i = 0; i < t->count; i++) {
        const struct sample *s = &t->sample[i];
        joules += s->value[VG_SENSE_POWER] * 1e-9 * (double) (s->at_ns - before);
        before = s->at_ns;
    }
    return t->count > 0 ? joules : NAN;
}

double vg_telemetry_energy(const struct vg_telemetry *t)
{
    if (t->count == 0)
        return NAN;
    if (has(t, VG_SENSE_ENERGY))
        return t->sample[t->count - 1].value[VG_SENSE_ENERGY] - t->begin_joules;
    return integral(t);
}

// Watts since the sample before; counters of energy step too seldom to tell of a short one.
static double power_of(const struct vg_telemetry *t, size_t i)
{
    const struct sample *s = &t->sample[i];
    if (has(t, VG_SENSE_POWER))
        return s->value[VG_SENSE_POWER];
    const double before = i > 0 ? s[-1].value[VG_SENSE_ENERGY] : t->begin_joules,
                 ns = (double) (s->at_ns - (i > 0 ? s[-1].at_ns : t->begin_ns));
    return ns < least_power_ns ? NAN : 1e9 * (s->value[VG_SENSE_ENERGY] - before) / ns;
}

// ---- telling ------------------------------------------------------------------------------------

static void add_values(const struct vg_telemetry *t, json_t *o, const char *key, bool there,
                       double (*of)(const struct vg_telemetry *, size_t))
{
    if (!there) {
        vg_json_null(o, key);
        return;
    }
    double *values = vg_alloc(t->count ? t->count : 1, sizeof *values);
    for (size_t i = 0; i < t->count; i++)
        values[i] = of(t, i);
    vg_json_reals(o, key, values, t->count);
    free(values);
}

static double clock_of(const struct vg_telemetry *t, size_t i)
{
    return t->sample[i].value[VG_SENSE_CLOCK];
}

static double probe_of(const struct vg_telemetry *t, size_t i)
{
    return t->sample[i].value[VG_SENSE_PROBE];
}

static double temperature_of(const struct vg_telemetry *t, size_t i)
{
    return t->sample[i].value[VG_SENSE_TEMPERATURE];
}

static void add_throttled(const struct vg_telemetry *t, json_t *o)
{
    const double usually = usual_pace(t);
    json_t *list = vg_json_array(o, "throttled");
    for (size_t i = 0; i < t->count; i++)
        if (is_throttled(t, i, usually))
            json_array_append_new(list, json_integer((json_int_t) i));
}

static void add_load(const struct vg_telemetry *t, json_t *o, double ns)
{
    const struct load *a = &t->begin_load, *b = &t->end_load;
    const bool known = t->stat[0] && ns >= least_load_ns;
    const double other = 1e9 * (b->busy - a->busy - (b->own - a->own)) / ns,
                 stolen = 1e9 * (b->stolen - a->stolen) / ns;
    vg_json_reals(o, "other_cores", &(double) { known ? fmax(other, 0) : NAN }, 1);
    vg_json_reals(o, "stolen_cores", &(double) { known ? stolen : NAN }, 1);
}

static void add_sources(const struct vg_telemetry *t, json_t *o)
{
    static const char *const names[VG_QUANTITIES] = { "clock", "probe",  "temperature",
                                                      "power", "energy", "throttle" };
    json_t *sources = vg_json_object(o, "sources"), *missing = vg_json_object(o, "missing");
    for (int q = 0; q < VG_QUANTITIES; q++) {
        vg_json_string(sources, names[q], has(t, q) ? t->sensor[q].name : NULL);
        if (!has(t, q) && t->why[q][0])
            vg_json_string(missing, names[q], t->why[q]);
    }
    vg_json_string(sources, "load", t->stat[0] ? "/proc/stat and getrusage" : NULL);
    if (!t->stat[0])
        vg_json_string(missing, "load", "no /proc/stat with eight numbers behind 'cpu'");
}

void vg_telemetry_json(const struct vg_telemetry *t, json_t *o)
{
    const double ns = t->count > 0 ? (double) (t->sample[t->count - 1].at_ns - t->begin_ns) : 0;
    add_values(t, o, "clock_mhz", has(t, VG_SENSE_CLOCK), clock_of);
    add_values(t, o, "temperature_c", has(t, VG_SENSE_TEMPERATURE), temperature_of);
    add_values(t, o, "power_w", has(t, VG_SENSE_POWER) || has(t, VG_SENSE_ENERGY), power_of);
    add_values(t, o, "probe_ns", has(t, VG_SENSE_PROBE), probe_of);
    add_throttled(t, o);
    vg_json_real(o, "energy_j", vg_telemetry_energy(t));
    vg_json_real(o, "energy_over_ns", ns);
    add_load(t, o, ns);
    add_sources(t, o);
}
