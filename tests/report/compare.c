#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/text.h"
#include "report/compare.h"
#include "tests/report/pairs.h"

// ---- times --------------------------------------------------------------------------------------

static json_t *timed(const char *commit, const char *programs, double ns)
{
    struct vg_rng n = { .seed = (uint64_t) ns };
    json_t *o = row(commit, programs);
    add_samples(o, &n, 3, ns, 0.001, 0.002);
    return o;
}

Test(compare, rows_of_one_commit_are_processes_and_older_ones_are_not_asked)
{
    struct vg_rows *base = vg_rows_create(), *now = vg_rows_create();
    add_row(base, timed("0000", "o", 5e6));   // older: earlier in the file
    for (int i = 0; i < 2; i++) {
        add_row(base, timed("aaaa", "p", 1e6 + i));
        add_row(now, timed("bbbb", "q", 1.1e6 + i));
    }
    const struct vg_compared *c = compare(base, now, NULL);
    cr_assert_eq(c->count, 1);
    cr_expect_eq(c->list[0].base.rows, 2);
    cr_expect_eq(c->list[0].base.processes, 6);
    cr_expect_eq(c->list[0].base.samples, 6 * SAMPLES);
    cr_expect_float_eq(c->list[0].time.ratio, 1.1, 0.005);
    expect_verdict(&c->list[0], VG_SLOWER, "");
    cr_expect_eq(vg_compared_code(c), 1);
}

Test(compare, the_same_programs_and_commit_are_the_environment)
{
    expect_verdict(one(timed("aaaa", "p", 1e6), timed("aaaa", "p", 1.1e6), NULL), VG_ENVIRONMENT,
                   "the same programs and commit");
    expect_verdict(one(timed("aaaa", "p", 1e6), timed("bbbb", "p", 1.1e6), NULL), VG_SLOWER,
                   "the kernels are the same");
    expect_verdict(one(timed("a-dirty", "p", 1e6), timed("a-dirty", "p", 1.1e6), NULL), VG_SLOWER,
                   "the commit is a-dirty");
    json_t *planted = timed("aaaa", "p", 1.1e6);
    vg_json_string(json_object_get(planted, "engaged"), "planted", "gelu");
    expect_verdict(one(timed("aaaa", "p", 1e6), planted, NULL), VG_SLOWER, "");
    json_t *same = timed("aaaa", "p", 1e6);
    expect_verdict(one(json_incref(same), same, NULL), VG_SAME, "the same rows");
}

static json_t *clocked(const char *commit, double ns, double mhz)
{
    json_t *o = timed(commit, commit, ns);
    double clock[3 * SAMPLES];
    for (int i = 0; i < 3 * SAMPLES; i++)
        clock[i] = mhz;
    vg_json_reals(vg_json_object(o, "telemetry"), "clock_mhz", clock, 3 * SAMPLES);
    return o;
}

Test(compare, clock_cycles_confirm_or_explain)
{
    const struct vg_comparison *c =
        one(clocked("aaaa", 1e6, 2000), clocked("bbbb", 1.1e6, 2000), NULL);
    expect_verdict(c, VG_SLOWER, "confirmed in clock cycles");
    cr_expect_float_eq(c->cycles.ratio, c->time.ratio, 1e-12);
    cr_expect_eq(c->now.clock_mhz, 2000);
    expect_verdict(one(clocked("aaaa", 1e6, 2200), clocked("bbbb", 1.1e6, 2000), NULL),
                   VG_ENVIRONMENT, "same in clock cycles: the clock was 2200 MHz, is 2000");
    expect_verdict(one(clocked("aaaa", 1e6, 2000), timed("bbbb", "q", 1.1e6), NULL), VG_SLOWER, "");
}

