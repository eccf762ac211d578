#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "bench/profile.h"
#include "data/decode.h"
#include "method/pretrain.h"
#include "tools/cli.h"
#include "tools/run.h"

// ---- settings -----------------------------------------------------------------------------------

static const struct vg_setting which[] = {
    { "method", VG_SET_TEXT, NULL, 0, 0, NULL, "what is pre-trained: fra, mcf" },
    { NULL },
};

static void tables_of(const struct vg_method *m, const struct vg_setting *tables[4])
{
    tables[0] = which;
    tables[1] = vg_pretrain_settings;
    tables[2] = m->settings;
    tables[3] = NULL;
}

bool run_pretrain_knows(const struct vg_method *m, const char *key)
{
    const struct vg_setting *tables[4];
    tables_of(m, tables);
    for (int t = 0; tables[t]; t++)
        for (const struct vg_setting *s = tables[t]; s->name; s++)
            if (!strcmp(s->name, key))
                return true;
    return !strcmp(key, "preset");
}

static const char *word_of(const struct vg_word *words, size_t count, const char *key)
{
    for (size_t i = count; i-- > 0;)
        if (words[i].value && !strcmp(words[i].key, key))
            return words[i].value;
    return NULL;
}

int run_pretrain_parse(struct run_case *c, const struct vg_word *words, size_t count)
{
    const struct vg_setting *tables[4];
    const char *name = word_of(words, count, "method");
    c->method = name ? vg_method_find(name) : NULL;
    if (!c->method) {
        struct vg_text known = { 0 };
        for (const struct vg_method *const *m = vg_methods; *m; m++)
            vg_text_add(&known, "%s%s", m == vg_methods ? "" : ", ", (*m)->name);
        const int rc = vg_fail(VG_ERR_USAGE, "%s: method=%s is not known; there are: %s",
                               c->line->where, name ? name : "", vg_text_string(&known));
        vg_text_finish(&known);
        return rc;
    }
    tables_of(c->method, tables);
    const struct vg_settings_of of = { tables, c->method->presets };
    return vg_settings_parse(&c->settings, &of, c->line->where, words, count);
}

// ---- when it does not fit -----------------------------------------------------------------------

static size_t planned_bytes(const struct run_case *c, int64_t batch)
{
    char text[32];
    size_t total = 0;
    struct vg_memory *memory = NULL;
    struct vg_model model = { 0 };
    struct run_case other = { .line = c->line };
    struct vg_word *words = vg_alloc(vg_settings_count(c->settings), sizeof *words);
    size_t n = 0;
    snprintf(text, sizeof text, "%lld", (long long) batch);
    for (size_t i = 0; i < vg_settings_count(c->settings); i++) {
        const char *value;
        const struct vg_setting *s = vg_settings_at(c->settings, i, &value);
        words[n++] = (struct vg_word) { s->name, strcmp(s->name, "batch") ? value : text };
    }
    struct vg_graph *g = vg_graph_create(1);
    if (run_pretrain_parse(&other, words, n) == VG_OK &&
        c->method->build(g, other.settings, &model) == VG_OK &&
        vg_memory_create(&memory, g, 128, 0) == VG_OK)
        total = vg_memory_total(memory);
    vg_memory_destroy(&memory);
    vg_graph_destroy(&g);
    vg_settings_destroy(&other.settings);
    free(words);
    return total;
}

// Doubling below the batch that was asked for, then halving the gap.
static int64_t largest_batch(const struct run *r, const struct run_case *c)
{
    int64_t fits = 0, fails = vg_setting_int(c->settings, "batch");
    while (fails - fits > 1) {
        const int64_t middle = fits + (fails - fits) / 2;
        const size_t bytes = planned_bytes(c, middle < 2 ? 2 : middle);
        const bool ok = bytes > 0 && bytes <= r->dev->info.global_mem_bytes;
        *(ok ? &fits : &fails) = middle;
    }
    return fits;
}

static int explain_memory(const struct run *r, const struct run_case *c)
{
    char *cause = vg_strdup(vg_error());
    vg_error_clear();
    const int64_t fits = largest_batch(r, c);
    const int64_t wanted = vg_setting_int(c->settings, "batch");
    vg_error_clear();
    const int rc =
        fits >= 2 ? vg_fail(VG_ERR_DEVICE_MEMORY, "%s; batch=%lld does not fit, batch=%lld would",
                            cause, (long long) wanted, (long long) fits)
                  : vg_fail(VG_ERR_DEVICE_MEMORY, "%s; no batch fits", cause);
    free(cause);
    return rc;
}

