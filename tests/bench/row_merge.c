#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "bench/row.h"

// A row as a process would write it: n samples, the sample `slow` (or -1) under a low clock.
static struct vg_row *row_of(const double *ns, size_t n, int slow, const char *commit)
{
    struct vg_row *r = vg_row_create("op/x", "x: forward x", VG_ROW_OP, NULL);
    json_t *o = vg_row_json(r);
    vg_json_string(vg_json_object(o, "device"), "id", "a-device");
    vg_json_string(o, "commit", commit);
    vg_row_time(r, ns, n, "one call");
    vg_row_wall(r, ns, n);
    vg_row_stopped(r, &(struct vg_samples) {
                          .warmup = (int) n, .flat = true, .begun_s = 1e9 + (double) n });
    vg_row_event_clock(r, &(struct vg_event_clock) { 1, 0, true });
    json_t *t = vg_json_object(o, "telemetry");
    vg_json_reals(t, "clock_mhz", ns, n);
    vg_json_null(t, "power_w");
    vg_json_array(t, "throttled");
    if (slow >= 0)
        json_array_append_new(json_object_get(t, "throttled"), json_integer(slow));
    vg_json_real(t, "energy_j", 5);
    vg_row_checked(r, true, "by hand", 0.25);
    vg_row_cost(r, 1000, 10);
    vg_row_ceiling(r, &(struct vg_ceiling) { .gflops = 100, .gbps = 100 });
    vg_row_throughput(r, 1000 / vg_row_median(r), "GFLOP/s");
    vg_row_status(r, VG_ROW_OK, NULL);
    return r;
}

static double whole(const json_t *array, size_t at)
{
    return (double) json_integer_value(json_array_get(array, at));
}

Test(row_merge, samples_of_two_processes_become_one_row)
{
    const double a[] = { 100, 100, 101, 102, 99, 100, 100 }, b[] = { 110, 111, 109, 300, 110 };
    struct vg_row *into = row_of(a, 7, -1, "c"), *more = row_of(b, 5, 3, "c");
    cr_assert_eq(vg_row_merge(into, more), VG_OK, "%s", vg_error());
    const json_t *o = vg_row_json(into);
    cr_expect_eq(json_array_size(vg_json_at(o, "time_ns.samples")), 12);
    cr_expect_eq(json_array_size(vg_json_at(o, "time_ns.wall.samples")), 12);
    cr_expect_eq(json_array_size(vg_json_at(o, "telemetry.clock_mhz")), 12);
    cr_expect(json_is_null(vg_json_at(o, "telemetry.power_w")));
    cr_expect_float_eq(whole(vg_json_at(o, "time_ns.processes"), 0), 7, 0);
    cr_expect_float_eq(whole(vg_json_at(o, "time_ns.processes"), 1), 5, 0);
    cr_expect_float_eq(whole(vg_json_at(o, "time_ns.warmup.runs"), 1), 5, 0);
    const json_t *begun = vg_json_at(o, "time_ns.begun_s");
    cr_expect_eq(json_real_value(json_array_get(begun, 0)), 1e9 + 7);
    cr_expect_eq(json_real_value(json_array_get(begun, 1)), 1e9 + 5);
    cr_expect_eq(json_array_size(vg_json_at(o, "time_ns.stopped_by")), 2);
    cr_expect_float_eq(whole(vg_json_at(o, "telemetry.throttled"), 0), 10, 0, "7 + 3");
    cr_expect_float_eq(whole(vg_json_at(o, "time_ns.left_out"), 0), 10, 0);
    cr_expect_float_eq(vg_json_real_at(o, "telemetry.energy_j", 0), 10, 0);

    // Without the 300: seven around 100, four around 110; the middle one of the eleven is 101.
    cr_expect_float_eq(vg_row_median(into), 101, 0);
    cr_expect_leq(vg_json_real_at(o, "time_ns.low", 0), 100, "the median of the first process");
    cr_expect_geq(vg_json_real_at(o, "time_ns.high", 0), 110, "and of the second");
    cr_expect_float_eq(vg_json_real_at(o, "throughput.value", 0), 1000.0 / 101, 1e-9);
    cr_expect_float_eq(vg_json_real_at(o, "ceiling.percent_of_roofline", 0), 100 * 10 / 101.0,
                       1e-9);
    vg_row_destroy(&into);
    vg_row_destroy(&more);
}

Test(row_merge, one_process_that_failed_fails_the_row)
{
    const double a[] = { 100, 100, 101 };
    struct vg_row *into = row_of(a, 3, -1, "c"), *more = row_of(a, 3, -1, "c");
    vg_row_checked(more, false, "by hand", 7);
    vg_row_status(more, VG_ROW_FAILED, "wrong");
    cr_assert_eq(vg_row_merge(into, more), VG_OK, "%s", vg_error());
    char *line = vg_row_line(into);
    const json_t *o = vg_row_json(into);
    cr_expect_str_eq(vg_json_text_at(o, "status", ""), "failed");
    cr_expect_str_eq(vg_json_text_at(o, "reason", ""), "wrong");
    cr_expect_float_eq(vg_json_real_at(o, "checked.worst_error", 0), 7, 0);
    cr_expect(json_is_null(vg_json_at(o, "throughput")));
    free(line);
    vg_row_destroy(&into);
    vg_row_destroy(&more);
}

Test(row_merge, rows_of_different_programs_are_refused)
{
    const double a[] = { 100, 100, 101 };
    struct vg_row *into = row_of(a, 3, -1, "old"), *more = row_of(a, 3, -1, "new");
    cr_expect_eq(vg_row_merge(into, more), VG_ERR_VALUE);
    cr_expect_str_eq(vg_error(),
                     "x: forward x: commit is 'old' in one process and 'new' in another");
    vg_row_destroy(&into);
    vg_row_destroy(&more);
}

Test(row_merge, a_row_is_taken_as_it_was_written)
{
    const double a[] = { 100, 100, 101 };
    struct vg_row *r = row_of(a, 3, -1, "c"), *again = NULL;
    json_t *o = NULL;
    char *line = vg_row_line(r), *back;
    cr_assert_eq(vg_json_parse("row", line, &o), VG_OK);
    cr_assert_eq(vg_row_take(&again, o), VG_OK, "%s", vg_error());
    back = vg_row_line(again);
    cr_expect_str_eq(back, line);
    free(back);
    free(line);
    vg_row_destroy(&r);
    vg_row_destroy(&again);
    cr_expect_eq(vg_row_take(&again, json_pack("{s:s}", "suite", "s")), VG_ERR_FORMAT);
    cr_expect_str_eq(vg_error(), "a row without device.id");
}
