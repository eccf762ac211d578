#pragma once

#include "base/json.h"
#include "base/settings.h"
#include "bench/ceiling.h"
#include "bench/event_clock.h"
#include "bench/measure.h"
#include "bench/telemetry.h"
#include "graph/plan.h"

/**
 * A result: one JSON object a line, which carries what is needed to doubt it.
 *
 *     schema, time, commit, program_version, suite, case, kind, settings, status, reason, device,
 *     host, engaged, checked, time_ns, throughput, cost, ceiling, memory, setup, telemetry,
 *     training, accuracy, reference, why, row_sha256
 *
 * Every field is there from the beginning: filled, or null with a sentence under the same name in
 * `why`, but for the digest of the rest, by which an edited row is noticed (VG_JSON_DIGEST).
 * Setters fill a field and take its sentence away.  Numbers carry their unit in their name.
 *
 * Times are flat and say which process each came from and which are not in the summary:
 *
 *     time_ns.samples [n]      in the order taken, those of process 0 first
 *     time_ns.processes [p]    how many of them each process took; their sum is n
 *     time_ns.begun_s [p]      when each began its first, in seconds since 1970 (UTC): by it
 *                              report/compare.h knows which processes took turns
 *     time_ns.left_out [..]    indices of samples that are not in median, low and high: they were
 *                              taken under a throttled clock, and enough others remain
 *     time_ns.left_out_why     text, null where no sample was marked
 *     time_ns.median low high  of the samples that are not left out; low and high are the 95 %
 *                              interval, widened to hold the median of every process
 *     time_ns.stopped_by [p]   what ended a process's samples: "interval" (narrow enough),
 *                              "entropy" (nothing new), "time", "count" or "asked"
 *     time_ns.caches           "warm" or "cold" (flushed before each sample)
 *     time_ns.wall             {samples, median, low, high}: the host's clock around a whole step,
 *                              sample by sample beside the others, the same left out
 *     time_ns.event_clock      {rate, uncertain, agrees}: of the device's event clock against the
 *                              host's, one number a process
 *
 *     telemetry.clock_mhz temperature_c power_w   [n] or null; .throttled [..] indices that were
 *                              marked, left out or not; .sources names what each was read from;
 *                              .first_sample what they begin at: not 0 where the samples before
 *                              are of a run that was interrupted
 *     engaged.driver_settings  bench/driver_settings.h; null where none was set
 *     engaged.planted          text where a test switch made an operator slower on purpose
 *     profile                  of a pre-training case alone: bench/profile.h
 */
enum { VG_ROW_SCHEMA = 1 };

struct vg_row;

enum vg_row_kind { VG_ROW_OP, VG_ROW_PRETRAIN, VG_ROW_EVALUATE, VG_ROW_STATIC };
enum vg_row_status { VG_ROW_OK, VG_ROW_FAILED, VG_ROW_UNSUPPORTED, VG_ROW_SKIPPED };

// dev may be NULL: a row that no device made goes to the folder "host".
struct vg_row *vg_row_create(const char *suite, const char *name, enum vg_row_kind kind,
                             const struct vg_dev *dev);
void vg_row_destroy(struct vg_row **r);

// The object itself, for fields that have no setter here; call vg_row_filled for each of the fields
// above that was set this way, or vg_row_null to say why it is null.
json_t *vg_row_json(struct vg_row *r);
void vg_row_filled(struct vg_row *r, const char *field);
void vg_row_null(struct vg_row *r, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// As asked and with defaults filled in; and an operator's line, whose words are its settings.
void vg_row_settings(struct vg_row *r, const struct vg_settings *s);
void vg_row_words(struct vg_row *r, const struct vg_line *line);

// Rows begin as failed, so that one whose maker stopped half way says so.
void vg_row_status(struct vg_row *r, enum vg_row_status status, const char *reason);

// how: "float64 reference and default parameters"; worst_error as a part of what is allowed.
void vg_row_checked(struct vg_row *r, bool passed, const char *how, double worst_error);

// The programs, and the parameters that the operators of the plan run with.
void vg_row_engaged(struct vg_row *r, const struct vg_plan *p, int ranks, const char *decoder);

// One track of samples, all of this process; unit: what one is ("forward", "step of 32 images").
void vg_row_time(struct vg_row *r, const double *samples_ns, size_t count, const char *unit);
// Wall time beside it, sample by sample: time_ns.wall {samples, median, low, high}.
void vg_row_wall(struct vg_row *r, const double *samples_ns, size_t count);
// When the samples began, what ended them, and their warm-up: time_ns.begun_s, .stopped_by,
// .warmup {runs [p], flat [p]}.
void vg_row_stopped(struct vg_row *r, const struct vg_samples *s);
void vg_row_event_clock(struct vg_row *r, const struct vg_event_clock *c);

/**
 * What was read beside the samples set before.  Those under a throttled clock are left out of the
 * summary if at least 10 and no fewer than a half remain; else all count, and left_out_why says so.
 */
void vg_row_telemetry(struct vg_row *r, const struct vg_telemetry *t);

// time_ns.median as it stands, NAN where nothing was measured: what throughput is computed from.
double vg_row_median(const struct vg_row *r);

void vg_row_throughput(struct vg_row *r, double value, const char *unit);
void vg_row_cost(struct vg_row *r, double flops, double bytes);
// Percent of what the roofline allows, from the cost and the median time set before.
void vg_row_ceiling(struct vg_row *r, const struct vg_ceiling *c);
void vg_row_memory(struct vg_row *r, const struct vg_plan *p);
// Compilation from the device's counters; data_wait_ns as measured, NAN where there is no data.
void vg_row_setup(struct vg_row *r, const struct vg_dev *dev, double tune_ns, double data_wait_ns);

/**
 * Appends the row to <out>/<device id>/<suite>.jsonl, whole and on the disk when it returns.  A row
 * without a passed check loses its throughput and, if it claims to be ok, becomes failed.
 */
int vg_row_append(struct vg_row *r, const char *out);

// The line that would be appended; free() it.
char *vg_row_line(struct vg_row *r);

/**
 * A row as another process wrote it.  It takes the object over; VG_ERR_FORMAT unless it has a suite
 * and a device.
 */
int vg_row_take(struct vg_row **r, json_t *take_json);

/**
 * The same case from another process joins: its samples and readings behind those that are there,
 * the summary of all, throughput and percent of the ceiling by its median.  The worse status and
 * check count.  VG_ERR_VALUE if the rows differ in case, device, commit or programs.
 */
int vg_row_merge(struct vg_row *into, const struct vg_row *more);
