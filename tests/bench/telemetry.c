#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "bench/row.h"
#include "tests/bench/telemetry_told.h"

// ---- a telemetry and what it says ---------------------------------------------------------------

static struct vg_telemetry *open_at(const char *root, const char *type, const char *vendor,
                                    const char *pci)
{
    return vg_telemetry_open(&(struct vg_telemetry_of) {
        .type = type, .vendor = vendor, .pci = pci, .root = root, .no_probe = true });
}

// One sample of a tree.
static json_t *one_sample(const char *root, const char *type, const char *vendor, const char *pci)
{
    struct vg_telemetry *t = open_at(root, type, vendor, pci);
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    json_t *o = told(t);
    vg_telemetry_close(&t);
    cr_expect_null(t);
    return o;
}

// ---- trees that can be written to ---------------------------------------------------------------

static char *copy_of(const char *tree)
{
    static char root[] = "/tmp/visage-telemetry-XXXXXX";
    cr_assert(mkdtemp(root));
    char *command = vg_format("cp -r '%s%s/.' '%s'", TREES, tree, root);
    cr_assert_eq(system(command), 0);
    free(command);
    return root;
}

static void drop(const char *root)
{
    char *command = vg_format("rm -r '%s'", root);
    cr_expect_eq(system(command), 0);
    free(command);
}

static void put(const char *root, const char *path, const char *text)
{
    char *whole = vg_path_join(root, path);
    cr_assert_eq(vg_file_write(whole, text, strlen(text)), VG_OK, "%s", vg_error());
    free(whole);
}

// ---- CPUs ---------------------------------------------------------------------------------------

Test(telemetry, a_cpu_gives_clock_temperature_and_energy_of_its_packages)
{
    json_t *o = one_sample(TREES "cpu", "cpu", "AuthenticAMD", NULL);
    expect_source(o, "clock", "cpufreq, the fastest of 4 CPUs");
    expect_source(o, "temperature", "hwmon of the CPU");
    expect_source(o, "energy", "RAPL, 2 packages");
    expect_source(o, "load", "/proc/stat and getrusage");
    cr_expect_float_eq(first(o, "clock_mhz"), 3593.124, 1e-9);
    cr_expect_float_eq(first(o, "temperature_c"), 61.125, 1e-9);
    cr_expect_float_eq(vg_json_real_at(o, "energy_j", NAN), 0, 0);
    cr_expect_eq(json_array_size(json_object_get(o, "throttled")), 0);
    json_decref(o);
}

Test(telemetry, energy_counts_over_the_end_of_its_range)
{
    char *root = copy_of("cpu");
    struct vg_telemetry *t = open_at(root, "cpu", "", NULL);
    // 610987 to the end, 1 from it to 0, ... and 400000 beyond; the other package 1 J.
    put(root, "sys/class/powercap/intel-rapl:0/energy_uj", "400000\n");
    put(root, "sys/class/powercap/intel-rapl:1/energy_uj", "3000000\n");
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    cr_expect_float_eq(vg_telemetry_energy(t), 0.610987 + 0.4 + 1, 1e-6);
    put(root, "sys/class/powercap/intel-rapl:0/energy_uj", "garbage\n");
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    cr_expect(isnan(vg_telemetry_energy(t)), "unknown, not wrong");
    vg_telemetry_close(&t);
    drop(root);
}

static void sample_at(struct vg_telemetry *t, const char *root, int khz)
{
    char text[32];
    snprintf(text, sizeof text, "%d\n", khz);
    for (int cpu = 0; cpu < 4; cpu++) {
        char path[80];
        snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", cpu);
        put(root, path, text);
    }
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
}

