#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/resnet.h"
#include "task/checkpoint.h"
#include "task/encoder.h"
#include "task/finetune.h"
#include "task/probe.h"
#include "task/task.h"

/**
 * Facial expression recognition: seven classes, accuracy and recall on people never seen.
 *
 *     linear    the backbone stays as it is; a linear classifier on its pooled features
 *     finetune  backbone and classifier are trained together (FRA specification, section 6.2)
 *
 * With baseline=yes the same is done with a backbone of random weights, and the gain over it is
 * reported.  The images are those of the data set with its own seed, whatever the run's seed.
 */

// ---- settings -----------------------------------------------------------------------------------

enum { LINEAR, FINETUNE };
static const char *const protocols[] = { "linear", "finetune", NULL };
static const char *const norms[] = { "vggface2", "imagenet", "checkpoint", NULL };
enum { NORM_OF_CHECKPOINT = 2 };
static const char *const pools[] = { "mean", "class", NULL };   // by vg_backbone_pool
static const struct vg_norm *const norm_of[] = { &vg_norm_vggface2, &vg_norm_imagenet };

enum { MOST_IMAGES = 1 << 24 };

// clang-format off
static const struct vg_setting settings[] = {
    { "protocol", VG_SET_CHOICE, "linear", 0, 0, protocols, "frozen backbone, or all trained" },
    { "data", VG_SET_TEXT, "synthetic", 0, 0, NULL, "data set with expressions" },
    { "image", VG_SET_INT, "0", 0, 4096, NULL, "side of images; 0: the checkpoint's, or 64" },
    { "train", VG_SET_INT, "2000", 1, MOST_IMAGES, NULL, "training images, at most" },
    { "val", VG_SET_INT, "500", 1, MOST_IMAGES, NULL, "images that choose the decay (linear)" },
    { "test", VG_SET_INT, "1000", 1, MOST_IMAGES, NULL, "test images, at most" },
    { "batch", VG_SET_INT, "64", 2, 65536, NULL, "images at once" },
    { "iterations", VG_SET_INT, "300", 1, 100000, NULL, "of the classifier, a decay (linear)" },
    { "epochs", VG_SET_INT, "20", 1, 100000, NULL, "over the training images (finetune)" },
    { "every", VG_SET_INT, "5", 1, 100000, NULL, "epochs between evaluations (finetune)" },
    { "lr", VG_SET_FLOAT, "2e-4", 0, 100, NULL, "learning rate after warm-up (finetune)" },
    { "weight_decay", VG_SET_FLOAT, "0.05", 0, 1, NULL, "of AdamW (finetune)" },
    { "warmup", VG_SET_FLOAT, "0.05", 0, 1, NULL, "part of the run that warms up (finetune)" },
    { "norm", VG_SET_CHOICE, "checkpoint", 0, 0, norms,
      "mean and deviation of pixels; without a checkpoint vggface2" },
    { "pool", VG_SET_CHOICE, "mean", 0, 0, pools, "of a transformer: patches, or the class token" },
    { "baseline", VG_SET_BOOL, "yes", 0, 0, NULL, "the same with random weights, and the gain" },
    { "arch", VG_SET_CHOICE, "resnet18", 0, 0, vg_backbone_names,
      "of random weights; checkpoints say theirs" },
    { "width", VG_SET_INT, "64", 1, 1024, NULL, "of the first stage; checkpoints say theirs" },
    { 0 },
};

static const struct vg_preset presets[] = {
    { "paper", "protocol=finetune image=224 train=12271 test=3068 batch=256 epochs=100",
      "RAF-DB as published" },
    { 0 },
};
// clang-format on

// ---- what a run has -----------------------------------------------------------------------------

enum { TRAIN, VAL, TEST, SPLITS };
static const char *const stages[SPLITS] = { "train features", "val features", "test features" };

