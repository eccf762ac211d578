#include "method/trainer.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/method/tiny.h"

// ---- the same seed, and nothing made in a step --------------------------------------------------

enum { STEPS = 3 };

// What has to hold for a method holds for all.
static const char *const methods[] = { "fra", "mcf" };
#define EACH_METHOD(m)                                                                             \
    const char *const *m = methods;                                                                \
    m < methods + sizeof methods / sizeof *methods;                                                \
    m++

static void digest_after_steps(const char *method, const char *words, uint64_t seed, char text[65])
{
    struct tiny t;
    tiny_begin(&t, method, words, seed);
    for (uint64_t i = 0; i < STEPS; i++) {
        tiny_write_batch(&t, 7 + i);
        cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
    }
    cr_assert_eq(vg_weights_digest(t.trainer->plan, text), VG_OK, "%s", vg_error());
    tiny_end(&t);
}

Test(trainer, one_seed_gives_the_same_bits)
{
    char a[65], b[65], other[65];
    for (EACH_METHOD(m)) {
        digest_after_steps(*m, "preset=tiny", 1, a);
        digest_after_steps(*m, "preset=tiny", 1, b);
        digest_after_steps(*m, "preset=tiny", 2, other);
        cr_expect_str_eq(a, b, "%s", *m);
        cr_expect_str_neq(a, other, "%s: seed 2 gives the weights of seed 1", *m);
    }
}

Test(trainer, dropout_does_something)
{
    char wet[65], dry[65];
    digest_after_steps("fra", "preset=tiny", 1, wet);
    digest_after_steps("fra", "preset=tiny dropout=0", 1, dry);
    cr_expect_str_neq(wet, dry, "dropout does nothing");
}

static void expect_steps_that_make_nothing(const char *method)
{
    struct tiny t;
    double loss;
    tiny_begin(&t, method, "preset=tiny", 1);
    tiny_write_batch(&t, 7);
    cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_trainer_losses(t.trainer, &loss, NULL), VG_OK, "%s", vg_error());
    const struct vg_dev_counters before = t.dev->count;
    cr_expect_gt(before.buffers, 0);
    for (int i = 0; i < STEPS; i++) {
        tiny_write_batch(&t, 8 + (uint64_t) i);
        cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
        cr_assert_eq(vg_trainer_losses(t.trainer, &loss, NULL), VG_OK, "%s", vg_error());
    }
    const struct vg_dev_counters after = t.dev->count;
    cr_expect_eq(after.buffers, before.buffers, "%s", method);
    cr_expect_eq(after.programs, before.programs, "%s", method);
    cr_expect_eq(after.kernels, before.kernels, "%s", method);
    cr_expect_eq(after.bytes, before.bytes, "%s", method);
    cr_expect_eq(after.peak_bytes, before.peak_bytes, "%s", method);
    cr_expect_eq(after.compiled + after.cached, before.compiled + before.cached, "%s", method);
    tiny_end(&t);
}

Test(trainer, a_step_makes_nothing)
{
    for (EACH_METHOD(m))
        expect_steps_that_make_nothing(*m);
}

static void expect_exact_resume(const char *method)
{
    struct tiny t;
    char whole[65], resumed[65], path[] = "/tmp/vg-trainer-XXXXXX";
    cr_assert_neq(mkstemp(path), -1);
    tiny_begin(&t, method, "preset=tiny", 1);
    tiny_write_batch(&t, 7);
    cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_trainer_save(t.trainer, path, NULL), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_weights_digest(t.trainer->plan, whole), VG_OK, "%s", vg_error());
    tiny_end(&t);

    tiny_begin(&t, method, "preset=tiny", 1);
    tiny_write_batch(&t, 7);
    cr_assert_eq(vg_trainer_load(t.trainer, path), VG_OK, "%s", vg_error());
    cr_expect_eq(t.trainer->at.step, 1);
    cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_weights_digest(t.trainer->plan, resumed), VG_OK, "%s", vg_error());
    cr_expect_str_eq(whole, resumed, "%s", method);
    tiny_end(&t);
    remove(path);
}

Test(trainer, a_checkpoint_goes_on_with_the_same_bits)
{
    for (EACH_METHOD(m))
        expect_exact_resume(*m);
}

// ---- several batches a step ---------------------------------------------------------------------

static const struct vg_tensor *gradient_at(const struct tiny *t, int k)
{
    const struct vg_tensor *w = vg_graph_tensor(t->trainer->graph, k);
    return w->kind == VG_PARAM && !w->base ? w->grad_slot : NULL;
}