// ---- the row ------------------------------------------------------------------------------------

struct watch {
    const struct run_case *c;
    struct vg_row *row;
    const char *decoder;
    struct vg_telemetry *telemetry;   // a sample a step
};

enum { WARMUP = 2 };   // steps that compile and fill caches, left out of the times

// Of all steps, or of those behind the warm-up where there are more.
static int64_t first_timed(int64_t steps)
{
    return steps > WARMUP ? WARMUP : 0;
}

static void read_telemetry(struct vg_telemetry *t, const struct vg_pretrain_now *now)
{
    vg_telemetry_end(t);
    if (now->step == first_timed(now->steps))
        vg_telemetry_restart(t);
    vg_telemetry_begin(t);
}

static void show(void *user, const struct vg_pretrain_now *now)
{
    const struct watch *w = user;
    read_telemetry(w->telemetry, now);
    cli_progress("%s  step %lld/%lld  loss %.4f  %.1f images/s  %.0f s left", w->c->name,
                 (long long) now->step, (long long) now->steps, now->loss, now->images_per_second,
                 now->seconds_left);
}

// Called when what is kept has been saved: one step more, with events, does no harm.  A driver that
// cannot give their times takes nothing from the row but this.
static void describe(void *user, struct vg_plan *plan)
{
    struct watch *w = user;
    vg_row_engaged(w->row, plan, 1, w->decoder);
    vg_row_memory(w->row, plan);
    if (vg_profile_json(plan, vg_row_json(w->row)) != VG_OK) {
        vg_row_null(w->row, "profile", "%s", vg_error());
        vg_error_clear();
    }
}

// Of a step.
static int64_t images_of(const struct run_case *c)
{
    return vg_setting_int(c->settings, "batch") * vg_setting_int(c->settings, "accumulate");
}

static void add_training(struct vg_row *row, const struct vg_pretrain_result *r)
{
    json_t *t = vg_json_object(vg_row_json(row), "training");
    vg_json_int(t, "steps", r->steps);
    vg_json_int(t, "resumed_at", r->resumed_at);
    vg_json_int(t, "epoch_steps", r->epoch_steps);
    vg_json_int(t, "images", r->images);
    vg_json_int(t, "skipped_files", r->skipped);
    vg_json_reals(t, "loss", r->loss, (size_t) r->steps);
    json_t *parts = vg_json_object(t, "loss_parts");
    for (int i = 0; i < r->parts; i++)
        vg_json_reals(parts, r->part_name[i], r->part[i], (size_t) r->steps);
    vg_json_reals(t, "lr", r->lr, (size_t) r->steps);
    if (r->init[0])
        vg_json_string(t, "init_sha256", r->init);
    vg_json_string(t, "weights_sha256", r->weights);
    vg_row_filled(row, "training");
}

// Joules an image, of the steps that were read.
static void add_energy(struct vg_row *row, const struct vg_telemetry *t, int64_t batch)
{
    const double images = (double) vg_telemetry_count(t) * (double) batch;
    vg_json_real(vg_json_at(vg_row_json(row), "telemetry"), "energy_per_image_j",
                 vg_telemetry_energy(t) / images);
}

static void add_numbers(const struct watch *w, const struct vg_pretrain_result *r,
                        const struct vg_dev *dev)
{
    char unit[64];
    struct vg_row *row = w->row;
    const int64_t batch = images_of(w->c), skip = first_timed(r->steps);
    snprintf(unit, sizeof unit, "step of %lld images", (long long) batch);
    vg_row_time(row, r->step_ns + skip, (size_t) (r->steps - skip), unit);
    vg_row_telemetry(row, w->telemetry);
    add_energy(row, w->telemetry, batch);
    vg_row_cost(row, r->flops, r->bytes);
    vg_row_setup(row, dev, 0, (double) r->data_wait_ns);
    add_training(row, r);
    vg_row_checked(row, true, "every loss is finite", 0);
    vg_row_throughput(row, (double) batch / vg_row_median(row) * 1e9, "images/s");
    vg_row_null(row, "accuracy", "a pre-training case; an evaluate case measures it");
    vg_row_null(row, "reference", "no published figure belongs to these settings");
}