struct work {
    const struct vg_task_run *r;
    struct vg_task_result *out;
    struct vg_checkpoint *checkpoint;   // NULL: random weights
    struct vg_backbone backbone;
    const struct vg_norm *norm;
    int image, batch;
    struct vg_data *data[SPLITS];
    int32_t *label[SPLITS];
};

static int whole(const struct work *w, const char *name)
{
    return (int) vg_setting_int(w->r->settings, name);
}

// The checkpoint's backbone; arch and width that the user gave are tried instead, and what does not
// fit is refused when the weights are loaded.
static int choose_backbone(struct work *w)
{
    int rc = VG_OK;
    const struct vg_settings *s = w->r->settings;
    const char *arch = vg_setting_text(s, "arch");
    int width = whole(w, "width"), image = 0;
    if (w->r->checkpoint) {
        VG_TRY(vg_checkpoint_open(&w->checkpoint, w->r->checkpoint));
        const struct vg_backbone *b = &w->checkpoint->backbone;
        arch = vg_setting_is_set(s, "arch") ? arch : b->arch;
        width = vg_setting_is_set(s, "width") ? width : b->width;
        image = b->image;
        w->backbone = *b;
    }
    if (!w->checkpoint || vg_setting_is_set(s, "arch") || vg_setting_is_set(s, "width"))
        VG_TRY(vg_backbone_of_name(&w->backbone, "expression", arch, width));
    w->backbone.pool = (enum vg_backbone_pool) vg_setting_choice(s, "pool");
    const int asked = whole(w, "image"), step = vg_backbone_step(&w->backbone);
    w->image = asked ? asked : image ? image : 64;
    if (w->image % step)
        rc = vg_fail(VG_ERR_VALUE, "expression: image=%d, wanted a multiple of %d", w->image, step);
out:
    return rc;
}

// Pixels as the checkpoint's method has normalised them, unless the user says otherwise.
static void choose_norm(struct work *w)
{
    const size_t asked = vg_setting_choice(w->r->settings, "norm");
    const bool theirs = asked == NORM_OF_CHECKPOINT;
    const char *name = theirs ? w->checkpoint ? w->checkpoint->pixels : "" : norms[asked];
    w->norm = norm_of[!strcmp(name, "imagenet")];
}

// ---- images and labels --------------------------------------------------------------------------

static int read_labels(const struct vg_data *d, int32_t **out)
{
    int rc = VG_OK;
    const int64_t count = vg_data_count(d);
    int32_t *label = vg_alloc(count, sizeof *label);
    for (int64_t i = 0; i < count; i++) {
        struct vg_truth t = { 0 };
        VG_TRY(vg_data_truth(d, i, &t));
        if (t.expression < 0 || t.expression >= VG_EXPRESSIONS) {
            rc = vg_fail(VG_ERR_VALUE, "data set %s: image %lld has expression %d, wanted 0 to %d",
                         vg_data_name(d), (long long) i, t.expression, VG_EXPRESSIONS - 1);
            goto out;
        }
        label[i] = t.expression;
    }
    *out = label;
    label = NULL;
out:
    free(label);
    return rc;
}

static int open_split(struct work *w, int split, enum vg_split as, const char *count)
{
    int rc = VG_OK;
    const struct vg_dataset_options o = { .size = w->image, .split = as, .count = whole(w, count) };
    VG_TRY(vg_data_open(vg_setting_text(w->r->settings, "data"), &o, &w->data[split]));
    if (vg_data_count(w->data[split]) < 1) {
        rc = vg_fail(VG_ERR_VALUE, "data set %s has no %s images", vg_data_name(w->data[split]),
                     count);
        goto out;
    }
    if (vg_setting_is_set(w->r->settings, count) && vg_data_count(w->data[split]) < o.count)
        vg_warn("data set %s has %lld %s images, %s=%lld were asked for",
                vg_data_name(w->data[split]), (long long) vg_data_count(w->data[split]), count,
                count, (long long) o.count);
    VG_TRY(read_labels(w->data[split], &w->label[split]));
out:
    return rc;
}

