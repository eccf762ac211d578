#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "task/finetune.h"
#include "task/task.h"
#include "tests/task/tiny.h"

TestSuite(expression, .fini = scratch_clean);

static struct vg_settings *settings_of(const char *text)
{
    struct vg_settings *s;
    struct vg_line l;
    struct vg_arena *arena = vg_arena_create();
    const struct vg_task *t = vg_task_find("expression");
    const struct vg_setting *const tables[] = { t->settings, NULL };
    const struct vg_settings_of of = { tables, t->presets };
    cr_assert_eq(vg_line_split(&l, arena, "test", text), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_settings_parse(&s, &of, "test", l.words, l.count), VG_OK, "%s", vg_error());
    vg_arena_destroy(&arena);
    return s;
}

static int run(struct vg_dev *dev, const char *checkpoint, uint64_t seed, const char *text,
               struct vg_task_result *out)
{
    struct vg_settings *s = settings_of(text);
    const struct vg_task_run r = {
        .dev = dev, .settings = s, .checkpoint = checkpoint, .seed = seed
    };
    *out = (struct vg_task_result) { 0 };
    vg_error_clear();
    const int rc = vg_task_find("expression")->run(&r, out);
    vg_settings_destroy(&s);
    return rc;
}

static void same_results(const struct vg_task_result *a, const struct vg_task_result *b)
{
    cr_assert_eq(a->metric_count, b->metric_count);
    for (int i = 0; i < a->metric_count; i++) {
        cr_expect_str_eq(a->metrics[i].name, b->metrics[i].name);
        cr_expect(!memcmp(&a->metrics[i].value, &b->metrics[i].value, sizeof(double)), "%s",
                  a->metrics[i].name);
    }
    cr_assert_eq(a->loss_count, b->loss_count);
    cr_expect_arr_eq(a->loss, b->loss, a->loss_count * sizeof *a->loss);
}

static const char quick_linear[] =
    "arch=tiny width=8 image=32 batch=8 train=96 val=40 test=60 iterations=40";

// Recalls weighted with their classes' share of the test images are the accuracy.
static void check_recalls(const struct vg_task_result *r, int64_t images)
{
    struct vg_data *data;
    const struct vg_task *t = vg_task_find("expression");
    const struct vg_dataset_options o = { .size = 32, .split = VG_SPLIT_TEST, .count = images };
    double sum = 0;
    cr_assert_not_null(t);
    cr_assert_eq(vg_data_open("synthetic", &o, &data), VG_OK, "%s", vg_error());
    static const char *const names[] = { "surprise", "fear",  "disgust", "happiness",
                                         "sadness",  "anger", "neutral" };
    for (int64_t i = 0; i < images; i++) {
        struct vg_truth truth = { 0 };
        char name[40];
        cr_assert_eq(vg_data_truth(data, i, &truth), VG_OK, "%s", vg_error());
        snprintf(name, sizeof name, "recall_%s", names[truth.expression]);
        sum += vg_task_metric_of(r, name) / (double) images;
    }
    cr_expect_float_eq(sum, vg_task_metric_of(r, "accuracy"), 1e-12);
    vg_data_close(&data);
}

Test(expression, linear_gives_the_same_bits_twice)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result a, b;
    cr_assert_eq(run(dev, NULL, 3, quick_linear, &a), VG_OK, "%s", vg_error());
    cr_assert_eq(run(dev, NULL, 3, quick_linear, &b), VG_OK, "%s", vg_error());
    same_results(&a, &b);
    check_recalls(&a, 60);
    cr_expect_eq(a.images, 96 + 40 + 60);
    cr_expect_gt(a.seconds, 0);
    cr_expect_gt(a.planned_bytes, 0);
    cr_expect_geq(a.peak_bytes, a.planned_bytes);
    cr_expect(a.backbone.random);
    cr_expect_eq(a.backbone.features, 64);
    cr_expect(isnan(vg_task_metric_of(&a, "gain")), "nothing to gain over itself");
    vg_task_result_finish(&a);
    vg_task_result_finish(&b);
    vg_dev_close(&dev);
}

// A checkpoint that holds what the run's seed draws is the baseline itself; another seed's is not.
Test(expression, gains_nothing_over_itself)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result r;
    const char *path = scratch("random.safetensors");
    tiny_save(dev, 3, TINY_WIDTH, path, tiny_meta);
    const char *text = "batch=8 train=96 val=40 test=60 iterations=40";   // the rest is in the file

    cr_assert_eq(run(dev, path, 3, text, &r), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_task_metric_of(&r, "accuracy"), vg_task_metric_of(&r, "random_accuracy"));
    cr_expect_eq(vg_task_metric_of(&r, "gain"), 0);
    cr_expect_not(r.backbone.random);
    cr_expect_str_eq(r.backbone.arch, "tiny");
    cr_expect_eq(r.backbone.image, 32);
    vg_task_result_finish(&r);

    cr_assert_eq(run(dev, path, 4, text, &r), VG_OK, "%s", vg_error());
    cr_expect_float_eq(vg_task_metric_of(&r, "gain"),
                       vg_task_metric_of(&r, "accuracy") - vg_task_metric_of(&r, "random_accuracy"),
                       0);
    vg_task_result_finish(&r);
    vg_dev_close(&dev);
}

static void hear(enum vg_log_level level, const char *text, void *heard)
{
    if (level == VG_LOG_WARN)
        snprintf(heard, 200, "%s", text);
}

