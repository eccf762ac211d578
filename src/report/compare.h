#pragma once

#include "report/accepted.h"
#include "report/rows.h"

/**
 * Two sets of rows, case by case: what is the same, faster, slower, and what the data cannot tell.
 *
 * Cases pair by device, suite, name and settings.  Of each, the newest row of a side and the rows
 * of the same commit, programs, driver and what the environment told it are one measurement; its
 * processes are those that time_ns.processes tells apart, and every row is at least one.
 *
 * Time.  A process is a source of variance, so it is one value: the logarithm of the median of its
 * samples (those of time_ns.left_out not among them).  The ratio new / base is the exponential of
 * the difference of the two sides' means, its interval that of Welch (base/student.h):
 *
 *     2 or more processes on both sides   each side's variance from its processes
 *     on one side                         that side's for both
 *     on neither                          up to 10 pieces of the process in the order taken stand
 *                                         for its own drift, and `spread` for what another process
 *                                         would have differed by
 *
 * Processes that took turns are pairs.  What changes slowly (a neighbour on the host, a clock) is
 * in both of a pair, so ratio and interval are those of the pairs' differences by signed ranks
 * (base/signedrank.h), which also bear that some processes are far off, as where a driver's threads
 * came to share a core.  It is so if both sides have as many processes, each says when it began
 * (time_ns.begun_s), the i-th of both sides had begun before the next of either did, and they are
 * enough for the confidence (6 for 0.95); else the two sides are what the table above says.  A side
 * should be first in half of the pairs.
 *
 * faster, slower   the interval lies wholly beyond the effect, the rank-sum test of all samples
 *                  (base/ranktest.h; of pairs, the test of signed ranks) agrees, and where the
 *                  clock was read the same holds in cycles.  The load of other processes must not
 *                  go with the sides, nor most samples have been taken under a throttled clock
 * same             the interval lies wholly inside the effect
 * environment      beyond it, but the programs and the commit are the same, or the cycles are
 * ambiguous        otherwise, and whatever the times are if in most processes of a side others took
 *                  a quarter of a core of those that the device needs: a CPU as many as it has
 *                  compute units, another one for the host's thread (telemetry.other_cores)
 *
 * Accuracy and loss.  A metric is the same if it differs by no more than `points` (loss: the mean
 * of the last tenth of the steps, by a part of `loss`).  Shares of a known number of images are
 * worse or better if the interval of their difference lies beyond it, where p (1 - p) / images is
 * taken for a share's variance; a loss is if it differs by more than 5 times `loss`, since one run
 * says nothing of another's.  What has neither is ambiguous.
 */
enum vg_verdict {
    VG_SAME,
    VG_FASTER,
    VG_SLOWER,
    VG_WORSE,   // accuracy or loss, or it failed where the base passed
    VG_AMBIGUOUS,
    VG_ENVIRONMENT,
    VG_NOT_COMPARABLE,
    VG_MISSING,   // not in the new rows, though others of its suite and device are
    VG_NEW,       // not in the base
    VG_VERDICTS,
};

const char *vg_verdict_name(enum vg_verdict v);   // "not comparable"

struct vg_compare_how {
    double effect;         // least change that matters, as a part: 0.01
    double confidence;     // of intervals; one less it, the rank test's level: 0.95
    double spread;         // deviation between processes where none was measured, as a part: 0.01
    double points;         // least change of an accuracy: 0.005
    double loss;           // and of a loss, as a part: 0.01
    bool across;           // driver, compiler or host may differ
    bool across_devices;   // each side has one device, and they may differ
    const struct vg_accepted *accepted;   // or NULL
};                                        // zero means the default

struct vg_shift {
    double ratio, low, high;   // new / base; NAN where not known
    bool known;
};

struct vg_side {
    const struct vg_record *row;   // the newest, NULL if there is none
    size_t rows, processes, samples;
    double median_ns;   // geometric mean of the processes' medians
    double clock_mhz;   // mean of those read, NAN if none
};

struct vg_quality {
    const char *name;   // "accuracy", "loss"
    double base, new_value;
    enum vg_verdict verdict;   // VG_SAME, VG_FASTER for better, VG_WORSE, VG_AMBIGUOUS
};

struct vg_comparison {
    struct vg_side base, now;
    enum vg_verdict verdict;
    const char *reason;   // sentences, parted by "; ", "" if there is nothing to say
    struct vg_shift time, cycles;
    size_t pairs;   // of processes that took turns, 0 where none are compared
    double p;       // of the rank test, NAN where there was none
    struct vg_quality *quality;
    size_t qualities;
    const struct vg_accepted_change *accepted;   // of what would be slower or worse
};

struct vg_compared {
    struct vg_comparison *list;   // by device, suite, name, settings
    size_t count;
    size_t verdicts[VG_VERDICTS];   // accepted ones not counted in theirs
    size_t accepted;
    size_t not_asked;   // cases of the base whose suite the new rows have nothing of on that device
    struct vg_arena *arena;
};

// Rows must outlive it.  VG_ERR_USAGE if across_devices is asked for and a side has more than one.
int vg_compare(struct vg_compared **c, const struct vg_rows *base, const struct vg_rows *now,
               const struct vg_compare_how *how);
void vg_compared_destroy(struct vg_compared **c);

// 1 if something is slower or worse and not accepted, else 2 if something is not decided, else 0.
int vg_compared_code(const struct vg_compared *c);

struct vg_text;

// As one JSON object; as a Markdown table for a pull request, with a sentence above it.
json_t *vg_compared_json(const struct vg_compared *c);
void vg_compared_markdown(const struct vg_compared *c, struct vg_text *out);

// "12 cases: 1 slower, 11 same"; "+3.10 % (+2.80 to +3.40)", nothing where there is no time.
void vg_compared_counts(const struct vg_compared *c, struct vg_text *out);
void vg_comparison_change(const struct vg_shift *s, struct vg_text *out);
