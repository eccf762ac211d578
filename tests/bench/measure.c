#include <criterion/criterion.h>
#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "bench/measure.h"

struct clockwork {
    const double *ns;
    int length, calls, fail_at;
};

static int tick(void *user, double track_ns[VG_TRACKS])
{
    struct clockwork *c = user;
    track_ns[0] = c->ns[c->calls % c->length];
    c->calls++;
    return c->calls == c->fail_at ? VG_ERR_DEVICE : VG_OK;
}

// A run that lasts a millisecond or more.
static int doze(void *user, double track_ns[VG_TRACKS])
{
    clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec) { .tv_nsec = 1000000 }, NULL);
    return tick(user, track_ns);
}

Test(measure, samples_begin_behind_the_warm_up)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 100 }, 1, 0, 0 };
    const double before = vg_clock_epoch_s();
    cr_assert_eq(vg_measure(&s, 1, doze, &c, NULL), VG_OK);
    cr_expect_geq(s.begun_s - before, 0.001 * s.warmup);
    cr_expect_geq(vg_clock_epoch_s() - s.begun_s, 0.001 * (double) s.count);
    vg_samples_finish(&s);
}

Test(measure, equal_times_end_at_the_least_number_of_samples)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 100 }, 1, 0, 0 };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, NULL), VG_OK);
    cr_expect_eq(s.count, 10);
    cr_expect_eq(s.stopped, VG_STOPPED_INTERVAL);
    cr_expect_geq(s.warmup, 8);
    cr_expect_eq(c.calls, s.warmup + 10, "no run is lost");
    const struct vg_summary m = vg_summary_of(s.track_ns[0], s.count);
    cr_expect_float_eq(m.median, 100, 0);
    cr_expect_float_eq(m.width, 0, 0);
    vg_samples_finish(&s);
}

Test(measure, wild_times_end_with_the_time_and_keep_every_sample)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 100, 200, 300 }, 3, 0, 0 };
    const struct vg_measure how = { .seconds = 1e-9, .least = 12, .most = 50 };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, &how), VG_OK);
    cr_expect_eq(s.count, 12);
    cr_expect_eq(s.stopped, VG_STOPPED_TIME);
    for (size_t i = 0; i < s.count; i++)
        cr_expect_float_eq(s.track_ns[0][i], c.ns[(s.warmup + i) % 3], 0);
    vg_samples_finish(&s);
}

Test(measure, never_more_samples_than_asked)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 1, 2 }, 2, 0, 0 };
    const struct vg_measure how = { .seconds = 60, .most = 15 };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, &how), VG_OK);
    cr_expect_eq(s.count, 15);
    cr_expect_eq(s.stopped, VG_STOPPED_COUNT);
    vg_samples_finish(&s);
}

Test(measure, a_failure_is_passed_up_with_the_samples_so_far)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 1, 2 }, 2, 0, 60 };
    const struct vg_measure how = { .seconds = 60 };
    cr_expect_eq(vg_measure(&s, 1, tick, &c, &how), VG_ERR_DEVICE);
    cr_expect_eq(s.count, 60 - s.warmup - 1);
    vg_samples_finish(&s);
}

static bool at_once(void)
{
    return true;
}

Test(measure, stops_when_asked_to)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 1 }, 1, 0, 0 };
    const struct vg_measure how = { .stop = at_once };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, &how), VG_OK);
    cr_expect_eq(s.count, 0);
    cr_expect_eq(s.stopped, VG_STOPPED_ASKED);
    vg_samples_finish(&s);
}

// Two tracks, of which the second never comes to rest: it is kept and does not rule.
static int tick_both(void *user, double track_ns[VG_TRACKS])
{
    struct clockwork *c = user;
    track_ns[0] = 100;
    track_ns[1] = c->calls++ % 2 ? 100 : 300;
    return VG_OK;
}

Test(measure, only_ruling_tracks_decide)
{
    struct vg_samples s;
    struct clockwork c = { 0 };
    struct vg_measure how = { .seconds = 60, .most = 40, .ruling = 1 };
    cr_assert_eq(vg_measure(&s, 2, tick_both, &c, &how), VG_OK);
    cr_expect_eq(s.count, 10);
    cr_expect_eq(s.stopped, VG_STOPPED_INTERVAL);
    vg_samples_finish(&s);
    how.ruling = 0;
    cr_assert_eq(vg_measure(&s, 2, tick_both, &c, &how), VG_OK);
    cr_expect_eq(s.count, 40);
    vg_samples_finish(&s);
}

Test(measure, what_shows_nothing_new_ends_by_entropy)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 100, 102 }, 2, 0, 0 };   // the interval stays 2 % wide
    const struct vg_measure how = { .seconds = 60, .most = 2000 };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, &how), VG_OK);
    cr_expect_eq(s.stopped, VG_STOPPED_ENTROPY);
    cr_expect_gt(s.count, 299);
    cr_expect_lt(s.count, 2000);
    vg_samples_finish(&s);
    const struct vg_measure exhaust = { .seconds = 60, .most = 1500, .exhaust = true };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, &exhaust), VG_OK);
    cr_expect_eq(s.stopped, VG_STOPPED_COUNT);
    vg_samples_finish(&s);
}

Test(measure, slope_is_of_the_line_and_not_of_its_outlier)
{
    double scatter;
    cr_expect_float_eq(vg_measure_slope((double[]) { 100, 100, 100, 100 }, 4, &scatter), 0, 0);
    cr_expect_float_eq(scatter, 0, 0);
    // 10 a step over 7 steps, of a median of 135.
    const double line[] = { 170, 160, 150, 140, 130, 120, 110, 100 };
    cr_expect_float_eq(vg_measure_slope(line, 8, &scatter), -70.0 / 135, 1e-12);
    cr_expect_float_eq(scatter, 10.0 / 135, 1e-12);
    const double spike[] = { 100, 100, 100, 900, 100, 100, 100, 100 };
    cr_expect_float_eq(vg_measure_slope(spike, 8, NULL), 0, 0);
}

Test(measure, warm_up_goes_on_while_runs_get_faster)
{
    const double faster[] = { 170, 160, 150, 140, 130, 120, 110, 100 },
                 slower[] = { 100, 101, 102, 103, 104, 105, 106, 107 },
                 level[] = { 100, 101, 99.5, 100, 100.5, 100, 101, 99 },
                 noise[] = { 100, 140, 90, 150, 100, 160, 110, 150 };   // its slope is 16 %
    cr_expect_not(vg_measure_flat(faster, 8));
    cr_expect_not(vg_measure_flat(slower, 8), "a clock that sinks is no rest either");
    cr_expect(vg_measure_flat(level, 8));
    cr_expect(vg_measure_flat(noise, 8), "scatter is larger than the slope");
    cr_expect_gt(vg_measure_slope(noise, 8, NULL), 0.02);
}
