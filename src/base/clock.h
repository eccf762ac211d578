#pragma once

#include <stdint.h>

// Nanoseconds of a clock that never goes back and is not set; only differences have a meaning.
uint64_t vg_clock_ns(void);

// Seconds since 1970 (UTC) with their fraction: when something was, told to any other process.
double vg_clock_epoch_s(void);

enum { VG_CLOCK_TEXT = 32 };

// A point of time as ISO 8601 in UTC, "2026-11-23T08:42:07Z"; seconds count from 1970.  "" if the
// year is beyond what the system's calendar knows.
void vg_clock_text(int64_t seconds, char text[VG_CLOCK_TEXT]);
void vg_clock_now(char text[VG_CLOCK_TEXT]);