Test(compare, samples_left_out_do_not_count_and_throttled_ones_decide_nothing)
{
    json_t *base = timed("aaaa", "p", 1e6), *now = timed("bbbb", "q", 1e6), *marks;
    json_t *samples = vg_json_at(now, "time_ns.samples");
    marks = vg_json_array(json_object_get(now, "time_ns"), "left_out");
    for (size_t i = 0; i < 3 * SAMPLES; i += 3) {
        json_array_set_new(samples, i, json_real(9e6));
        json_array_append_new(marks, json_integer((json_int_t) i));
    }
    const struct vg_comparison *c = one(base, now, NULL);
    cr_expect_eq(c->now.samples, 2 * SAMPLES);
    expect_verdict(c, VG_SAME, "");

    now = timed("bbbb", "q", 1.1e6);
    marks = vg_json_array(vg_json_object(now, "telemetry"), "throttled");
    for (int i = 0; i < 2 * SAMPLES; i++)
        json_array_append_new(marks, json_integer(i));
    expect_verdict(one(timed("aaaa", "p", 1e6), now, NULL), VG_AMBIGUOUS, "throttled clock");
}

static json_t *evented(const char *commit, double ns, bool agrees)
{
    json_t *o = timed(commit, commit, ns);
    json_t *clock = vg_json_object(json_object_get(o, "time_ns"), "event_clock");
    json_object_set_new(clock, "agrees", json_boolean(agrees));
    return o;
}

Test(compare, events_that_do_not_keep_the_hosts_time_decide_nothing)
{
    expect_verdict(one(evented("aaaa", 1e6, true), evented("bbbb", 1, false), NULL), VG_AMBIGUOUS,
                   "event clock does not agree");
    expect_verdict(one(evented("aaaa", 1, false), evented("bbbb", 1, false), NULL), VG_AMBIGUOUS,
                   "event clock does not agree");
    expect_verdict(one(evented("aaaa", 1e6, true), evented("bbbb", 1.1e6, true), NULL), VG_SLOWER,
                   "");
}

static json_t *loaded(const char *commit, double ns, double least, double most)
{
    json_t *o = timed(commit, commit, ns);
    vg_json_reals(vg_json_object(o, "telemetry"), "other_cores", (double[]) { least, most }, 2);
    return o;
}

Test(compare, a_load_that_goes_with_the_slower_side_decides_nothing)
{
    expect_verdict(one(loaded("aaaa", 1e6, 0, 0.1), loaded("bbbb", 1.1e6, 0.9, 1), NULL),
                   VG_AMBIGUOUS, "at least 0.9 cores on the slower side, at most 0.1");
    expect_verdict(one(loaded("aaaa", 1.1e6, 0.9, 1), loaded("bbbb", 1e6, 0, 0.1), NULL),
                   VG_AMBIGUOUS, "slower side");
    expect_verdict(one(loaded("aaaa", 1e6, 0.9, 1), loaded("bbbb", 1.1e6, 0, 0.1), NULL), VG_SLOWER,
                   "");
    expect_verdict(one(loaded("aaaa", 1e6, 0, 0.7), loaded("bbbb", 1.1e6, 0.6, 1), NULL), VG_SLOWER,
                   "");
}

Test(compare, three_samples_decide_nothing)
{
    json_t *base = row("aaaa", "p"), *now = row("bbbb", "q");
    vg_json_reals(json_object_get(base, "time_ns"), "samples", (double[]) { 100, 101, 102 }, 3);
    vg_json_reals(json_object_get(now, "time_ns"), "samples", (double[]) { 200, 201, 202 }, 3);
    const struct vg_comparison *c = one(base, now, NULL);
    expect_verdict(c, VG_AMBIGUOUS, "too few samples");
    cr_expect_float_eq(c->time.ratio, 201.0 / 101, 1e-12);
}

// ---- what may be compared -----------------------------------------------------------------------

static json_t *with(const char *path, const char *key, const char *text)
{
    json_t *o = timed("bbbb", "q", 1e6);
    vg_json_string(*path ? vg_json_at(o, path) : o, key, text);
    return o;
}