// Of a row: which samples are marked, which left out, and the median of the others.
Test(telemetry, samples_under_a_throttled_clock_are_marked_and_left_out)
{
    char *root = copy_of("cpu");
    struct vg_telemetry *t = open_at(root, "cpu", "", NULL);
    double ns[16];
    for (int i = 0; i < 16; i++) {
        const bool slow = i == 3 || (i > 8 && i < 12);
        sample_at(t, root, slow ? 2100000 : 3500000 - 10000 * i);   // 4 % of drift is none
        ns[i] = slow ? 900 : 500;
        cr_expect(vg_telemetry_count(t) == (size_t) i + 1);
    }
    cr_expect(vg_telemetry_throttled(t, 9));
    cr_expect_not(vg_telemetry_throttled(t, 15));

    struct vg_row *r = vg_row_create("s", "c", VG_ROW_OP, NULL);
    vg_row_time(r, ns, 16, "one call");
    cr_expect_float_eq(vg_json_real_at(vg_row_json(r), "time_ns.high", 0), 900, 0);
    vg_row_telemetry(r, t);
    const json_t *o = vg_row_json(r);
    json_t *wanted = json_pack("[iiii]", 3, 9, 10, 11);
    cr_expect(json_equal(vg_json_at(o, "telemetry.throttled"), wanted));
    cr_expect(json_equal(vg_json_at(o, "time_ns.left_out"), wanted));
    json_decref(wanted);
    cr_expect_str_eq(vg_json_text_at(o, "time_ns.left_out_why", ""),
                     "4 of 16 samples were taken under a throttled clock");
    cr_expect_float_eq(vg_json_real_at(o, "time_ns.high", 0), 500, 0);
    cr_expect_eq(json_array_size(vg_json_at(o, "time_ns.samples")), 16, "none is lost");
    vg_row_destroy(&r);
    vg_telemetry_close(&t);
    drop(root);
}

Test(telemetry, where_too_few_others_remain_all_samples_count)
{
    char *root = copy_of("cpu");
    struct vg_telemetry *t = open_at(root, "cpu", "", NULL);
    double ns[12];
    for (int i = 0; i < 12; i++) {
        sample_at(t, root, i % 4 ? 3500000 : 1000000);
        ns[i] = i % 4 ? 100 : 350;
    }
    struct vg_row *r = vg_row_create("s", "c", VG_ROW_OP, NULL);
    vg_row_time(r, ns, 12, "one call");
    vg_row_telemetry(r, t);
    const json_t *o = vg_row_json(r);
    cr_expect_eq(json_array_size(vg_json_at(o, "telemetry.throttled")), 3);
    cr_expect_eq(json_array_size(vg_json_at(o, "time_ns.left_out")), 0, "9 would remain");
    cr_expect_str_eq(vg_json_text_at(o, "time_ns.left_out_why", ""),
                     "3 of 12 samples were taken under a throttled clock: too few others, so all "
                     "count");
    vg_row_destroy(&r);
    vg_telemetry_close(&t);
    drop(root);
}

// Ticks are of 10 ms: 60 of others and 20 that a hypervisor took, within a known time.
Test(telemetry, time_that_others_used_is_told_in_cores)
{
    char *root = copy_of("cpu");
    struct vg_telemetry *t = open_at(root, "cpu", "", NULL);
    nanosleep(&(struct timespec) { 0, 250000000 }, NULL);
    put(root, "proc/stat", "cpu  1060 50 300 90100 20 30 40 30 0 0\n");
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    json_t *o = told(t);
    const double seconds = vg_json_real_at(o, "energy_over_ns", 0) * 1e-9,
                 ticks = (double) sysconf(_SC_CLK_TCK);
    cr_expect_float_eq(first(o, "stolen_cores") * seconds, 20 / ticks, 1e-9);
    cr_expect_leq(first(o, "other_cores") * seconds, 60 / ticks);
    cr_expect_gt(first(o, "other_cores") * seconds, 50 / ticks, "what we used ourselves is little");
    json_decref(o);
    vg_telemetry_close(&t);
    drop(root);
}

// ---- cards --------------------------------------------------------------------------------------

Test(telemetry, an_amd_card_is_found_by_its_address)
{
    json_t *o = one_sample(TREES "amd", "gpu", "Advanced Micro Devices, Inc.", "0000:03:00.0");
    expect_source(o, "clock", "pp_dpm_sclk");
    expect_source(o, "temperature", "hwmon of the card, temp1_input");
    expect_source(o, "power", "hwmon of the card, power1_average");
    cr_expect_float_eq(first(o, "clock_mhz"), 1825, 0);
    cr_expect_float_eq(first(o, "temperature_c"), 54, 1e-9);
    cr_expect_float_eq(first(o, "power_w"), 203, 1e-9);
    const double seconds = vg_json_real_at(o, "energy_over_ns", 0) * 1e-9;
    cr_expect_float_eq(vg_json_real_at(o, "energy_j", NAN), 203 * seconds, 1e-9);
    json_decref(o);

    o = one_sample(TREES "amd", "gpu", "Advanced Micro Devices, Inc.", "0000:0A:00.0");
    expect_source(o, "clock", "hwmon of the card, freq1_input");
    expect_source(o, "power", "hwmon of the card, power1_input");
    cr_expect_float_eq(first(o, "clock_mhz"), 2412, 1e-9);
    cr_expect_float_eq(first(o, "power_w"), 291, 1e-9);
    json_decref(o);
}

