#include "method/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

// ---- the trace's settings -----------------------------------------------------------------------

static int meta_int(const struct vg_replay *r, const char *key, int64_t *out)
{
    const char *text = vg_tensorfile_meta(r->file, key);
    if (!text)
        return vg_fail(VG_ERR_FORMAT, "%s: not a golden trace: its metadata has no '%s'", r->path,
                       key);
    char *where = vg_format("%s: metadata '%s'", r->path, key);
    const int rc = vg_parse_int(where, text, 1, 1000000, out);
    free(where);
    return rc;
}

// A value of the trace's configuration as a setting's text: 8, 0.1, tiny, 0,1.
static void value_text(struct vg_text *out, const json_t *value)
{
    if (json_is_string(value))
        vg_text_add(out, "%s", json_string_value(value));
    else if (json_is_array(value))
        for (size_t i = 0; i < json_array_size(value); i++) {
            vg_text_add(out, i ? "," : "");
            value_text(out, json_array_get(value, i));
        }
    else {
        char *line = vg_json_line(value);
        vg_text_add(out, "%s", line);
        free(line);
    }
}

static bool is_setting(const struct vg_method *m, const char *name)
{
    for (const struct vg_setting *s = m->settings; s->name; s++)
        if (!strcmp(s->name, name))
            return true;
    return false;
}

static int read_settings(struct vg_replay *r)
{
    int rc = VG_OK;
    json_t *config = NULL, *value;
    const char *key, *text = vg_tensorfile_meta(r->file, "config");
    const struct vg_setting *const tables[] = { r->method->settings, NULL };
    const struct vg_settings_of of = { tables, r->method->presets };
    struct vg_text words = { 0 };
    struct vg_line line;

    if (!text)
        return vg_fail(VG_ERR_FORMAT, "%s: not a golden trace: its metadata has no 'config'",
                       r->path);
    VG_TRY(vg_json_parse(r->path, text, &config));
    vg_text_add(&words, "batch=%lld %s", (long long) r->batch, r->method->trace_words);
    json_object_foreach(config, key, value)
    {
        if (!is_setting(r->method, key))
            continue;
        vg_text_add(&words, " %s=", key);
        value_text(&words, value);
    }
    VG_TRY(vg_line_split(&line, r->arena, r->path, vg_text_string(&words)));
    VG_TRY(vg_settings_parse(&r->settings, &of, r->path, line.words, line.count));
out:
    vg_text_finish(&words);
    json_decref(config);
    return rc;
}

static double config_number(const struct vg_replay *r, const char *key, double otherwise)
{
    json_t *config = NULL;
    double value = otherwise;
    if (vg_json_parse(r->path, vg_tensorfile_meta(r->file, "config"), &config) == VG_OK)
        value = vg_json_real_at(config, key, otherwise);
    json_decref(config);
    return value;
}

int vg_replay_open(struct vg_replay *r, const char *path)
{
    int rc = VG_OK;
    r->path = path;
    r->arena = vg_arena_create();
    VG_TRY(vg_tensorfile_open(&r->file, r->path));
    const char *method = vg_tensorfile_meta(r->file, "method");
    r->method = method ? vg_method_find(method) : NULL;
    if (!r->method) {
        struct vg_text known = { 0 };
        for (const struct vg_method *const *m = vg_methods; *m; m++)
            vg_text_add(&known, "%s%s", m == vg_methods ? "" : ", ", (*m)->name);
        rc = vg_fail(VG_ERR_FORMAT, "%s: a trace of method '%s', wanted one of: %s", r->path,
                     method ? method : "(none)", vg_text_string(&known));
        vg_text_finish(&known);
        goto out;
    }
    VG_TRY(meta_int(r, "steps", &r->steps));
    VG_TRY(meta_int(r, "batch", &r->batch));
    VG_TRY(read_settings(r));
out:
    return rc;
}

// ---- running ------------------------------------------------------------------------------------

bool vg_replay_of_optimiser(const struct vg_tensor *t)
{
    return !strncmp(t->name, "optimizer.", 10);
}

static int need(const struct vg_replay *r, const char *prefix, const char *name,
                const struct vg_tensorfile_entry **e)
{
    char *full = vg_format("%s%s", prefix, name);
    const int rc = vg_tensorfile_need(r->file, full, e);
    free(full);
    return rc;
}