static int open_data(struct work *w, bool val)
{
    int rc = VG_OK;
    VG_TRY(open_split(w, TRAIN, VG_SPLIT_TRAIN, "train"));
    if (val)
        VG_TRY(open_split(w, VAL, VG_SPLIT_VAL, "val"));
    VG_TRY(open_split(w, TEST, VG_SPLIT_TEST, "test"));
    w->out->train_images = vg_data_count(w->data[TRAIN]);
    w->out->val_images = val ? vg_data_count(w->data[VAL]) : 0;
    w->out->test_images = vg_data_count(w->data[TEST]);
out:
    return rc;
}

// ---- what is reported ---------------------------------------------------------------------------

static const char *const names[VG_EXPRESSIONS] = {
    "surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral",
};

static void report_score(struct vg_task_result *out, const struct vg_score *s)
{
    vg_task_metric_add(out, vg_score_accuracy(s), "accuracy");
    vg_task_metric_add(out, vg_score_mean_recall(s), "mean_recall");
    for (int i = 0; i < VG_EXPRESSIONS; i++)
        vg_task_metric_add(out, vg_score_recall(s, i), "recall_%s", names[i]);
}

static void report_baseline(struct vg_task_result *out, const struct vg_score *s)
{
    vg_task_metric_add(out, vg_score_accuracy(s), "random_accuracy");
    vg_task_metric_add(out, vg_score_mean_recall(s), "random_mean_recall");
    vg_task_metric_add(out, vg_task_metric_of(out, "accuracy") - vg_score_accuracy(s), "gain");
}

static void count_labels(const struct work *w, int64_t count[VG_EXPRESSIONS])
{
    memset(count, 0, VG_EXPRESSIONS * sizeof *count);
    for (int64_t i = 0; i < w->out->test_images; i++)
        count[w->label[TEST][i]]++;
}

// The accuracy of saying the test images' most frequent class every time.
static void report_majority(struct work *w)
{
    int64_t count[VG_EXPRESSIONS], most = 0;
    count_labels(w, count);
    for (int i = 0; i < VG_EXPRESSIONS; i++)
        most = count[i] > most ? count[i] : most;
    vg_task_metric_add(w->out, (double) most / (double) w->out->test_images, "majority_accuracy");
}

// Recalls, each with its class's share of the test images, are the accuracy.
static int check_recalls(const struct work *w)
{
    int64_t count[VG_EXPRESSIONS];
    double sum = 0;
    const double accuracy = vg_task_metric_of(w->out, "accuracy");
    count_labels(w, count);
    for (int i = 0; i < VG_EXPRESSIONS; i++) {
        char name[VG_TASK_METRIC_NAME];
        snprintf(name, sizeof name, "recall_%s", names[i]);
        if (count[i])
            sum += vg_task_metric_of(w->out, name) * (double) count[i];
    }
    sum /= (double) w->out->test_images;
    if (fabs(sum - accuracy) <= 1e-9)   // false for a NaN
        return VG_OK;
    return vg_fail(VG_ERR_VALUE, "expression: an accuracy of %g from recalls that make %g",
                   accuracy, sum);
}

static void report_backbone(struct work *w)
{
    struct vg_task_backbone *b = &w->out->backbone;
    strncpy(b->arch, w->backbone.arch, sizeof b->arch - 1);
    b->width = w->backbone.width;
    b->image = w->image;
    b->features = vg_backbone_features(&w->backbone);
    b->random = !w->checkpoint;
}

static void raise_planned(struct vg_task_result *out, size_t bytes)
{
    if (bytes > out->planned_bytes)
        out->planned_bytes = bytes;
}

// A curve is taken over as it is; the first one is the one that is reported.
static void take_loss(struct vg_task_result *out, double **loss, int64_t steps)
{
    if (out->loss)
        return;
    out->loss = *loss;
    out->loss_count = out->steps = steps;
    *loss = NULL;
}

// ---- linear -------------------------------------------------------------------------------------

enum { ENCODERS = 2 };   // the checkpoint's, and random weights

