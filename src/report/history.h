#pragma once

#include <jansson.h>

#include "base/changepoint.h"
#include "report/accepted.h"
#include "report/history_rows.h"

/**
 * What became of each case over time.
 *
 * The rows of one device, suite, case and settings are put in the order of their time (of equal
 * times: file, line; rows without a time are left out), or of their commits and then of time, and
 * each of their metrics is a series whose changes base/changepoint.h finds.  A row that failed, or
 * lacks a metric that others have, is a missing point there.
 *
 * A change is worse or better as the metric has it.  It is accepted if results/accepted says so for
 * the commits of the last row before it and the first from it on.  If commit, programs, driver,
 * compiler and host are the same on both sides, it is the environment's.
 */
enum vg_turn {
    VG_TURN_BETTER,
    VG_TURN_WORSE,
    VG_TURN_ACCEPTED,      // worse, and somebody said why
    VG_TURN_ENVIRONMENT,   // worse, and nothing that a row tells of changed
};

const char *vg_turn_name(enum vg_turn t);

struct vg_history_change {
    struct vg_change change;              // places in the series' rows
    const struct vg_history_row *last;    // the last row before it
    const struct vg_history_row *first;   // the first from it on: the first bad one, if it is worse
    enum vg_turn turn;
    const struct vg_accepted_change *accepted;
    const char *surroundings;   // "driver: 1.0 -> 1.1; host: a -> b", "" if none changed
    bool same_programs;         // both sides name the same
};

struct vg_series {
    const struct vg_history_row *const *rows;   // in the order of time
    const char *metric, *unit;
    enum vg_better better;
    double *value;   // of each row, NAN where it is missing
    size_t count, missing;
    bool too_short;   // fewer points than two segments: no change could be seen
    struct vg_history_change *changes;
    size_t change_count;
};

struct vg_history {
    struct vg_series *list;   // by device, suite, case, settings, metric
    size_t count;
    size_t without_time, without_place;   // rows left out: no time, a commit that is not listed
    struct vg_arena *arena;
};

struct vg_history_how {
    const char *name, *device, *metric;   // parts of a case's or device's name, a metric; NULL: all
    double least;                         // least change that matters, as a part: 0.01
    double points;                        // and of a metric of accuracy, absolute: 0.005
    double max_p;                         // 0.001
    const struct vg_accepted *accepted;   // or NULL
    const char *const *commits;           // oldest first, whole; NULL: time decides
    size_t commit_count;
};   // zero means the default

// The rows must outlive it; a row's commit is the beginning of a listed one, "-dirty" aside.
void vg_history_create(struct vg_history **h, const struct vg_history_rows *rows,
                       const struct vg_history_how *how);
void vg_history_destroy(struct vg_history **h);

// The change that its newest segment began with, NULL if there was none.
const struct vg_history_change *vg_series_newest(const struct vg_series *s);

// 1 if a newest segment is worse, else 2 if one is the environment's or every series is too short,
// else 0.
int vg_history_code(const struct vg_history *h);

json_t *vg_history_json(const struct vg_history *h);
