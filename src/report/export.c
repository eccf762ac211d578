#include "report/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

const struct vg_export vg_exports[] = {
    { "csv", "a line a row, for spreadsheets", vg_export_csv },
    { "markdown", "a table a suite", vg_export_markdown },
    { "sql", "statements that make and fill tables", vg_export_sql },
    { "bencher", "Bencher Metric Format, JSON", vg_export_bencher },
    { "lnt", "an LLVM LNT report, JSON", vg_export_lnt },
    { "mlperf", "MLPerf log lines of the training runs", vg_export_mlperf },
    { 0 },
};

const struct vg_column vg_columns[] = {
    { "time", VG_COLUMN_TEXT, "time" },
    { "commit_id", VG_COLUMN_TEXT, "commit" },
    { "program_version", VG_COLUMN_TEXT, "program_version" },
    { "suite", VG_COLUMN_TEXT, "suite" },
    { "case_name", VG_COLUMN_TEXT, "case" },
    { "kind", VG_COLUMN_TEXT, "kind" },
    { "settings", VG_COLUMN_TEXT, NULL },
    { "status", VG_COLUMN_TEXT, "status" },
    { "reason", VG_COLUMN_TEXT, "reason" },
    { "device_id", VG_COLUMN_TEXT, "device.id" },
    { "device_name", VG_COLUMN_TEXT, "device.name" },
    { "device_type", VG_COLUMN_TEXT, "device.type" },
    { "compute_units", VG_COLUMN_INTEGER, "device.compute_units" },
    { "driver", VG_COLUMN_TEXT, "device.driver" },
    { "opencl_version", VG_COLUMN_TEXT, "device.opencl_version" },
    { "host_cpu", VG_COLUMN_TEXT, "host.cpu" },
    { "programs_sha256", VG_COLUMN_TEXT, "engaged.programs_sha256" },
    { "checked", VG_COLUMN_BOOL, "checked.passed" },
    { "worst_error", VG_COLUMN_REAL, "checked.worst_error" },
    { "samples", VG_COLUMN_INTEGER, NULL },
    { "median_ns", VG_COLUMN_REAL, "time_ns.median" },
    { "low_ns", VG_COLUMN_REAL, "time_ns.low" },
    { "high_ns", VG_COLUMN_REAL, "time_ns.high" },
    { "unit_of_work", VG_COLUMN_TEXT, "time_ns.unit_of_work" },
    { "throughput", VG_COLUMN_REAL, "throughput.value" },
    { "throughput_unit", VG_COLUMN_TEXT, "throughput.unit" },
    { "flops", VG_COLUMN_REAL, "cost.flops" },
    { "bytes", VG_COLUMN_REAL, "cost.bytes" },
    { "percent_of_roofline", VG_COLUMN_REAL, "ceiling.percent_of_roofline" },
    { "peak_bytes", VG_COLUMN_INTEGER, "memory.peak_bytes" },
    { "compile_ns", VG_COLUMN_INTEGER, "setup.compile_ns" },
    { "energy_j", VG_COLUMN_REAL, "telemetry.energy_j" },
    { "steps", VG_COLUMN_INTEGER, "training.steps" },
    { "last_loss", VG_COLUMN_REAL, NULL },
    { "accuracy", VG_COLUMN_REAL, "accuracy.accuracy" },
    { "row_sha256", VG_COLUMN_TEXT, VG_JSON_DIGEST },
    { 0 },
};

static const char *real_text(double value, struct vg_text *room)
{
    char text[VG_JSON_REAL];
    if (!isfinite(value))
        return NULL;
    vg_json_real_text(value, text);
    vg_text_add(room, "%s", text);
    return room->data;
}

static const char *own(const struct vg_record *r, const struct vg_column *c, struct vg_text *room)
{
    if (!strcmp(c->name, "settings"))
        return r->settings;
    if (!strcmp(c->name, "last_loss"))
        return real_text(r->last_loss, room);
    vg_text_add(room, "%zu", r->samples);
    return room->data;
}

const char *vg_column_text(const struct vg_record *r, const struct vg_column *c,
                           struct vg_text *room)
{
    vg_text_finish(room);
    if (!c->path)
        return own(r, c, room);
    const json_t *value = vg_json_at(r->json, c->path);
    switch (c->type) {
    case VG_COLUMN_TEXT: return json_string_value(value);
    case VG_COLUMN_BOOL:
        return json_is_true(value) ? "true" : json_is_false(value) ? "false" : NULL;
    case VG_COLUMN_REAL:
        return json_is_number(value) ? real_text(json_number_value(value), room) : NULL;
    case VG_COLUMN_INTEGER:
        if (!json_is_number(value))
            return NULL;
        vg_text_add(room, "%.0f", json_number_value(value));
        return room->data;
    }
    return NULL;
}