Test(compare, what_is_not_the_same_work_is_not_comparable)
{
    static const struct {
        const char *path, *key, *text, *reason;
        enum vg_verdict v;
    } cases[] = {
        { "time_ns", "unit_of_work", "v", "unit of work: u -> v", VG_NOT_COMPARABLE },
        { "time_ns", "caches", "cold", "caches: none -> cold", VG_NOT_COMPARABLE },
        { "settings", "x", "4", "settings: x 3 -> \"4\"", VG_NOT_COMPARABLE },
        { "settings", "new", "1", "settings: new none -> \"1\"", VG_NOT_COMPARABLE },
        { "device", "driver", "2", "driver: 1 -> 2; --across", VG_NOT_COMPARABLE },
        { "host", "cpu", "g", "host: h -> g; --across", VG_NOT_COMPARABLE },
        { "engaged", "driver_settings", "POCL_AFFINITY=1",
          "driver settings: none -> POCL_AFFINITY=1; --across", VG_NOT_COMPARABLE },
        { "", "status", "unsupported", "unsupported: none", VG_NOT_COMPARABLE },
        { "", "status", "failed", "failed: none", VG_WORSE },
        { "", "checked", "no", "was not checked", VG_NOT_COMPARABLE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_verdict(one(timed("aaaa", "p", 1e6),
                           with(cases[i].path, cases[i].key, cases[i].text), NULL),
                       cases[i].v, cases[i].reason);
    const struct vg_compare_how across = { .across = true };
    expect_verdict(one(timed("aaaa", "p", 1e6), with("device", "driver", "2"), &across), VG_SAME,
                   "driver: 1 -> 2");
}

Test(compare, cases_of_one_side_are_new_missing_or_not_asked)
{
    struct vg_rows *base = vg_rows_create(), *now = vg_rows_create();
    add_row(base, with("", "case", "gone"));
    add_row(base, with("", "suite", "other"));
    add_row(base, with("device", "id", "elsewhere"));
    add_row(now, with("", "case", "fresh"));
    const struct vg_compared *c = compare(base, now, NULL);
    cr_assert_eq(c->count, 2);
    cr_expect_eq(c->list[0].verdict, VG_NEW);
    cr_expect_eq(c->list[1].verdict, VG_MISSING);
    cr_expect_eq(c->not_asked, 2);
    cr_expect_eq(vg_compared_code(c), 2);
}

Test(compare, devices_are_compared_where_that_is_asked)
{
    const struct vg_compare_how across = { .across_devices = true };
    expect_verdict(one(timed("aaaa", "p", 2e6), with("device", "id", "e"), &across), VG_FASTER, "");
    struct vg_rows *base = vg_rows_create();
    struct vg_compared *c;
    add_row(base, timed("aaaa", "p", 1e6));
    add_row(base, with("device", "id", "e"));
    cr_expect_eq(vg_compare(&c, base, base, &across), VG_ERR_USAGE);
    cr_expect(strstr(vg_error(), "BASE has rows of several devices, 'd' and 'e'"), "%s",
              vg_error());
}

Test(compare, cold_and_warm_caches_are_two_cases)
{
    struct vg_rows *base = vg_rows_create(), *now = vg_rows_create();
    add_row(base, with("time_ns", "caches", "warm"));
    add_row(base, with("time_ns", "caches", "cold"));
    add_row(now, with("time_ns", "caches", "cold"));
    const struct vg_compared *c = compare(base, now, NULL);
    cr_assert_eq(c->count, 2);
    cr_expect_eq(c->list[0].base.rows, 1);
    cr_expect_eq(c->verdicts[VG_SAME], 1);
    cr_expect_eq(c->verdicts[VG_MISSING], 1);
}

// A clock of 1 us: three processes of 50 us each, and one tick more is not 2 % slower for sure.
Test(compare, a_coarse_clock_hides_what_it_cannot_tell)
{
    json_t *base = row("aaaa", "p"), *now = row("bbbb", "q");
    double was[3 * SAMPLES], is[3 * SAMPLES];
    for (int i = 0; i < 3 * SAMPLES; i++) {
        was[i] = i % 5 ? 50000 : 51000;
        is[i] = i % 5 ? 51000 : 50000;
    }
    vg_json_reals(json_object_get(base, "time_ns"), "samples", was, 3 * SAMPLES);
    vg_json_reals(json_object_get(now, "time_ns"), "samples", is, 3 * SAMPLES);
    json_t *sizes = vg_json_array(json_object_get(base, "time_ns"), "processes");
    for (int p = 0; p < 3; p++)
        json_array_append_new(sizes, json_integer(SAMPLES));
    json_object_set(json_object_get(now, "time_ns"), "processes", sizes);
    const struct vg_comparison *c = one(base, now, NULL);
    cr_expect_eq(c->base.processes, 3);
    expect_verdict(c, VG_AMBIGUOUS, "");
}

Test(compare, what_was_accepted_is_not_held_against_it)
{
    struct vg_accepted_change line = { "c", "d", "aa", "bb", "exact sums", 1 };
    struct vg_accepted accepted = { &line, 1, NULL };
    const struct vg_compare_how how = { .accepted = &accepted };
    struct vg_rows *base = vg_rows_create(), *now = vg_rows_create();
    add_row(base, timed("aaaa", "p", 1e6));
    add_row(now, timed("bbbb", "q", 1.1e6));
    const struct vg_compared *c = compare(base, now, &how);
    expect_verdict(&c->list[0], VG_SLOWER, "accepted: exact sums");
    cr_expect_eq(c->accepted, 1);
    cr_expect_eq(vg_compared_code(c), 0);
}

// ---- accuracy and loss --------------------------------------------------------------------------

static json_t *scored(double accuracy, int images, double loss)
{
    json_t *o = row("aaaa", "p");
    if (!isnan(accuracy))
        vg_json_real(vg_json_object(o, "accuracy"), "accuracy", accuracy);
    if (images)
        vg_json_int(json_object_get(o, "settings"), "test", images);
    if (!isnan(loss))
        vg_json_reals(vg_json_object(o, "training"), "loss", (double[]) { 9, loss }, 2);
    return o;
}

Test(compare, accuracy_and_loss_are_compared)
{
    static const struct {
        double base, now;
        int images;
        double was, is;
        enum vg_verdict v;
        const char *reason;
    } cases[] = {
        { 0.90, 0.903, 100, NAN, NAN, VG_SAME, "by the same programs" },
        { 0.90, 0.90, 100, NAN, NAN, VG_SAME, "" },
        { 0.90, 0.80, 4000, NAN, NAN, VG_WORSE, "accuracy 0.9 -> 0.8, worse" },
        { 0.80, 0.90, 4000, NAN, NAN, VG_SAME, "better" },
        { 0.90, 0.80, 40, NAN, NAN, VG_AMBIGUOUS, "no interval tells" },
        { 0.90, 0.80, 0, NAN, NAN, VG_AMBIGUOUS, "no interval tells" },
        { NAN, NAN, 0, 2, 2.01, VG_SAME, "" },
        { NAN, NAN, 0, 2, 2.05, VG_AMBIGUOUS, "loss" },
        { NAN, NAN, 0, 2, 2.5, VG_WORSE, "loss 2 -> 2.5, worse" },
        { NAN, NAN, 0, -2, -2.5, VG_SAME, "better" },
        { NAN, NAN, 0, NAN, NAN, VG_NOT_COMPARABLE, "neither samples nor a metric" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_verdict(one(scored(cases[i].base, cases[i].images, cases[i].was),
                           scored(cases[i].now, cases[i].images, cases[i].is), NULL),
                       cases[i].v, cases[i].reason);
}

// ---- how it is written --------------------------------------------------------------------------

Test(compare, hostile_names_stay_text)
{
    struct vg_rows *base = vg_rows_create(), *now = vg_rows_create();
    struct vg_text out = { 0 };
    add_row(base, with("", "case", "a|b <script>\n`x`"));
    add_row(now, with("", "case", "a|b <script>\n`x`"));
    const struct vg_compared *c = compare(base, now, NULL);
    vg_compared_markdown(c, &out);
    cr_expect(strstr(out.data, "| a\\|b &lt;script> \\`x\\` |"), "%s", out.data);
    json_t *o = vg_compared_json(c);
    cr_expect_eq(json_array_size(json_object_get(o, "cases")), 1);
    cr_expect_eq(vg_json_real_at(o, "verdicts.same", 0), 1);
}
