#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

Test(clock, points_of_time_as_text)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } known[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 951782400, "2000-02-29T00:00:00Z" },    // 11016 days of 86400 s
        { 4102444799, "2099-12-31T23:59:59Z" },   // beyond 32 bits: a second before 47482 days
        { INT64_MAX, "" },
    };
    char text[VG_CLOCK_TEXT];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        vg_clock_text(known[i].seconds, text);
        cr_expect_str_eq(text, known[i].text);
    }
}

Test(clock, now_lies_between_before_and_after)
{
    char before[VG_CLOCK_TEXT], now[VG_CLOCK_TEXT], after[VG_CLOCK_TEXT];
    vg_clock_text(time(NULL), before);
    vg_clock_now(now);
    vg_clock_text(time(NULL), after);
    cr_expect(strcmp(before, now) <= 0 && strcmp(now, after) <= 0, "%s %s %s", before, now, after);
}

// time() may lag the finer clock by a tick.
Test(clock, seconds_since_1970_are_those_of_the_calendar)
{
    const time_t before = time(NULL);
    const double now = vg_clock_epoch_s(), next = vg_clock_epoch_s();
    cr_expect_geq(now, (double) before);
    cr_expect_leq(now, (double) time(NULL) + 2);
    cr_expect_geq(next, now);
}

// A sleep lasts at least what it was asked for, by the same clock.
Test(clock, the_counter_counts_nanoseconds_and_does_not_go_back)
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    const uint64_t start = vg_clock_ns();
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    uint64_t last = vg_clock_ns();
    cr_expect_geq(last - start, 2000000);
    for (int i = 0; i < 1000; i++) {
        const uint64_t now = vg_clock_ns();
        cr_assert_geq(now, last);
        last = now;
    }
}