struct linear {
    int encoders;
    struct vg_encoder *encoder[ENCODERS];
    struct vg_rows rows[ENCODERS][SPLITS];
};

static int make_encoders(struct work *w, struct linear *l)
{
    int rc = VG_OK;
    const bool baseline = vg_setting_bool(w->r->settings, "baseline");
    const struct vg_encoder_opts o = {
        .backbone = &w->backbone, .image = w->image, .batch = w->batch, .seed = w->r->seed
    };
    l->encoders = w->checkpoint && baseline ? 2 : 1;
    for (int k = 0; k < l->encoders; k++)
        VG_TRY(vg_encoder_create(&l->encoder[k], w->r->dev, &o));
    if (w->checkpoint)
        VG_TRY(vg_checkpoint_load(w->checkpoint, l->encoder[0]->plan));
    raise_planned(w->out, vg_memory_total(vg_plan_memory(l->encoder[0]->plan)));
    vg_task_tell_plan(&w->r->watch, "features", l->encoder[0]->plan);
out:
    return rc;
}

static int encode_split(struct work *w, struct linear *l, int split)
{
    const int64_t count = vg_data_count(w->data[split]);
    float *out[ENCODERS];
    for (int k = 0; k < l->encoders; k++) {
        vg_rows_init(&l->rows[k][split], count, l->encoder[k]->outs);
        memcpy(l->rows[k][split].label, w->label[split], count * sizeof *w->label[split]);
        out[k] = l->rows[k][split].x;
    }
    const struct vg_encode_opts o = { .data = w->data[split],
                                      .norm = w->norm,
                                      .stage = stages[split],
                                      .watch = &w->r->watch,
                                      .wait_seconds = &w->out->wait_seconds };
    return vg_encode(&o, l->encoders, l->encoder, out);
}

static int probe_features(struct work *w, struct linear *l, int k)
{
    int rc = VG_OK;
    struct vg_probe *p = NULL;
    struct vg_score test;
    const struct vg_probe_opts o = { .classes = VG_EXPRESSIONS,
                                     .decay = -1,
                                     .iterations = whole(w, "iterations"),
                                     .watch = &w->r->watch };
    VG_TRY(vg_probe_train(&p, w->r->dev, &o, &l->rows[k][TRAIN], &l->rows[k][VAL]));
    VG_TRY(vg_probe_score(p, w->r->dev, &l->rows[k][TEST], &test));
    raise_planned(w->out, p->planned_bytes);
    if (k > 0) {
        report_baseline(w->out, &test);
    } else {
        report_score(w->out, &test);
        vg_task_metric_add(w->out, vg_score_accuracy(&p->val), "val_accuracy");
        vg_task_metric_add(w->out, p->decay, "decay");
        vg_task_metric_add(w->out, p->converged, "converged");
    }
    take_loss(w->out, &p->loss, p->steps);
out:
    vg_probe_destroy(&p);
    return rc;
}

static int run_linear(struct work *w)
{
    int rc = VG_OK;
    struct linear l = { 0 };
    VG_TRY(make_encoders(w, &l));
    for (int split = 0; split < SPLITS; split++)
        VG_TRY(encode_split(w, &l, split));
    w->out->stage = "features";
    w->out->images = l.encoder[0]->images;
    w->out->seconds = l.encoder[0]->seconds;
    for (int k = 0; k < l.encoders; k++)
        VG_TRY(probe_features(w, &l, k));
out:
    for (int k = 0; k < ENCODERS; k++) {
        vg_encoder_destroy(&l.encoder[k]);
        for (int split = 0; split < SPLITS; split++)
            vg_rows_finish(&l.rows[k][split]);
    }
    return rc;
}

// ---- finetune -----------------------------------------------------------------------------------

struct course {
    struct work *w;
    struct vg_score last;   // after the last epoch
    double best;            // of all evaluations, on test images, as the published runs report it
    int best_epochs;
};

