#include "bench/row.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/version.h"
#include "bench/driver_settings.h"
#include "bench/host.h"
#include "bench/row_private.h"
#include "graph/slow.h"

// Filled by setters; the sentence is what a reader finds where none was called.
static const char *const fields[] = {
    "settings", "device", "host",  "engaged",   "checked",  "time_ns",  "throughput", "cost",
    "ceiling",  "memory", "setup", "telemetry", "training", "accuracy", "reference",
};

// ---- the object ---------------------------------------------------------------------------------

json_t *vg_row_json(struct vg_row *r)
{
    return r->json;
}

void vg_row_filled(struct vg_row *r, const char *field)
{
    json_object_del(r->why, field);
}

void vg_row_null(struct vg_row *r, const char *field, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    vg_json_null(r->json, field);
    vg_json_string(r->why, field, text);
}

json_t *vg_row_fill(struct vg_row *r, const char *field)
{
    vg_row_filled(r, field);
    return vg_json_object(r->json, field);
}

static void add_device(struct vg_row *r, const struct vg_dev_info *d)
{
    json_t *o = vg_row_fill(r, "device");
    vg_json_string(o, "id", d->id);
    vg_json_string(o, "name", d->name);
    vg_json_string(o, "vendor", d->vendor);
    vg_json_string(o, "platform", d->platform);
    vg_json_string(o, "driver", d->driver);
    vg_json_string(o, "opencl_version", d->version);
    vg_json_string(o, "type", d->type);
    vg_json_int(o, "compute_units", d->compute_units);
    vg_json_int(o, "max_clock_mhz", d->max_clock_mhz);
    vg_json_int(o, "global_mem_bytes", (int64_t) d->global_mem_bytes);
    vg_json_int(o, "max_alloc_bytes", (int64_t) d->max_alloc_bytes);
}

static const char *kind_name(enum vg_row_kind kind)
{
    static const char *const names[] = { "op", "pretrain", "evaluate", "static" };
    return names[kind];
}

static void add_heading(struct vg_row *r, const char *suite, const char *name,
                        enum vg_row_kind kind)
{
    char now[VG_CLOCK_TEXT];
    vg_clock_now(now);
    vg_json_int(r->json, "schema", VG_ROW_SCHEMA);
    vg_json_string(r->json, "time", now);
    vg_json_string(r->json, "commit", vg_commit);
    vg_json_string(r->json, "program_version", vg_version);
    vg_json_string(r->json, "suite", suite);
    vg_json_string(r->json, "case", name);
    vg_json_string(r->json, "kind", kind_name(kind));
}

struct vg_row *vg_row_create(const char *suite, const char *name, enum vg_row_kind kind,
                             const struct vg_dev *dev)
{
    struct vg_row *r = vg_alloc(1, sizeof *r);
    r->json = json_object();
    r->why = json_object();
    r->suite = vg_strdup(suite);
    r->folder = vg_strdup(dev ? dev->info.id : "host");
    add_heading(r, suite, name, kind);
    vg_row_status(r, VG_ROW_FAILED, "not finished");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        vg_row_null(r, fields[i], "not a part of this case");
    vg_row_null(r, "telemetry", "not read during this case");
    vg_row_null(r, "checked", "not checked");
    if (dev)
        add_device(r, &dev->info);
    vg_host_json(vg_row_fill(r, "host"));
    return r;
}

void vg_row_destroy(struct vg_row **r)
{
    if (!*r)
        return;
    json_decref((*r)->json);
    json_decref((*r)->why);
    free((*r)->suite);
    free((*r)->folder);
    free(*r);
    *r = NULL;
}

// ---- what was asked and what engaged ------------------------------------------------------------

void vg_row_settings(struct vg_row *r, const struct vg_settings *s)
{
    vg_settings_json(s, vg_row_fill(r, "settings"));
}

void vg_row_words(struct vg_row *r, const struct vg_line *line)
{
    json_t *o = vg_row_fill(r, "settings");
    for (size_t i = 1; i < line->count; i++)
        if (line->words[i].value)
            vg_json_string(o, line->words[i].key, line->words[i].value);
}

void vg_row_status(struct vg_row *r, enum vg_row_status status, const char *reason)
{
    static const char *const names[] = { "ok", "failed", "unsupported", "skipped" };
    vg_json_string(r->json, "status", names[status]);
    vg_json_string(r->json, "reason", reason);
}

void vg_row_checked(struct vg_row *r, bool passed, const char *how, double worst_error)
{
    json_t *o = vg_row_fill(r, "checked");
    vg_json_bool(o, "passed", passed);
    vg_json_string(o, "how", how);
    vg_json_real(o, "worst_error", worst_error);
}

static const char *parameters(const char *options)
{
    const char *defines = strstr(options, "-D");
    return defines ? defines : "";
}

static bool has_text(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!strcmp(json_string_value(json_array_get(array, i)), text))
            return true;
    return false;
}