// All gradients in the order of the graph, half of each added.
static void add_half(const struct tiny *t, double *sum)
{
    for (int k = 0; k < vg_graph_tensors(t->trainer->graph); k++) {
        const struct vg_tensor *d = gradient_at(t, k);
        if (!d)
            continue;
        float *x = vg_alloc(vg_elems(d), sizeof *x);
        cr_assert_eq(vg_plan_read(t->trainer->plan, d, x), VG_OK, "%s", vg_error());
        for (int64_t i = 0; i < vg_elems(d); i++)
            *sum++ += x[i] / 2;
        free(x);
    }
}

static int64_t gradients(const struct tiny *t)
{
    int64_t n = 0;
    for (int k = 0; k < vg_graph_tensors(t->trainer->graph); k++)
        n += gradient_at(t, k) ? vg_elems(gradient_at(t, k)) : 0;
    return n;
}

static void step_on(struct tiny *t, uint64_t batch)
{
    tiny_write_batch(t, batch);
    cr_assert_eq(vg_trainer_step(t->trainer), VG_OK, "%s", vg_error());
}

/**
 * Two batches in one step give the mean of the two gradients and of the two losses.  The rate is
 * zero and the moving average keeps all, so that the second batch of the first trainer meets the
 * same weights.  The sum is rounded in other places: a few units of the largest element.
 */
Test(trainer, batches_of_a_step_are_averaged)
{
    const char *words = "preset=tiny blr=0 ema=1";
    struct tiny one, two;
    double losses[2], mean, largest = 0;
    tiny_begin(&one, "mcf", words, 1);
    tiny_begin_of(&two, "mcf", words, 1, 2);
    const int64_t n = gradients(&one);
    double *want = vg_alloc(n, sizeof *want), *half = vg_alloc(n, sizeof *half);
    for (uint64_t b = 0; b < 2; b++) {
        step_on(&one, 7 + b);
        cr_assert_eq(vg_trainer_losses(one.trainer, &losses[b], NULL), VG_OK);
        add_half(&one, want);
        cr_expect_eq(two.trainer->at.step, 0);
        step_on(&two, 7 + b);
    }
    cr_expect_eq(two.trainer->at.step, 1);
    cr_assert_eq(vg_trainer_losses(two.trainer, &mean, NULL), VG_OK);
    cr_expect_float_eq(mean, (losses[0] + losses[1]) / 2, FLT_EPSILON * fabs(mean));
    add_half(&two, half);
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    cr_expect_gt(largest, 0);
    for (int64_t i = 0; i < n; i++)
        cr_expect_float_eq(2 * half[i], want[i], 8 * FLT_EPSILON * largest, "gradient %d", (int) i);
    free(want);
    free(half);
    tiny_end(&one);
    tiny_end(&two);
}

// ---- the loss along a line ----------------------------------------------------------------------

/**
 * Weights w + h d for a random d, and what the loss does over -REACH <= h <= REACH: its change must
 * be the integral of <gradient, d>.
 *
 * The slope at one point would be no test: rectifiers and max pooling bend the loss so often that
 * differences over steps large enough for float32 leave the gradient by a few percent.  The
 * integral holds across bends.  d is drawn as long as each tensor's own elements, so h is the part
 * by which all weights change.
 */
enum { POINTS = 64 };
static const double reach = 0.001;

struct line {
    struct tiny t;
    int tensors;
    float **start, **along;   // by tensor: w and d of those that are trained, else NULL
};

static const struct vg_tensor *tensor_at(const struct line *l, int k)
{
    return vg_graph_tensor(l->t.trainer->graph, k);
}

// Biases start at zero and move by a tenth.
static double size_of(const float *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double) x[i] * x[i];
    return sum > 0 ? sqrt(sum / (double) n) : 0.1;
}

static void draw_tensor(struct line *l, int k)
{
    const struct vg_tensor *w = tensor_at(l, k);
    const int64_t n = vg_elems(w);
    l->start[k] = vg_alloc(n, sizeof **l->start);
    l->along[k] = vg_alloc(n, sizeof **l->along);
    cr_assert_eq(vg_plan_read(l->t.trainer->plan, w, l->start[k]), VG_OK, "%s", vg_error());
    const double size = size_of(l->start[k], n);
    for (int64_t i = 0; i < n; i++)
        l->along[k][i] = (float) (size * vg_rng_normal(5, 0, (uint32_t) k, (uint64_t) i));
}

