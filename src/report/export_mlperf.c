#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "report/export.h"

/*
 * A line of the log is ":::MLLOG " and an object.  Keys that speak of a submission have null where
 * a row cannot know: who submits it.  A point of time is the row's, when the case began, plus what
 * had passed by its own figures: compilation, then the steps, then nothing more.
 */
struct log {
    struct vg_text *out;
    const struct vg_record *row;
    double ms;   // of the next line, since 1970
};

// Takes value and metadata; NULL metadata is an empty object.
static void add(const struct log *l, const char *type, const char *key, json_t *value,
                json_t *metadata)
{
    json_t *o = json_object();
    vg_json_string(o, "namespace", "");
    vg_json_int(o, "time_ms", (int64_t) llround(l->ms));
    vg_json_string(o, "event_type", type);
    vg_json_string(o, "key", key);
    json_object_set_new(o, "value", value ? value : json_null());
    json_t *m = metadata ? metadata : json_object();
    vg_json_string(m, "file", l->row->file);
    vg_json_int(m, "lineno", l->row->line);
    json_object_set_new(o, "metadata", m);
    char *line = vg_json_line(o);
    vg_text_add(l->out, ":::MLLOG %s\n", line);
    free(line);
    json_decref(o);
}

static json_t *copy_of(const struct log *l, const char *path)
{
    return json_incref(vg_json_at(l->row->json, path));
}

// The rows' settings under the names that the log has for them; those that are not there are not
// written.
static void add_settings(const struct log *l)
{
    static const char *const names[][2] = {
        { "seed", "settings.seed" },
        { "global_batch_size", "settings.batch" },
        { "opt_base_learning_rate", "settings.lr" },
        { "opt_weight_decay", "settings.weight_decay" },
        { "opt_learning_rate_warmup_epochs", "settings.warmup_epochs" },
        { "max_steps", "training.steps" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vg_json_at(l->row->json, names[i][1]))
            add(l, "POINT_IN_TIME", names[i][0], copy_of(l, names[i][1]), NULL);
}

static void add_heading(const struct log *l)
{
    char name[64];
    snprintf(name, sizeof name, "visage_%s", vg_json_text_at(l->row->json, "settings.method", ""));
    add(l, "POINT_IN_TIME", "submission_benchmark", json_string(name), NULL);
    add(l, "POINT_IN_TIME", "submission_division", json_string("open"), NULL);
    add(l, "POINT_IN_TIME", "submission_org", NULL, NULL);
    add(l, "POINT_IN_TIME", "submission_platform", copy_of(l, "device.name"), NULL);
    add(l, "POINT_IN_TIME", "submission_poc_name", NULL, NULL);
    add(l, "POINT_IN_TIME", "cache_clear", json_false(), NULL);   // nothing was cleared
}

static json_t *with_int(json_t *o, const char *key, double value)
{
    if (isfinite(value))
        vg_json_int(o, key, (int64_t) value);
    return o;
}

static double samples_seen(const struct vg_record *r)
{
    return vg_json_real_at(r->json, "training.steps", (double) r->losses) *
           vg_json_real_at(r->json, "settings.batch", NAN);
}

static void add_block(struct log *l, const char *key, const char *type)
{
    json_t *m = with_int(json_object(), "first_epoch_num", 1);
    add(l, type, key, NULL, with_int(m, "samples_count", samples_seen(l->row)));
}

static void add_throughput(const struct log *l)
{
    json_t *value = json_object();
    if (isfinite(l->row->throughput))
        vg_json_real(value, "throughput", l->row->throughput);
    if (isfinite(l->row->last_loss))
        vg_json_real(value, "train_loss", l->row->last_loss);
    add(l, "POINT_IN_TIME", "tracked_stats", value,
        with_int(json_object(), "step", vg_json_real_at(l->row->json, "training.steps", NAN)));
}

// The newest evaluation of what the row saved, by the same device and suite.
static const struct vg_record *evaluation_of(const struct vg_rows *rows, const struct vg_record *r)
{
    const struct vg_record *found = NULL;
    const char *saved = vg_json_text_at(r->json, "settings.save", "");
    for (size_t i = 0; *saved && i < rows->count; i++) {
        const struct vg_record *e = &rows->list[i];
        const bool same = e->suite && r->suite && !strcmp(e->suite, r->suite) && e->device_id &&
                          r->device_id && !strcmp(e->device_id, r->device_id);
        if (same && e->kind && !strcmp(e->kind, "evaluate") && e->seconds >= r->seconds &&
            !strcmp(vg_json_text_at(e->json, "settings.from", ""), saved) &&
            vg_json_at(e->json, "accuracy.accuracy") && (!found || e->seconds >= found->seconds))
            found = e;
    }
    return found;
}

static void add_evaluation(struct log *l, const struct vg_record *e, double samples)
{
    struct log at = *l;
    at.row = e;
    at.ms = fmax(l->ms, (double) e->seconds * 1e3);
    add(&at, "INTERVAL_START", "eval_start", NULL,
        with_int(json_object(), "samples_count", samples));
    add(&at, "POINT_IN_TIME", "eval_accuracy", copy_of(&at, "accuracy.accuracy"),
        with_int(json_object(), "samples_count", samples));
    add(&at, "INTERVAL_END", "eval_stop", NULL, with_int(json_object(), "samples_count", samples));
    l->ms = at.ms;
}

static void add_run(struct vg_text *out, const struct vg_rows *rows, const struct vg_record *r)
{
    struct log l = { out, r, (double) r->seconds * 1e3 };
    const struct vg_record *e = evaluation_of(rows, r);
    const bool ok = r->status && !strcmp(r->status, "ok");
    add_heading(&l);
    add(&l, "INTERVAL_START", "init_start", NULL, NULL);
    add_settings(&l);
    add(&l, "POINT_IN_TIME", "train_samples", copy_of(&l, "training.images"), NULL);
    add(&l, "POINT_IN_TIME", "eval_samples",
        e ? json_incref(vg_json_at(e->json, "settings.test")) : NULL, NULL);
    l.ms += vg_json_real_at(r->json, "setup.compile_ns", 0) / 1e6;
    add(&l, "INTERVAL_END", "init_stop", NULL, NULL);
    add(&l, "INTERVAL_START", "run_start", NULL, NULL);
    add_block(&l, "block_start", "INTERVAL_START");
    for (size_t i = 0; i < r->samples; i++)
        l.ms += r->samples_ns[i] / 1e6;
    add_throughput(&l);
    add_block(&l, "block_stop", "INTERVAL_END");
    if (e)
        add_evaluation(&l, e, samples_seen(r));
    json_t *status = json_object();
    vg_json_string(status, "status", ok ? "success" : "aborted");
    add(&l, "INTERVAL_END", "run_stop", NULL, status);
}

int vg_export_mlperf(const struct vg_rows *rows, struct vg_text *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct vg_record *r = &rows->list[i];
        if (r->kind && !strcmp(r->kind, "pretrain") && r->seconds != INT64_MIN)
            add_run(out, rows, r);
    }
    return VG_OK;
}
