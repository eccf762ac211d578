#include "base/clock.h"

#include <time.h>

uint64_t vg_clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

double vg_clock_epoch_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

void vg_clock_text(int64_t seconds, char text[VG_CLOCK_TEXT])
{
    const time_t t = (time_t) seconds;
    struct tm tm;
    text[0] = 0;
    if (gmtime_r(&t, &tm))
        strftime(text, VG_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void vg_clock_now(char text[VG_CLOCK_TEXT])
{
    vg_clock_text(time(NULL), text);
}