static void line_begin(struct line *l, const char *method, const char *words)
{
    tiny_begin(&l->t, method, words, 1);
    tiny_write_batch(&l->t, 7);
    l->tensors = vg_graph_tensors(l->t.trainer->graph);
    l->start = vg_alloc(l->tensors, sizeof *l->start);
    l->along = vg_alloc(l->tensors, sizeof *l->along);
    for (int k = 0; k < l->tensors; k++)
        if (tensor_at(l, k)->kind == VG_PARAM && !tensor_at(l, k)->base)
            draw_tensor(l, k);
}

static void line_end(struct line *l)
{
    for (int k = 0; k < l->tensors; k++) {
        free(l->start[k]);
        free(l->along[k]);
    }
    free(l->start);
    free(l->along);
    tiny_end(&l->t);
}

// The target branch is where it started, and the step is the first: the same dropout.
static void move_to(struct line *l, double h)
{
    struct vg_plan *p = l->t.trainer->plan;
    cr_assert_eq(vg_plan_init(p), VG_OK, "%s", vg_error());
    l->t.trainer->at.step = 0;
    for (int k = 0; k < l->tensors; k++) {
        if (!l->start[k])
            continue;
        const int64_t n = vg_elems(tensor_at(l, k));
        float *x = vg_alloc(n, sizeof *x);
        for (int64_t i = 0; i < n; i++)
            x[i] = (float) (l->start[k][i] + h * l->along[k][i]);
        cr_assert_eq(vg_plan_write(p, tensor_at(l, k), x), VG_OK, "%s", vg_error());
        free(x);
    }
}

static double loss_at(struct line *l, double h)
{
    double loss;
    move_to(l, h);
    cr_assert_eq(vg_trainer_step(l->t.trainer), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_trainer_losses(l->t.trainer, &loss, NULL), VG_OK, "%s", vg_error());
    return loss;
}

// <gradient, d>: the optimiser has moved the weights since, the gradients stay.
static double slope_at(struct line *l, double h)
{
    double slope = 0;
    loss_at(l, h);
    for (int k = 0; k < l->tensors; k++) {
        if (!l->start[k])
            continue;
        const int64_t n = vg_elems(tensor_at(l, k));
        float *g = vg_alloc(n, sizeof *g);
        cr_assert_eq(vg_plan_read(l->t.trainer->plan, tensor_at(l, k)->grad_slot, g), VG_OK, "%s",
                     vg_error());
        for (int64_t i = 0; i < n; i++)
            slope += (double) g[i] * l->along[k][i];
        free(g);
    }
    return slope;
}

/**
 * The integral is a midpoint sum, wrong by at most half an interval times the variation of the
 * slope, for which that between the points is taken; each of the two losses is right to a part of
 * 1e-5, which is what the golden trace demands.  The second expectation keeps the first from being
 * empty: gradients wrong by a twentieth of the change are seen.
 */
static void expect_change(const char *method, const char *words)
{
    struct line l = { 0 };
    double integral = 0, variation = 0, last = 0;
    const double interval = 2 * reach / POINTS;
    line_begin(&l, method, words);
    for (int p = 0; p < POINTS; p++) {
        const double slope = slope_at(&l, -reach + (p + 0.5) * interval);
        integral += interval * slope;
        variation += p > 0 ? fabs(slope - last) : 0;
        last = slope;
    }
    const double high = loss_at(&l, reach), low = loss_at(&l, -reach);
    const double allowed = interval * variation / 2 + 1e-5 * (fabs(high) + fabs(low));
    cr_log_info("the loss changes by %.6f, gradients say %.6f, allowed %.2g", high - low, integral,
                allowed);
    cr_expect_float_eq(high - low, integral, allowed, "by %.6f, gradients say %.6f, allowed %.2g",
                       high - low, integral, allowed);
    cr_expect_lt(allowed, 0.05 * fabs(integral), "%.2g of %.6f is no test", allowed, integral);
    line_end(&l);
}

Test(trainer, loss_changes_as_the_gradients_say)
{
    expect_change("fra", "preset=tiny");
}

// The momentum encoder stays, since no gradient goes through it; all three losses take part, none
// so heavy that its rounding hides the others' change.
Test(trainer, mcf_loss_changes_as_the_gradients_say)
{
    expect_change("mcf", "preset=tiny ema=1 feature_weight=1 pixel_weight=1 norm_pix=yes");
}
