#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bench/row_private.h"

// Rows of one case from several processes become one.

int vg_row_take(struct vg_row **row, json_t *take_json)
{
    const char *suite = vg_json_text_at(take_json, "suite", NULL),
               *device = vg_json_text_at(take_json, "device.id", NULL);
    *row = NULL;
    if (!suite || !device) {
        json_decref(take_json);
        return vg_fail(VG_ERR_FORMAT, "a row without %s", suite ? "device.id" : "suite");
    }
    struct vg_row *r = vg_alloc(1, sizeof *r);
    r->json = take_json;
    r->why = json_incref(json_object_get(take_json, "why"));
    if (!json_is_object(r->why)) {
        json_decref(r->why);
        r->why = json_object();
    }
    r->suite = vg_strdup(suite);
    r->folder = vg_strdup(device);
    *row = r;
    return VG_OK;
}

// ---- what must be equal -------------------------------------------------------------------------

static int check_same(const struct vg_row *a, const struct vg_row *b)
{
    static const char *const paths[] = {
        "suite",
        "case",
        "commit",
        "program_version",
        "device.id",
        "device.driver",
        "engaged.programs_sha256",
        "engaged.driver_settings",
        "engaged.planted",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *x = vg_json_text_at(a->json, paths[i], ""),
                   *y = vg_json_text_at(b->json, paths[i], "");
        if (strcmp(x, y) != 0)
            return vg_fail(VG_ERR_VALUE, "%s: %s is '%s' in one process and '%s' in another",
                           vg_json_text_at(a->json, "case", "?"), paths[i], x, y);
    }
    return VG_OK;
}

// ---- joining ------------------------------------------------------------------------------------

// Arrays are joined at the path; where only one row has one, nothing tells which samples it is of.
static void join(json_t *into, const json_t *more, const char *path)
{
    json_t *a = vg_json_at(into, path), *b = vg_json_at(more, path);
    if (json_is_array(a) && json_is_array(b))
        json_array_extend(a, b);
}

static size_t samples_of(const json_t *row)
{
    return json_array_size(vg_json_at(row, "time_ns.samples"));
}

// The other process's indices, behind ours.
static void join_throttled(json_t *into, const json_t *more, size_t behind)
{
    json_t *a = vg_json_at(into, "telemetry.throttled");
    const json_t *b = vg_json_at(more, "telemetry.throttled");
    for (size_t i = 0; json_is_array(a) && i < json_array_size(b); i++)
        json_array_append_new(a, json_integer((json_int_t) behind +
                                              json_integer_value(json_array_get(b, i))));
}

static void add_up(json_t *into, const json_t *more, const char *object, const char *key)
{
    char path[64];
    json_t *o = json_object_get(into, object);
    snprintf(path, sizeof path, "%s.%s", object, key);
    if (json_is_object(o))
        vg_json_real(o, key, vg_json_real_at(into, path, NAN) + vg_json_real_at(more, path, NAN));
}

static void join_readings(json_t *into, const json_t *more, size_t behind)
{
    static const char *const paths[] = {
        "telemetry.clock_mhz", "telemetry.temperature_c",  "telemetry.power_w",
        "telemetry.probe_ns",  "telemetry.other_cores",    "telemetry.stolen_cores",
        "time_ns.samples",     "time_ns.wall.samples",     "time_ns.processes",
        "time_ns.begun_s",     "time_ns.stopped_by",       "time_ns.warmup.runs",
        "time_ns.warmup.flat", "time_ns.event_clock.rate", "time_ns.event_clock.uncertain",
    };
    join_throttled(into, more, behind);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        join(into, more, paths[i]);
    add_up(into, more, "telemetry", "energy_j");
    add_up(into, more, "telemetry", "energy_over_ns");
    json_t *clock = vg_json_at(into, "time_ns.event_clock");
    if (json_is_object(clock))
        vg_json_bool(clock, "agrees",
                     json_is_true(json_object_get(clock, "agrees")) &&
                         json_is_true(vg_json_at(more, "time_ns.event_clock.agrees")));
}

// ---- what follows from the times ----------------------------------------------------------------

static void scale(json_t *row, const char *object, const char *key, double by)
{
    char path[64];
    json_t *o = json_object_get(row, object);
    snprintf(path, sizeof path, "%s.%s", object, key);
    if (json_is_object(o))
        vg_json_real(o, key, vg_json_real_at(row, path, NAN) * by);
}

static void worse(struct vg_row *into, const struct vg_row *more)
{
    const json_t *a = into->json, *b = more->json;
    if (!strcmp(vg_json_text_at(a, "status", ""), "ok")) {
        json_object_set(into->json, "status", json_object_get(b, "status"));
        json_object_set(into->json, "reason", json_object_get(b, "reason"));
    }
    json_t *checked = json_object_get(into->json, "checked");
    if (!json_is_object(checked))
        return;
    vg_json_bool(checked, "passed",
                 json_is_true(json_object_get(checked, "passed")) &&
                     json_is_true(vg_json_at(b, "checked.passed")));
    vg_json_real(checked, "worst_error",
                 fmax(vg_json_real_at(a, "checked.worst_error", NAN),
                      vg_json_real_at(b, "checked.worst_error", NAN)));
}

int vg_row_merge(struct vg_row *into, const struct vg_row *more)
{
    int rc = VG_OK;
    const double before = vg_row_median(into);
    VG_TRY(check_same(into, more));
    worse(into, more);
    if (samples_of(into->json) == 0 || samples_of(more->json) == 0)
        goto out;   // a failure has no times
    join_readings(into->json, more->json, samples_of(into->json));
    vg_row_summarise(into->json);
    scale(into->json, "throughput", "value", before / vg_row_median(into));
    scale(into->json, "ceiling", "percent_of_roofline", before / vg_row_median(into));
out:
    return rc;
}
