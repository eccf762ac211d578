#pragma once

#include "base/json.h"
#include "base/settings.h"
#include "bench/ceiling.h"
#include "bench/measure.h"
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

// One track of samples; unit: what a sample is ("forward", "step of 32 images").
void vg_row_time(struct vg_row *r, const double *samples_ns, size_t count, const char *unit);
// Wall time beside it: time_ns.wall {samples, median, low, high}.
void vg_row_wall(struct vg_row *r, const double *samples_ns, size_t count);

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