static void fill_outcome(struct run_outcome *o, const struct run_case *c, const struct vg_row *row,
                         const struct vg_pretrain_result *r)
{
    const char *remark = c->method->remark ? c->method->remark(c->settings) : NULL;
    o->status = VG_ROW_OK;
    snprintf(o->reason, sizeof o->reason, "%.399s", remark ? remark : "");
    o->images_per_second =
        vg_json_real_at(vg_row_json((struct vg_row *) row), "throughput.value", NAN);
    o->peak_bytes = (double) r->peak_bytes;
    o->first_loss = r->loss[0];
    o->last_loss = r->loss[r->steps - 1];
}

// What the checkpoint makes of unseen images: figures into the row, a picture beside it.
static int inspect(struct run *r, const struct run_case *c, struct vg_row *row,
                   const char *checkpoint)
{
    struct vg_finding findings[VG_FINDINGS];
    char *picture = run_file_path(r, c, c->method->picture_ending);
    cli_progress("%s  looking at unseen images", c->name);
    const int rc = c->method->inspect(&(struct vg_inspect) {
        r->dev, c->settings, checkpoint, vg_setting_text(c->settings, "data"), picture, findings });
    cli_progress_end();
    if (rc == VG_OK && findings[0].name[0]) {
        json_t *accuracy = vg_json_object(vg_row_json(row), "accuracy");
        for (const struct vg_finding *f = findings; f->name[0]; f++)
            vg_json_real(accuracy, f->name, f->value);
        vg_row_filled(row, "accuracy");
    }
    free(picture);
    return rc;
}

static void add_remark(struct vg_row *row, const struct run_case *c)
{
    const char *remark = c->method->remark ? c->method->remark(c->settings) : NULL;
    if (remark)
        vg_json_string(vg_row_json(row), "remark", remark);
}

// ---- the case -----------------------------------------------------------------------------------

static int finish_row(struct run *r, struct vg_row *row, struct run_outcome *o, int rc)
{
    if (rc != VG_OK) {
        o->status = VG_ROW_FAILED;
        snprintf(o->reason, sizeof o->reason, "%.399s", vg_error());
        if (rc == VG_ERR_INTERRUPTED)
            return rc;   // nothing was measured: the next run goes on
    }
    vg_row_status(row, o->status, o->status == VG_ROW_OK ? NULL : o->reason);
    const int written = vg_row_append(row, r->out);
    return rc != VG_OK ? rc : written;
}

int run_pretrain(struct run *r, const struct run_case *c, struct run_outcome *o)
{
    struct vg_pretrain_result result;
    const char *save = vg_setting_text(c->settings, "save");
    char *running = run_file_path(r, c, ".running.safetensors");
    char *saved = *save ? run_checkpoint_path(r, save) : NULL;
    struct vg_row *row = vg_row_create(c->suite, c->name, VG_ROW_PRETRAIN, r->dev);
    struct watch watch = { c, row, vg_image_decoder(),
                           vg_telemetry_open(&(struct vg_telemetry_of) { .dev = r->dev }) };

    vg_row_settings(row, c->settings);
    add_remark(row, c);
    vg_telemetry_begin(watch.telemetry);
    int rc = vg_pretrain_run(&(struct vg_pretrain) { .method = c->method,
                                                     .settings = c->settings,
                                                     .dev = r->dev,
                                                     .checkpoint = running,
                                                     .save = saved,
                                                     .interrupt = tools_interrupt_flag(),
                                                     .progress = show,
                                                     .done = describe,
                                                     .user = &watch },
                             &result);
    cli_progress_end();
    if (rc == VG_OK) {
        add_numbers(&watch, &result, r->dev);
        fill_outcome(o, c, row, &result);
    } else if (rc == VG_ERR_DEVICE_MEMORY) {
        rc = explain_memory(r, c);
    }
    if (rc == VG_OK && saved && c->method->inspect)
        rc = inspect(r, c, row, saved);
    rc = finish_row(r, row, o, rc);
    vg_pretrain_result_finish(&result);
    vg_telemetry_close(&watch.telemetry);
    vg_row_destroy(&row);
    free(running);
    free(saved);
    return rc;
}
