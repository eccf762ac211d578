#include <criterion/criterion.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "bench/row.h"
#include "bench/telemetry_sensor.h"

#define TREES "tests/bench/telemetry/"

// ---- a telemetry and what it says ---------------------------------------------------------------

static struct vg_telemetry *open_at(const char *root, const char *type, const char *vendor,
                                    const char *pci)
{
    return vg_telemetry_open(&(struct vg_telemetry_of) {
        .type = type, .vendor = vendor, .pci = pci, .root = root, .no_probe = true });
}

static json_t *told(const struct vg_telemetry *t)
{
    json_t *o = json_object();
    vg_telemetry_json(t, o);
    return o;
}

static double first(const json_t *o, const char *key)
{
    const json_t *value = json_array_get(json_object_get(o, key), 0);
    return json_is_number(value) ? json_number_value(value) : NAN;
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

static void expect_source(const json_t *o, const char *quantity, const char *wanted)
{
    char path[64];
    snprintf(path, sizeof path, "sources.%s", quantity);
    cr_expect_str_eq(vg_json_text_at(o, path, "none"), wanted, "%s", quantity);
}

static void expect_missing(const json_t *o, const char *quantity, const char *why)
{
    char path[64];
    expect_source(o, quantity, "none");
    snprintf(path, sizeof path, "missing.%s", quantity);
    cr_expect(strstr(vg_json_text_at(o, path, ""), why), "%s is missing, '%s', wanted '%s'",
              quantity, vg_json_text_at(o, path, ""), why);
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

// ---- NVML ---------------------------------------------------------------------------------------

static json_t *nvml_samples(const char *library, const char *pci, int samples)
{
    struct vg_telemetry *t =
        vg_telemetry_open(&(struct vg_telemetry_of) { .type = "gpu",
                                                      .vendor = "NVIDIA Corporation",
                                                      .pci = pci,
                                                      .root = TREES "nowhere",
                                                      .nvml = library,
                                                      .no_probe = true });
    for (int i = 0; i < samples; i++) {
        vg_telemetry_begin(t);
        vg_telemetry_end(t);
    }
    json_t *o = told(t);
    vg_telemetry_close(&t);
    return o;
}

Test(telemetry, nvml_gives_all_and_says_what_throttles)
{
    json_t *o = nvml_samples(FAKE_NVML, "0000:65:00.0", 3);
    expect_source(o, "clock", "NVML, clock of the multiprocessors");
    expect_source(o, "throttle", "NVML, reasons of throttling");
    cr_expect_float_eq(first(o, "clock_mhz"), 1950, 0, "1965 while it was opened");
    cr_expect_float_eq(first(o, "temperature_c"), 67, 0);
    cr_expect_float_eq(first(o, "power_w"), 412.5, 1e-9);
    cr_expect_float_eq(vg_json_real_at(o, "energy_j", NAN), 3 * 2.5, 1e-9);
    const json_t *marked = json_object_get(o, "throttled");
    cr_expect_eq(json_array_size(marked), 1, "a power cap is a fault, idleness and settings none");
    cr_expect_eq(json_integer_value(json_array_get(marked, 0)), 0);
    json_decref(o);
}

Test(telemetry, nvml_without_power_still_gives_the_clock)
{
    setenv("FAKE_NVML_MUTE", "1", 1);
    json_t *o = nvml_samples(FAKE_NVML, "0000:65:00.0", 1);
    expect_missing(o, "power", "NVML gives no power for this device");
    cr_expect_gt(first(o, "clock_mhz"), 0);
    cr_expect(json_is_null(json_object_get(o, "energy_j")));
    json_decref(o);
}

Test(telemetry, nvml_that_cannot_be_used_says_why)
{
    json_t *o = nvml_samples("/nonexistent/libnvidia-ml.so.1", "0000:65:00.0", 1);
    expect_missing(o, "clock", "NVML cannot be opened");
    json_decref(o);
    o = nvml_samples(FAKE_NVML, "0000:01:00.0", 1);
    expect_missing(o, "clock", "NVML knows no device at 0000:01:00.0");
    json_decref(o);
    o = nvml_samples(FAKE_NVML, "", 1);
    expect_missing(o, "clock", "NVML has 2 devices, and which is unknown");
    json_decref(o);
    setenv("FAKE_NVML_BROKEN", "1", 1);
    o = nvml_samples(FAKE_NVML, "0000:65:00.0", 1);
    expect_missing(o, "clock", "NVML does not begin");
    json_decref(o);
}

// ---- counters and probes ------------------------------------------------------------------------

// Nanoseconds that threads ran, counted as if they were cycles: a clock of 1000 MHz exactly.
Test(telemetry, counters_are_divided_by_the_time_that_they_ran)
{
    struct vg_sensor s;
    char why[VG_SENSE_WHY] = "";
    if (!vg_sense_event(&s, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, why))
        cr_skip("%s", why);
    volatile double x = 1;
    s.begin(s.state);
    for (int i = 0; i < 20000000; i++)
        x = x * 1.0000001;
    cr_expect_float_eq(s.read(s.state), 1000, 10);
    s.close(s.state);
}

Test(telemetry, counters_that_are_not_there_say_why)
{
    struct vg_sensor s;
    char why[VG_SENSE_WHY] = "";
    cr_expect_not(vg_sense_event(&s, 0xffff, 0, why));
    cr_expect(strstr(why, "no cycle counters: perf_event_open: "), "%s", why);
}

Test(telemetry, a_cpu_without_files_has_counters_or_a_loop)
{
    struct vg_telemetry *t =
        vg_telemetry_open(&(struct vg_telemetry_of) { .type = "cpu", .root = TREES "nowhere" });
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    json_t *o = told(t);
    cr_expect(strstr(vg_json_text_at(o, "sources.clock", ""), "cycle"));
    // No core in use runs outside of this, whatever disturbs it.
    cr_expect_gt(first(o, "clock_mhz"), 10);
    cr_expect_lt(first(o, "clock_mhz"), 10000);
    json_decref(o);
    vg_telemetry_close(&t);
}

Test(telemetry, a_device_that_nothing_is_known_of_is_probed)
{
    struct vg_dev *dev;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    struct vg_telemetry *t = vg_telemetry_open(&(struct vg_telemetry_of) {
        .dev = dev, .type = "gpu", .vendor = "nobody", .root = TREES "nowhere" });
    vg_telemetry_begin(t);
    vg_telemetry_end(t);
    json_t *o = told(t);
    expect_source(o, "probe", "a probe kernel of 16384 links, the fastest of 3");
    cr_expect_gt(first(o, "probe_ns"), 0);
    cr_expect(json_is_null(json_object_get(o, "clock_mhz")), "cycles of an unknown length");
    json_decref(o);
    vg_telemetry_close(&t);
    cr_expect_eq(dev->count.bytes, 0, "its buffer is given back");
    vg_dev_close(&dev);
}
