#pragma once

#include "bench/flush.h"
#include "bench/row.h"
#include "tests/oracle.h"
#include "tools/opcase.h"

/**
 * What `visage bench` shares with its parts: bench_line.c measures a line, bench_show.c prints
 * rows, bench_restart.c has other processes measure and joins their rows.
 */
enum { BENCH_ROWS = VG_TRACKS };   // of a line: one a track

struct bench {
    // as asked
    const char *device, *pattern, *only;
    const char *out;   // NULL: rows are not kept
    bool json, cold;
    bool alone;         // no ceilings, no CLBlast
    double seconds;     // of samples, a line
    double width;       // of the interval, in percent
    int64_t samples;    // at least
    int64_t restarts;   // processes, 0: this one

    // while it runs
    struct vg_dev *dev;
    struct vg_ceiling ceiling;
    struct vg_event_clock clock;
    struct vg_telemetry *telemetry;
    struct vg_flush *flush;   // NULL: warm
    int wrong;                // lines whose check did not pass
};

// Checks and times the bench lines of an operator; rows go to bench_emit.
int bench_op(struct bench *b, const struct oracle *o);

// The rows of one line: printed, kept, dropped.
int bench_emit(struct bench *b, struct vg_row **take_rows, int count);
void bench_show(struct vg_row *const *rows, int count);

// All of it in b->restarts processes, one after the other.
int bench_restart(struct bench *b);