// Operator by operator, each set of parameters once, in the order of the tape.
static void add_algorithms(json_t *o, const struct vg_plan *p)
{
    for (int i = 0; i < vg_plan_steps(p); i++) {
        const struct vg_plan_step *s = vg_plan_step(p, i);
        const char *op = s->node->op->name, *text = parameters(s->options);
        json_t *list = json_object_get(o, op);
        if (!list)
            list = vg_json_array(o, op);
        if (!has_text(list, text))
            json_array_append_new(list, json_string(text));
    }
}

void vg_row_engaged(struct vg_row *r, const struct vg_plan *p, int ranks, const char *decoder)
{
    char digest[65];
    json_t *o = vg_row_fill(r, "engaged");
    vg_plan_digest(p, digest);
    vg_json_string(o, "build_options", "-cl-std=CL1.2");
    vg_json_string(o, "programs_sha256", digest);
    add_algorithms(vg_json_object(o, "algorithms"), p);
    vg_json_string(o, "precision", "fp32");
    vg_json_int(o, "ranks", ranks);
    vg_json_string(o, "decoder", decoder);
    char *settings = vg_driver_settings();
    vg_json_string(o, "driver_settings", settings);
    free(settings);
    vg_json_string(o, "planted", vg_slow_text());
}

// ---- what was measured --------------------------------------------------------------------------

void vg_row_throughput(struct vg_row *r, double value, const char *unit)
{
    json_t *o = vg_row_fill(r, "throughput");
    vg_json_real(o, "value", value);
    vg_json_string(o, "unit", unit);
}

void vg_row_cost(struct vg_row *r, double flops, double bytes)
{
    json_t *o = vg_row_fill(r, "cost");
    vg_json_real(o, "flops", flops);
    vg_json_real(o, "bytes", bytes);
}

void vg_row_ceiling(struct vg_row *r, const struct vg_ceiling *c)
{
    const double flops = vg_json_real_at(r->json, "cost.flops", NAN),
                 bytes = vg_json_real_at(r->json, "cost.bytes", NAN),
                 ns = vg_json_real_at(r->json, "time_ns.median", NAN);
    json_t *o = vg_row_fill(r, "ceiling");
    vg_json_real(o, "gflops", c->gflops);
    vg_json_real(o, "gbps", c->gbps);
    vg_json_real(o, "percent_of_roofline",
                 isnan(flops + bytes) ? NAN : vg_ceiling_percent(c, flops, bytes, ns));
    vg_json_string(o, "gflops_by", c->gflops_by);
    vg_json_string(o, "gbps_by", c->gbps_by);
}

void vg_row_memory(struct vg_row *r, const struct vg_plan *p)
{
    static const char *const names[VG_KINDS] = { "param", "grad", "state", "input", "temp" };
    const struct vg_memory *m = vg_plan_memory(p);
    json_t *o = vg_row_fill(r, "memory");
    vg_json_int(o, "planned_bytes", (int64_t) vg_memory_total(m));
    vg_json_int(o, "peak_bytes", (int64_t) vg_plan_dev(p)->count.peak_bytes);
    json_t *kinds = vg_json_object(o, "by_kind");
    for (int k = 0; k < VG_KINDS; k++)
        vg_json_int(kinds, names[k], (int64_t) m->bytes[k]);
}

void vg_row_setup(struct vg_row *r, const struct vg_dev *dev, double tune_ns, double data_wait_ns)
{
    json_t *o = vg_row_fill(r, "setup");
    vg_json_int(o, "compile_ns", (int64_t) dev->count.compile_ns);
    vg_json_real(o, "tune_ns", tune_ns);
    vg_json_string(o, "cache", dev->count.compiled ? "cold" : "warm");
    vg_json_real(o, "data_wait_ns", data_wait_ns);
}

// ---- writing ------------------------------------------------------------------------------------

// No check, no figure.
static void hold_back(struct vg_row *r)
{
    if (json_is_true(vg_json_at(r->json, "checked.passed")))
        return;
    const bool was_there = json_is_object(json_object_get(r->json, "throughput"));
    if (was_there)
        vg_row_null(r, "throughput", "held back: the check did not pass");
    if (!strcmp(vg_json_text_at(r->json, "status", ""), "ok"))
        vg_row_status(r, VG_ROW_FAILED, "not checked");
}

char *vg_row_line(struct vg_row *r)
{
    char digest[VG_SHA256_TEXT];
    hold_back(r);
    json_object_del(r->json, VG_JSON_DIGEST);   // of a line written before
    json_object_del(r->json, "why");            // last but for the digest, wherever it was before
    json_object_set(r->json, "why", r->why);
    vg_json_digest(r->json, digest);
    vg_json_string(r->json, VG_JSON_DIGEST, digest);
    return vg_json_line(r->json);
}

int vg_row_append(struct vg_row *r, const char *out)
{
    int rc = VG_OK;
    char *path = vg_format("%s/%s/%s.jsonl", out, r->folder, r->suite);
    char *dir = vg_path_dir(path), *line = vg_row_line(r);
    VG_TRY(vg_dir_make(dir));
    VG_TRY(vg_json_append_line(path, line));
out:
    free(line);
    free(dir);
    free(path);
    return rc;
}
