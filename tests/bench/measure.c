#include <criterion/criterion.h>
#include <math.h>

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

Test(measure, equal_times_end_at_the_least_number_of_samples)
{
    struct vg_samples s;
    struct clockwork c = { (double[]) { 100 }, 1, 0, 0 };
    cr_assert_eq(vg_measure(&s, 1, tick, &c, NULL), VG_OK);
    cr_expect_eq(s.count, 10);
    cr_expect(s.narrow);
    cr_expect_geq(s.warmup, 3);
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
    cr_expect_not(s.narrow);
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
    cr_expect(s.stopped);
    vg_samples_finish(&s);
}
