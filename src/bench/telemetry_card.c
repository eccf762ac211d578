#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "bench/telemetry_sensor.h"

// Cards of AMD and Intel below /sys/class/drm.  A card is the device's if the bus address is the
// same; where that is unknown, if it is the only one of its vendor.

enum { AMD = 0x1002, INTEL = 0x8086 };

static int vendor_id(const char *vendor)
{
    if (strcasestr(vendor, "intel"))
        return INTEL;
    return strcasestr(vendor, "amd") || strcasestr(vendor, "advanced micro") ? AMD : 0;
}

// "PCI_ID=1002:73BF" and "PCI_SLOT_NAME=0000:03:00.0" of card<n>/device/uevent.
static void identify(const char *card, int *vendor, char pci[VG_SENSE_PCI])
{
    char path[VG_SENSE_PATH], line[128];
    unsigned id = 0;
    *vendor = 0;
    pci[0] = 0;
    vg_sense_path(path, card, "device/uevent");
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "PCI_ID=%x:", &id) == 1)
            *vendor = (int) id;
        sscanf(line, "PCI_SLOT_NAME=%15s", pci);
    }
    if (f)
        fclose(f);
}

static bool find_card(char out[VG_SENSE_PATH], const struct vg_sense_at *at, int vendor,
                      char why[VG_SENSE_WHY])
{
    char dir[VG_SENSE_PATH], card[VG_SENSE_PATH], pci[VG_SENSE_PCI];
    struct vg_sense_entries e = { .count = 0 };
    int found = 0, of;
    if (vg_sense_path(dir, at->root, "sys/class/drm"))
        vg_sense_list(&e, dir, "card");
    for (int i = 0; i < e.count; i++) {
        vg_sense_path(card, dir, "%s", e.name[i]);
        identify(card, &of, pci);
        if (of != vendor || (at->pci[0] && strcasecmp(at->pci, pci) != 0))
            continue;
        strcpy(out, card);
        found++;
    }
    if (found != 1)
        snprintf(why, VG_SENSE_WHY,
                 found ? "%d cards of vendor %04x, and which is unknown"
                       : "%d cards of vendor %04x below /sys/class/drm",
                 found, (unsigned) vendor);
    return found == 1;
}

static bool card_of(char out[VG_SENSE_PATH], const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    const int vendor = vendor_id(at->vendor);
    if (vendor)
        return find_card(out, at, vendor, why);
    snprintf(why, VG_SENSE_WHY, "no file is known for cards of %.80s", at->vendor);
    return false;
}

static bool hwmon_of(char out[VG_SENSE_PATH], const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    static const char *const names[] = { "amdgpu", "i915", "xe", NULL };
    char card[VG_SENSE_PATH], dir[VG_SENSE_PATH];
    if (!card_of(card, at, why))
        return false;
    vg_sense_path(dir, card, "device/hwmon");
    if (vg_sense_hwmon(out, dir, names))
        return true;
    snprintf(why, VG_SENSE_WHY, "no hwmon below %.120s", dir);
    return false;
}

static bool hwmon_file(struct vg_sensor *s, const struct vg_sense_at *at, const char *file,
                       double scale, char why[VG_SENSE_WHY])
{
    char hwmon[VG_SENSE_PATH], path[VG_SENSE_PATH];
    if (!hwmon_of(hwmon, at, why))
        return false;
    vg_sense_path(path, hwmon, "%s", file);
    return vg_sense_file(s, path, scale, why, "hwmon of the card, %s", file);
}

// ---- clocks -------------------------------------------------------------------------------------

// "1: 2475Mhz *": the line with the star is the one that runs.
static double read_dpm(void *state)
{
    char line[128];
    double mhz = NAN;
    FILE *f = fopen(state, "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        int value, used = 0;
        if (strchr(line, '*') && colon && sscanf(colon + 1, " %d%n", &value, &used) == 1 &&
            !strncasecmp(colon + 1 + used, "mhz", 3) && value > 0)
            mhz = value;
    }
    if (f)
        fclose(f);
    return mhz;
}

static bool amd_clock(struct vg_sensor *s, const struct vg_sense_at *at, const char *card,
                      char why[VG_SENSE_WHY])
{
    char path[VG_SENSE_PATH];
    if (hwmon_file(s, at, "freq1_input", 1e-6, why))
        return true;
    vg_sense_path(path, card, "device/pp_dpm_sclk");
    if (isnan(read_dpm(path))) {
        snprintf(why, VG_SENSE_WHY, "no freq1_input, and no line with a star in %.120s", path);
        return false;
    }
    *s = (struct vg_sensor) { .read = read_dpm, .state = vg_strdup(path) };
    snprintf(s->name, sizeof s->name, "pp_dpm_sclk");
    return true;
}

// A graphics unit that sleeps says 0, which tells nothing of the work before it.
static double read_act_freq(void *state)
{
    const double mhz = vg_sense_number(state);
    return mhz > 0 ? mhz : NAN;
}

static bool intel_clock(struct vg_sensor *s, const char *card, char why[VG_SENSE_WHY])
{
    static const char *const files[] = {
        "gt_act_freq_mhz",                   // i915
        "gt/gt0/rps_act_freq_mhz",           // i915 since Linux 5.18
        "device/tile0/gt0/freq0/act_freq",   // xe
    };
    char path[VG_SENSE_PATH];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        vg_sense_path(path, card, "%s", files[i]);
        if (!(vg_sense_number(path) >= 0))
            continue;
        *s = (struct vg_sensor) { .read = read_act_freq, .state = vg_strdup(path) };
        snprintf(s->name, sizeof s->name, "%s", files[i]);
        return true;
    }
    snprintf(why, VG_SENSE_WHY, "no act_freq with a number below %.120s", card);
    return false;
}

bool vg_sense_card_clock(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    char card[VG_SENSE_PATH];
    if (!card_of(card, at, why))
        return false;
    return vendor_id(at->vendor) == AMD ? amd_clock(s, at, card, why) : intel_clock(s, card, why);
}

// ---- the rest -----------------------------------------------------------------------------------

bool vg_sense_card_temperature(struct vg_sensor *s, const struct vg_sense_at *at,
                               char why[VG_SENSE_WHY])
{
    return hwmon_file(s, at, "temp1_input", 1e-3, why);
}

bool vg_sense_card_power(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    return hwmon_file(s, at, "power1_average", 1e-6, why) ||
           hwmon_file(s, at, "power1_input", 1e-6, why);
}

bool vg_sense_card_energy(struct vg_sensor *s, const struct vg_sense_at *at, char why[VG_SENSE_WHY])
{
    return hwmon_file(s, at, "energy1_input", 1e-6, why);
}