static void evaluated(void *arg, int epochs, const float *rows)
{
    struct course *c = arg;
    const struct work *w = c->w;
    vg_score_of(&c->last, VG_EXPRESSIONS, vg_data_count(w->data[TEST]), rows, w->label[TEST]);
    if (vg_score_accuracy(&c->last) > c->best) {
        c->best = vg_score_accuracy(&c->last);
        c->best_epochs = epochs;
    }
}

static int tune(struct work *w, const struct vg_checkpoint *checkpoint, struct vg_finetune *f,
                struct course *c)
{
    const struct vg_head head = vg_head_classes(VG_EXPRESSIONS);
    const struct vg_settings *s = w->r->settings;
    const struct vg_finetune_opts o = {
        .backbone = &w->backbone,
        .checkpoint = checkpoint,
        .head = &head,
        .seed = w->r->seed,
        .image = w->image,
        .batch = w->batch,
        .epochs = whole(w, "epochs"),
        .every = whole(w, "every"),
        .lr = vg_setting_float(s, "lr"),
        .weight_decay = vg_setting_float(s, "weight_decay"),
        .warmup = vg_setting_float(s, "warmup"),
        .erase = true,
        .norm = w->norm,
        .train = w->data[TRAIN],
        .test = w->data[TEST],
        .label = w->label[TRAIN],
        .watch = &w->r->watch,
        .evaluated = evaluated,
        .arg = c,
    };
    *c = (struct course) { .w = w, .best = -1 };
    return vg_finetune_run(&o, w->r->dev, f);
}

static int tune_and_report(struct work *w)
{
    struct course c;
    struct vg_finetune f = { 0 };
    const int rc = tune(w, w->checkpoint, &f, &c);
    if (rc == VG_OK) {
        report_score(w->out, &c.last);
        vg_task_metric_add(w->out, c.best, "best_accuracy");
        vg_task_metric_add(w->out, c.best_epochs, "best_epochs");
    }
    w->out->stage = "finetune";
    w->out->images = f.images;
    w->out->seconds = f.seconds;
    w->out->wait_seconds = f.wait_seconds;
    raise_planned(w->out, f.planned_bytes);
    take_loss(w->out, &f.loss, f.steps);
    vg_finetune_finish(&f);
    return rc;
}

static int tune_baseline(struct work *w)
{
    struct course c;
    struct vg_finetune f = { 0 };
    const int rc = tune(w, NULL, &f, &c);
    if (rc == VG_OK) {
        report_baseline(w->out, &c.last);
        vg_task_metric_add(w->out, c.best, "random_best_accuracy");
    }
    vg_finetune_finish(&f);
    return rc;
}

static int run_finetune(struct work *w)
{
    int rc = VG_OK;
    VG_TRY(tune_and_report(w));
    if (w->checkpoint && vg_setting_bool(w->r->settings, "baseline"))
        VG_TRY(tune_baseline(w));
out:
    return rc;
}

// ---- the task -----------------------------------------------------------------------------------

static int run(const struct vg_task_run *r, struct vg_task_result *out)
{
    int rc = VG_OK;
    struct work w = { .r = r, .out = out };
    const bool linear = vg_setting_choice(r->settings, "protocol") == LINEAR;
    w.batch = whole(&w, "batch");
    VG_TRY(choose_backbone(&w));
    choose_norm(&w);
    report_backbone(&w);
    VG_TRY(open_data(&w, linear));
    VG_TRY(linear ? run_linear(&w) : run_finetune(&w));
    report_majority(&w);
    VG_TRY(check_recalls(&w));
out:
    out->peak_bytes = r->dev->count.peak_bytes;
    vg_checkpoint_close(&w.checkpoint);
    for (int split = 0; split < SPLITS; split++) {
        vg_data_close(&w.data[split]);
        free(w.label[split]);
    }
    return rc;
}

const struct vg_task vg_task_expression = {
    .name = "expression",
    .summary = "facial expressions: seven classes from a backbone's features, or fine-tuned",
    .settings = settings,
    .presets = presets,
    .run = run,
};
