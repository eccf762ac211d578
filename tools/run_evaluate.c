#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "data/decode.h"
#include "tools/cli.h"
#include "tools/run.h"

// ---- settings -----------------------------------------------------------------------------------

static const struct vg_setting which[] = {
    { "task", VG_SET_TEXT, NULL, 0, 0, NULL, "what is evaluated: expression" },
    { "from", VG_SET_TEXT, "random", 0, 0, NULL,
      "an earlier line's save=NAME, a .safetensors file, or random" },
    { "seed", VG_SET_INT, "1", 0, 9007199254740992.0, NULL, "of random weights, order and views" },
    { NULL },
};

static void tables_of(const struct vg_task *t, const struct vg_setting *tables[3])
{
    tables[0] = which;
    tables[1] = t->settings;
    tables[2] = NULL;
}

bool run_evaluate_knows(const struct vg_task *t, const char *key)
{
    const struct vg_setting *tables[3];
    tables_of(t, tables);
    for (int k = 0; tables[k]; k++)
        for (const struct vg_setting *s = tables[k]; s->name; s++)
            if (!strcmp(s->name, key))
                return true;
    return !strcmp(key, "preset");
}

static int unknown_task(const struct run_case *c, const char *name)
{
    struct vg_text known = { 0 };
    for (const struct vg_task *const *t = vg_tasks; *t; t++)
        vg_text_add(&known, "%s%s", t == vg_tasks ? "" : ", ", (*t)->name);
    const int rc = vg_fail(VG_ERR_USAGE, "%s: task=%s is not known; there are: %s", c->line->where,
                           name ? name : "", vg_text_string(&known));
    vg_text_finish(&known);
    return rc;
}

int run_evaluate_parse(struct run_case *c, const struct vg_word *words, size_t count)
{
    const struct vg_setting *tables[3];
    const char *name = NULL;
    for (size_t i = 0; i < count; i++)
        if (words[i].value && !strcmp(words[i].key, "task"))
            name = words[i].value;
    c->task = name ? vg_task_find(name) : NULL;
    if (!c->task)
        return unknown_task(c, name);
    tables_of(c->task, tables);
    const struct vg_settings_of of = { tables, c->task->presets };
    return vg_settings_parse(&c->settings, &of, c->line->where, words, count);
}

// NULL for random weights; free() it.
static char *checkpoint_of(const struct run *r, const struct run_case *c)
{
    const char *from = vg_setting_text(c->settings, "from");
    if (!strcmp(from, "random"))
        return NULL;
    return strstr(from, ".safetensors") ? vg_strdup(from) : run_checkpoint_path(r, from);
}

// ---- the row ------------------------------------------------------------------------------------

struct watch {
    const struct run_case *c;
    struct vg_row *row;
    bool described;
};

static void show(void *user, const char *stage, int64_t done, int64_t total, double loss)
{
    const struct watch *w = user;
    if (isnan(loss))
        cli_progress("%s  %s %lld/%lld", w->c->name, stage, (long long) done, (long long) total);
    else
        cli_progress("%s  %s %lld/%lld  loss %.4f", w->c->name, stage, (long long) done,
                     (long long) total, loss);
}

// The first plan is the backbone's, the largest.
static void describe(void *user, const char *stage, const struct vg_plan *plan)
{
    struct watch *w = user;
    if (w->described)
        return;
    vg_row_engaged(w->row, plan, 1, vg_image_decoder());
    vg_row_memory(w->row, plan);
    w->described = true;
}

static void add_training(struct vg_row *row, const struct vg_task_result *t)
{
    json_t *o = vg_json_object(vg_row_json(row), "training");
    vg_json_int(o, "steps", t->steps);
    vg_json_reals(o, "loss", t->loss, (size_t) t->loss_count);
    vg_json_int(o, "train_images", t->train_images);
    vg_json_int(o, "val_images", t->val_images);
    vg_json_int(o, "test_images", t->test_images);
    vg_json_string(o, "arch", t->backbone.arch);
    vg_json_int(o, "width", t->backbone.width);
    vg_json_bool(o, "random_backbone", t->backbone.random);
    vg_row_filled(row, "training");
}

static void add_accuracy(struct vg_row *row, const struct vg_task_result *t)
{
    json_t *o = vg_json_object(vg_row_json(row), "accuracy");
    for (int i = 0; i < t->metric_count; i++)
        vg_json_real(o, t->metrics[i].name, t->metrics[i].value);
    vg_row_filled(row, "accuracy");
}

static void add_numbers(struct run *r, struct vg_row *row, const struct vg_task_result *t)
{
    const double rate = t->seconds > 0 ? (double) t->images / t->seconds : 0;
    add_training(row, t);
    add_accuracy(row, t);
    vg_row_setup(row, r->dev, 0, t->wait_seconds * 1e9);
    vg_row_checked(row, true, "accuracy is a number and the recalls agree with it", 0);
    vg_row_throughput(row, rate, "images/s");
    vg_row_null(row, "time_ns", "accuracy is measured here, not time; throughput is of one pass");
    vg_row_null(row, "reference", "synthetic faces have no published figure");
}

static void fill_outcome(struct run_outcome *o, const struct vg_task_result *t)
{
    o->status = VG_ROW_OK;
    o->images_per_second = t->seconds > 0 ? (double) t->images / t->seconds : NAN;
    o->peak_bytes = (double) t->peak_bytes;
    o->accuracy = vg_task_metric_of(t, "accuracy");
    o->random_accuracy = vg_task_metric_of(t, "random_accuracy");
    if (t->loss_count > 0) {
        o->first_loss = t->loss[0];
        o->last_loss = t->loss[t->loss_count - 1];
    }
}

// A data set without labels is not this program's failure: the row says so and the run goes on.
static int settle(struct run_outcome *o, int rc)
{
    if (rc == VG_OK)
        return VG_OK;
    o->status = rc == VG_ERR_UNSUPPORTED ? VG_ROW_UNSUPPORTED : VG_ROW_FAILED;
    snprintf(o->reason, sizeof o->reason, "%.399s", vg_error());
    if (rc != VG_ERR_UNSUPPORTED)
        return rc;
    vg_error_clear();
    return VG_OK;
}

int run_evaluate(struct run *r, const struct run_case *c, struct run_outcome *o)
{
    struct vg_task_result result = { 0 };
    struct vg_row *row = vg_row_create(c->suite, c->name, VG_ROW_EVALUATE, r->dev);
    struct watch watch = { c, row, false };
    char *checkpoint = checkpoint_of(r, c);

    vg_row_settings(row, c->settings);
    const struct vg_task_run task = {
        .dev = r->dev,
        .settings = c->settings,
        .checkpoint = checkpoint,
        .seed = (uint64_t) vg_setting_int(c->settings, "seed"),
        .watch = { show, describe, &watch, tools_interrupt_flag() },
    };
    int rc = c->task->run(&task, &result);
    cli_progress_end();
    if (rc == VG_OK) {
        add_numbers(r, row, &result);
        fill_outcome(o, &result);
    }
    rc = settle(o, rc);
    if (rc != VG_ERR_INTERRUPTED) {
        vg_row_status(row, o->status, o->reason[0] ? o->reason : NULL);
        const int written = vg_row_append(row, r->out);
        rc = rc == VG_OK ? written : rc;
    }
    vg_task_result_finish(&result);
    vg_row_destroy(&row);
    free(checkpoint);
    return rc;
}
