#include <criterion/criterion.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "bench/telemetry_sensor.h"
#include "tests/bench/telemetry_told.h"

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