const char *vg_replay_teacher(const struct vg_replay *r, const struct vg_tensor *t)
{
    const char *prefix = r->method->teacher;
    return prefix && !strncmp(t->name, prefix, strlen(prefix)) ? t->name + strlen(prefix) : NULL;
}

static int load_start(struct vg_replay *r)
{
    int rc = VG_OK;
    const struct vg_tensorfile_entry *e;
    r->trainer->given = true;
    for (int i = 0; i < vg_graph_tensors(r->trainer->graph); i++) {
        const struct vg_tensor *t = vg_graph_tensor(r->trainer->graph, i);
        if (!vg_weights_lasting(t) || vg_replay_of_optimiser(t))
            continue;
        const char *teacher = vg_replay_teacher(r, t);
        VG_TRY(need(r, teacher ? "teacher." : "init.", teacher ? teacher : t->name, &e));
        VG_TRY(vg_weights_set(r->trainer->plan, t, false, e));
    }
out:
    return rc;
}

static int fill(struct vg_replay *r, const struct vg_tensor *t, float value)
{
    float *values = vg_alloc(vg_elems(t), sizeof *values);
    for (int64_t i = 0; i < vg_elems(t); i++)
        values[i] = value;
    const int rc = vg_plan_write(r->trainer->plan, t, values);
    free(values);
    return rc;
}

/**
 * A norm whose counter is zero has seen no batch: its mean is 0 and its variance 1, whatever the
 * trace says.  PyTorch updates running statistics in place, and the first writer of traces replayed
 * them in float32 on the very tensors it then stored as "init.", so those of its traces hold what
 * was there after the last step.
 */
static int start_statistics(struct vg_replay *r)
{
    static const char counter[] = ".num_batches_tracked";
    int rc = VG_OK;
    const struct vg_graph *g = r->trainer->graph;
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        const size_t n = t->name ? strlen(t->name) : 0, m = sizeof counter - 1;
        if (t->kind != VG_STATE || n <= m || strcmp(t->name + n - m, counter) != 0)
            continue;
        int32_t count;
        VG_TRY(vg_plan_read(r->trainer->plan, t, &count));
        if (count != 0)
            continue;
        char *mean = vg_format("%.*s.running_mean", (int) (n - m), t->name);
        char *var = vg_format("%.*s.running_var", (int) (n - m), t->name);
        rc = fill(r, vg_graph_find(g, mean), 0);
        if (rc == VG_OK)
            rc = fill(r, vg_graph_find(g, var), 1);
        free(mean);
        free(var);
        VG_TRY(rc);
    }
out:
    return rc;
}

static int load_batch(struct vg_replay *r, int64_t step)
{
    int rc = VG_OK;
    char prefix[32];
    const struct vg_tensorfile_entry *e;
    snprintf(prefix, sizeof prefix, "step%lld.", (long long) step);
    for (const struct vg_port *in = r->trainer->model.inputs; in->tensor; in++) {
        VG_TRY(need(r, prefix, in->name, &e));
        VG_TRY(vg_weights_set(r->trainer->plan, in->tensor, in->channels_first, e));
    }
out:
    return rc;
}

int vg_replay_begin(struct vg_replay *r, struct vg_dev *dev, const struct vg_trainer_opts *opts)
{
    int rc = VG_OK;
    VG_TRY(vg_trainer_create_as(&r->trainer, r->method, r->settings, dev, 1, 1, opts));
    VG_TRY(load_start(r));
    VG_TRY(start_statistics(r));
    r->trainer->constant_lr = config_number(r, "lr", 0);
    r->trainer->at.total = (int64_t) config_number(r, "steps_total", 1);
out:
    return rc;
}

int vg_replay_step(struct vg_replay *r, int64_t step)
{
    int rc = VG_OK;
    VG_TRY(load_batch(r, step));
    VG_TRY(vg_trainer_step(r->trainer));
out:
    return rc;
}

void vg_replay_finish(struct vg_replay *r)
{
    vg_trainer_destroy(&r->trainer);
    vg_settings_destroy(&r->settings);
    vg_tensorfile_close(&r->file);
    vg_arena_destroy(&r->arena);
}
