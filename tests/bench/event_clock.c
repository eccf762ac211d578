#include <criterion/criterion.h>

#include "bench/event_clock.h"

static struct vg_event_clock clock_of(double rate, double gap)
{
    double event[4], host[4], gaps[4];
    for (int i = 0; i < 4; i++) {
        host[i] = 1e9 + 30e6 * i;
        event[i] = 5 + rate * host[i];
        gaps[i] = gap;
    }
    return vg_event_clock_rate(event, host, gaps, 3);
}

Test(event_clock, a_rate_off_by_more_than_two_percent_is_flagged)
{
    cr_expect_float_eq(clock_of(1, 10).rate, 1, 1e-9);
    cr_expect(clock_of(1, 10).agrees);
    cr_expect(clock_of(1.019, 10).agrees);
    cr_expect_not(clock_of(1.021, 10).agrees);
    cr_expect_not(clock_of(0.979, 10).agrees);
    cr_expect_not(clock_of(1.0 / 52.08, 10).agrees, "a timer in ticks of 19.2 MHz");
}

// What the host could not see within is not held against the device.
Test(event_clock, the_hosts_doubt_widens_what_is_allowed)
{
    cr_expect_float_eq(clock_of(1, 300e3).uncertain, 0.02, 1e-9);
    cr_expect(clock_of(1.035, 300e3).agrees);
    cr_expect_not(clock_of(1.045, 300e3).agrees);
}

Test(event_clock, one_interval_that_was_disturbed_does_not_count)
{
    const double host[] = { 0, 30e6, 60e6, 90e6 }, event[] = { 0, 30e6, 70e6, 100e6 },
                 gap[] = { 1, 1, 1, 1 };
    const struct vg_event_clock c = vg_event_clock_rate(event, host, gap, 3);
    cr_expect_float_eq(c.rate, 1, 1e-9);
    cr_expect(c.agrees);
}

Test(event_clock, of_the_device_here)
{
    struct vg_dev *dev;
    struct vg_event_clock c;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    cr_assert_eq(vg_event_clock(dev, &c), VG_OK, "%s", vg_error());
    cr_expect_gt(c.rate, 0);
    cr_expect_eq(dev->count.bytes, 0, "all buffers are given back");
    vg_dev_close(&dev);
}
