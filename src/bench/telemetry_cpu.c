#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/telemetry_sensor.h"

// The kernel's files of CPUs: cpufreq in kHz, RAPL in uJ, hwmon in thousandths of a degree.

enum { CPUS = 64, ZONES = 16 };

// ---- clocks -------------------------------------------------------------------------------------

struct cpufreq {
    char path[CPUS][VG_SENSE_PATH];
    int count;
};

// The fastest core's: idle ones sleep at low clocks, and what throttles slows all.
static double read_cpufreq(void *state)
{
    const struct cpufreq *c = state;
    double best = NAN;
    for (int i = 0; i < c->count; i++)
        best = fmax(best, vg_sense_number(c->path[i]) / 1000);   // fmax prefers a number to NAN
    return best > 0 ? best : NAN;
}

bool vg_sense_cpufreq(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    char dir[VG_SENSE_PATH];
    struct vg_sense_entries e;
    struct cpufreq *c = vg_alloc(1, sizeof *c);
    if (vg_sense_path(dir, at->root, "sys/devices/system/cpu"))
        vg_sense_list(&e, dir, "cpu");
    else
        e.count = 0;
    for (int i = 0; i < e.count && c->count < CPUS; i++)
        if (vg_sense_path(c->path[c->count], at->root,
                          "sys/devices/system/cpu/%s/cpufreq/scaling_cur_freq", e.name[i]) &&
            vg_sense_number(c->path[c->count]) > 0)
            c->count++;
    if (c->count == 0) {
        free(c);
        snprintf(why, VG_SENSE_WHY, "no cpufreq/scaling_cur_freq with a number in it");
        return false;
    }
    *s = (struct vg_sensor) { .read = read_cpufreq, .state = c };
    snprintf(s->name, sizeof s->name, "cpufreq, the fastest of %d CPUs", c->count);
    return true;
}

// ---- energy -------------------------------------------------------------------------------------

struct zone {
    char path[VG_SENSE_PATH];
    double range, last, turns;   // uJ; the counter starts again at 0 beyond its range
};

struct rapl {
    struct zone zone[ZONES];
    int count;
};

static double read_zone(struct zone *z)
{
    const double now = vg_sense_number(z->path);
    if (!(now >= 0))
        return NAN;
    if (now < z->last)
        z->turns++;
    z->last = now;
    return now + z->turns * z->range;
}

static double read_rapl(void *state)
{
    struct rapl *r = state;
    double sum = 0;
    for (int i = 0; i < r->count; i++)
        sum += read_zone(&r->zone[i]);
    return sum * 1e-6;
}

// Packages only: "intel-rapl:0", whose energy holds that of the zones below it.  AMD's are there
// under the same name.
static void add_zone(struct rapl *r, const struct vg_sense_at *at, const char *entry,
                     char why[VG_SENSE_WHY])
{
    char path[VG_SENSE_PATH], name[64] = "";
    struct zone *z = &r->zone[r->count];
    if (r->count == ZONES || !vg_sense_path(path, at->root, "sys/class/powercap/%s/name", entry) ||
        !vg_sense_line(path, name, sizeof name) || strncmp(name, "package", 7) != 0)
        return;
    vg_sense_path(path, at->root, "sys/class/powercap/%s/max_energy_range_uj", entry);
    *z = (struct zone) { .range = vg_sense_number(path) };
    vg_sense_path(z->path, at->root, "sys/class/powercap/%s/energy_uj", entry);
    z->last = vg_sense_number(z->path);
    if (z->last >= 0 && z->range > 0)
        r->count++;
    else
        snprintf(why, VG_SENSE_WHY,
                 "RAPL of %.40s cannot be read: its energy_uj is for root only on most systems",
                 name);
}

bool vg_sense_rapl(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    char dir[VG_SENSE_PATH];
    struct vg_sense_entries e = { .count = 0 };
    struct rapl *r = vg_alloc(1, sizeof *r);
    snprintf(why, VG_SENSE_WHY, "no RAPL package below /sys/class/powercap");
    if (vg_sense_path(dir, at->root, "sys/class/powercap"))
        vg_sense_list(&e, dir, "intel-rapl:");
    for (int i = 0; i < e.count; i++)
        add_zone(r, at, e.name[i], why);
    if (r->count == 0) {
        free(r);
        return false;
    }
    *s = (struct vg_sensor) { .read = read_rapl, .state = r };
    snprintf(s->name, sizeof s->name, "RAPL, %d package%s", r->count, r->count > 1 ? "s" : "");
    return true;
}

// ---- temperature --------------------------------------------------------------------------------

bool vg_sense_cpu_temperature(struct vg_sensor *s, const struct vg_sense_at *at,
                              char why[VG_SENSE_WHY])
{
    static const char *const names[] = { "coretemp", "k10temp", "zenpower", "cpu_thermal", NULL };
    char dir[VG_SENSE_PATH], hwmon[VG_SENSE_PATH], path[VG_SENSE_PATH];
    if (!vg_sense_path(dir, at->root, "sys/class/hwmon") || !vg_sense_hwmon(hwmon, dir, names)) {
        snprintf(why, VG_SENSE_WHY, "no hwmon of coretemp, k10temp, zenpower or cpu_thermal");
        return false;
    }
    vg_sense_path(path, hwmon, "temp1_input");
    return vg_sense_file(s, path, 1e-3, why, "hwmon of the CPU");
}