// Fewer images than asked for are evaluated, for that is all there are, and it is said.
Test(expression, says_that_there_are_fewer_images_than_asked)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result r;
    char heard[200] = "";
    vg_log_set(hear, heard);
    const char *text =
        "data=synthetic:50 arch=tiny width=8 image=32 batch=8 train=50 val=8 test=60 "
        "iterations=4";
    cr_assert_eq(run(dev, NULL, 3, text, &r), VG_OK, "%s", vg_error());
    vg_log_set(NULL, NULL);
    cr_expect_str_eq(heard, "data set synthetic has 50 test images, test=60 were asked for");
    cr_expect_eq(r.test_images, 50);
    vg_task_result_finish(&r);
    vg_dev_close(&dev);
}

Test(expression, refuses_a_checkpoint_of_another_width)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result r;
    const char *path = scratch("narrow.safetensors");
    tiny_save(dev, 3, TINY_WIDTH, path, tiny_meta);
    cr_expect_eq(run(dev, path, 3, "width=16 train=16 val=8 test=8 batch=8", &r), VG_ERR_SHAPE);
    cr_expect(strstr(vg_error(), "'backbone.conv1.weight'"), "%s", vg_error());
    vg_task_result_finish(&r);
    vg_dev_close(&dev);
}

Test(expression, refuses_images_without_labels)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result r;
    FILE *f = fopen(scratch("a.ppm"), "wb");
    cr_assert_not_null(f);
    fprintf(f, "P6\n2 2\n255\n");
    fwrite("abcdefghijkl", 1, 12, f);
    fclose(f);
    char *text = vg_format("data=folder:%s arch=tiny width=8 image=32", scratch(""));
    cr_expect_eq(run(dev, NULL, 3, text, &r), VG_ERR_UNSUPPORTED);
    cr_expect_str_eq(vg_error(), "data set folder has no labels");
    free(text);
    vg_task_result_finish(&r);
    vg_dev_close(&dev);
}

Test(expression, stops_when_interrupted)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result out = { 0 };
    struct vg_settings *s = settings_of(quick_linear);
    const volatile sig_atomic_t pressed = 1;
    const struct vg_task_run r = {
        .dev = dev, .settings = s, .seed = 1, .watch = { .interrupt = &pressed }
    };
    cr_expect_eq(vg_task_find("expression")->run(&r, &out), VG_ERR_INTERRUPTED);
    vg_task_result_finish(&out);
    vg_settings_destroy(&s);
    vg_dev_close(&dev);
}

// ---- fine-tuning --------------------------------------------------------------------------------

// The values that the specification computes for the published run: 2e-4, 100 epochs, 5 of warm-up.
// It gives seven digits, so they hold to one of the last.
Test(finetune, follows_the_published_schedule)
{
    const struct vg_finetune_opts o = { .epochs = 100, .lr = 2e-4, .warmup = 0.05 };
    cr_expect_eq(vg_finetune_lr(&o, 0), 0);
    cr_expect_float_eq(vg_finetune_lr(&o, 2.5), 1e-4, 1e-12);
    cr_expect_float_eq(vg_finetune_lr(&o, 5), 2e-4, 1e-12);
    cr_expect_float_eq(vg_finetune_lr(&o, 10), 1.986430e-4, 1e-10);
    cr_expect_float_eq(vg_finetune_lr(&o, 50), 1.087166e-4, 1e-10);
    cr_expect_float_eq(vg_finetune_lr(&o, 100), 1e-6, 1e-12);
}

TestSuite(finetune, .fini = scratch_clean);

static double mean(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double) n;
}

Test(finetune, lowers_the_loss_and_gives_the_same_bits_twice)
{
    enum { EPOCHS = 12, STEPS = 4 };   // of an epoch
    struct vg_dev *dev = tiny_device();
    struct vg_task_result a, b;
    const char *path = scratch("start.safetensors");
    tiny_save(dev, 9, TINY_WIDTH, path, tiny_meta);
    const char *text = "protocol=finetune image=32 batch=8 train=32 test=20 epochs=12 every=5 "
                       "lr=3e-3 baseline=no";

    cr_assert_eq(run(dev, path, 3, text, &a), VG_OK, "%s", vg_error());
    cr_assert_eq(run(dev, path, 3, text, &b), VG_OK, "%s", vg_error());
    same_results(&a, &b);
    cr_assert_eq(a.loss_count, EPOCHS * STEPS);
    cr_expect_lt(mean(a.loss + (EPOCHS - 3) * STEPS, 3 * STEPS), mean(a.loss, 3 * STEPS));
    cr_expect_geq(vg_task_metric_of(&a, "best_accuracy"), vg_task_metric_of(&a, "accuracy"));
    const double best = vg_task_metric_of(&a, "best_epochs");
    cr_expect(best == 5 || best == 10 || best == EPOCHS, "%g", best);
    check_recalls(&a, 20);
    vg_task_result_finish(&a);
    vg_task_result_finish(&b);
    vg_dev_close(&dev);
}

Test(finetune, of_the_baseline_is_the_same_run_from_random_weights)
{
    struct vg_dev *dev = tiny_device();
    struct vg_task_result r;
    const char *path = scratch("random.safetensors");
    tiny_save(dev, 3, TINY_WIDTH, path, tiny_meta);
    const char *text = "protocol=finetune batch=8 train=16 test=20 epochs=2";
    cr_assert_eq(run(dev, path, 3, text, &r), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_task_metric_of(&r, "gain"), 0);
    cr_expect_eq(vg_task_metric_of(&r, "best_accuracy"),
                 vg_task_metric_of(&r, "random_best_accuracy"));
    vg_task_result_finish(&r);
    vg_dev_close(&dev);
}