Test(telemetry, two_cards_and_no_address_are_not_guessed_at)
{
    json_t *o = one_sample(TREES "amd", "gpu", "Advanced Micro Devices, Inc.", "");
    expect_missing(o, "clock", "2 cards of vendor 1002, and which is unknown");
    cr_expect(json_is_null(json_object_get(o, "clock_mhz")));
    cr_expect(json_is_null(json_object_get(o, "energy_j")));
    json_decref(o);
    o = one_sample(TREES "amd", "gpu", "Intel(R) Corporation", "");
    cr_expect_float_eq(first(o, "clock_mhz"), 300, 0, "the only one of its vendor");
    json_decref(o);
    o = one_sample(TREES "amd", "gpu", "Imagination", "");
    expect_missing(o, "clock", "no file is known for cards of Imagination");
    json_decref(o);
}

Test(telemetry, intel_cards_of_both_drivers)
{
    json_t *o = one_sample(TREES "intel", "gpu", "Intel(R) Corporation", "0000:03:00.0");
    expect_source(o, "clock", "gt_act_freq_mhz");
    expect_source(o, "energy", "hwmon of the card, energy1_input");
    expect_missing(o, "temperature", "temp1_input");
    cr_expect_float_eq(first(o, "clock_mhz"), 2050, 0);
    json_decref(o);

    o = one_sample(TREES "intel", "gpu", "Intel(R) Corporation", "0000:07:00.0");
    expect_source(o, "clock", "device/tile0/gt0/freq0/act_freq");
    cr_expect_float_eq(first(o, "clock_mhz"), 2850, 0);
    cr_expect_float_eq(first(o, "temperature_c"), 48, 1e-9);
    json_decref(o);

    o = one_sample(TREES "intel", "gpu", "Intel(R) Corporation", "0000:00:02.0");
    expect_source(o, "clock", "gt/gt0/rps_act_freq_mhz");
    expect_source(o, "energy", "RAPL, 1 package");
    json_decref(o);
}

// ---- what is broken -----------------------------------------------------------------------------

Test(telemetry, malformed_files_are_missing_sources_with_a_reason)
{
    json_t *o = one_sample(TREES "malformed", "cpu", "", NULL);
    expect_missing(o, "clock", "no cpufreq/scaling_cur_freq with a number in it");
    expect_missing(o, "temperature", "holds '99999999999999999999999', not a whole number");
    expect_missing(o, "energy", "RAPL of package-1 cannot be read");
    expect_missing(o, "load", "no /proc/stat with eight numbers behind 'cpu'");
    cr_expect(json_is_null(json_array_get(json_object_get(o, "other_cores"), 0)));
    json_decref(o);

    o = one_sample(TREES "malformed", "gpu", "AMD", "");
    expect_missing(o, "clock", "no line with a star");
    expect_missing(o, "temperature", "holds 'hot', not a whole number");
    expect_missing(o, "power", "power1_input");
    json_decref(o);

    o = one_sample(TREES "malformed", "gpu", "Intel(R) Corporation", "");
    expect_missing(o, "clock", "no act_freq with a number");
    expect_missing(o, "energy", "RAPL of package-1 cannot be read");
    json_decref(o);
}

Test(telemetry, an_empty_system_has_nothing_and_says_so)
{
    json_t *o = one_sample(TREES "nowhere", "cpu", "", NULL);
    expect_missing(o, "clock", "no cpufreq");
    expect_missing(o, "energy", "no RAPL package");
    expect_missing(o, "temperature", "no hwmon");
    json_decref(o);
}

Test(telemetry, a_file_that_goes_away_is_a_missing_reading)
{
    char *root = copy_of("amd");
    struct vg_telemetry *t = open_at(root, "gpu", "AMD", "0000:03:00.0");
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    put(root, "sys/class/drm/card1/device/pp_dpm_sclk", "0: 500Mhz \n");
    put(root, "sys/class/drm/card1/device/hwmon/hwmon4/temp1_input", "");
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    json_t *o = told(t);
    cr_expect_eq(json_array_size(json_object_get(o, "clock_mhz")), 2);
    cr_expect(json_is_null(json_array_get(json_object_get(o, "clock_mhz"), 1)));
    cr_expect(json_is_null(json_array_get(json_object_get(o, "temperature_c"), 1)));
    cr_expect_eq(json_array_size(json_object_get(o, "throttled")), 0, "unknown is not slow");
    json_decref(o);
    vg_telemetry_close(&t);
    drop(root);
}
