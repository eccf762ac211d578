#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "task/probe.h"

enum { CLASSES = 7, WIDTH = 24 };

static struct vg_dev *device(void)
{
    struct vg_dev *dev;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    return dev;
}

// Row r of class r % 7 has 3 in element r % 7, and noise within 1 everywhere: element k is above 2
// for rows of class k and below 1 for all others, so a threshold on it parts the class off.  Its
// last element never changes.
static struct vg_rows separable(int64_t count, uint32_t stream)
{
    struct vg_rows r;
    struct vg_rng rng = { .seed = 5, .stream = stream };
    vg_rows_init(&r, count, WIDTH);
    for (int64_t i = 0; i < count; i++) {
        r.label[i] = (int32_t) (i % CLASSES);
        for (int c = 0; c < WIDTH; c++)
            r.x[i * WIDTH + c] = (float) vg_rng_range(&rng, -1, 1) + (c == r.label[i] ? 3 : 0);
        r.x[i * WIDTH + WIDTH - 1] = 0.7f;
    }
    return r;
}

static void forget_labels(struct vg_rows *r, uint32_t stream)
{
    struct vg_rng rng = { .seed = 6, .stream = stream };
    for (int64_t i = 0; i < r->count; i++)
        r->label[i] = (int32_t) vg_rng_below(&rng, CLASSES);
}

Test(probe, tells_apart_what_lines_can_part)
{
    struct vg_dev *dev = device();
    struct vg_rows train = separable(300, 1), val = separable(70, 2), test = separable(210, 3);
    struct vg_probe *p;
    struct vg_score s;
    const struct vg_probe_opts o = { .classes = CLASSES, .decay = -1 };

    cr_assert_eq(vg_probe_train(&p, dev, &o, &train, &val), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_probe_score(p, dev, &train, &s), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_score_accuracy(&s), 1);
    cr_assert_eq(vg_probe_score(p, dev, &test, &s), VG_OK, "%s", vg_error());
    cr_expect_eq(vg_score_accuracy(&s), 1);
    cr_expect_eq(vg_score_accuracy(&p->val), 1);
    cr_expect_eq(p->decay, vg_probe_decays[0], "of equal ones the largest, not %g", p->decay);
    cr_expect_eq(p->scale[WIDTH - 1], 0, "a feature that never changes");

    vg_probe_destroy(&p);
    vg_rows_finish(&train);
    vg_rows_finish(&val);
    vg_rows_finish(&test);
    vg_dev_close(&dev);
}

// Where labels were drawn without a look at the features, every classifier's hits on other rows are
// Binomial(n, 1/7).  Four standard deviations hold all but 6e-5 of it.
Test(probe, learns_nothing_from_labels_that_mean_nothing)
{
    struct vg_dev *dev = device();
    struct vg_rows train = separable(300, 4), val = separable(140, 5), test = separable(1400, 6);
    struct vg_probe *p;
    struct vg_score s;
    const struct vg_probe_opts o = { .classes = CLASSES, .decay = -1 };
    const double chance = 1.0 / CLASSES, sigma = sqrt(chance * (1 - chance) / (double) test.count);

    forget_labels(&train, 1);
    forget_labels(&val, 2);
    forget_labels(&test, 3);
    cr_assert_eq(vg_probe_train(&p, dev, &o, &train, &val), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_probe_score(p, dev, &test, &s), VG_OK, "%s", vg_error());
    cr_expect_float_eq(vg_score_accuracy(&s), chance, 4 * sigma);

    vg_probe_destroy(&p);
    vg_rows_finish(&train);
    vg_rows_finish(&val);
    vg_rows_finish(&test);
    vg_dev_close(&dev);
}

// ---- the minimum, in double precision and plain loops -------------------------------------------

static void probabilities(const struct vg_probe *p, const float *x, double *out)
{
    double sum = 0;
    for (int k = 0; k < CLASSES; k++) {
        double z = p->weight[CLASSES * WIDTH + k];
        for (int c = 0; c < WIDTH; c++)
            z += p->weight[k * WIDTH + c] * (x[c] - p->mean[c]) * p->scale[c];
        sum += out[k] = exp(z);
    }
    for (int k = 0; k < CLASSES; k++)
        out[k] /= sum;
}

// gradient [CLASSES][WIDTH + 1], the bias last.
static void reference_gradient(const struct vg_probe *p, const struct vg_rows *r,
                               double gradient[CLASSES][WIDTH + 1])
{
    memset(gradient, 0, CLASSES * sizeof *gradient);
    for (int64_t i = 0; i < r->count; i++) {
        double said[CLASSES];
        const float *x = r->x + i * WIDTH;
        probabilities(p, x, said);
        for (int k = 0; k < CLASSES; k++) {
            const double d = (said[k] - (k == r->label[i])) / (double) r->count;
            for (int c = 0; c < WIDTH; c++)
                gradient[k][c] += d * (x[c] - p->mean[c]) * p->scale[c];
            gradient[k][WIDTH] += d;
        }
    }
    for (int k = 0; k < CLASSES; k++)
        for (int c = 0; c < WIDTH; c++)
            gradient[k][c] += p->decay * p->weight[k * WIDTH + c];
}

// The search ends below a gradient of 1e-4; the device's sums of `count` floats near 1 are off by
// no more than 8 FLT_EPSILON sqrt(count) each.
Test(probe, ends_at_the_minimum)
{
    struct vg_dev *dev = device();
    struct vg_rows train = separable(200, 7);
    struct vg_probe *p;
    double gradient[CLASSES][WIDTH + 1];
    const double tolerance = 1e-4 + 8 * 1.2e-7 * sqrt(200);

    forget_labels(&train, 4);
    for (int i = 0; i < VG_PROBE_DECAYS; i++) {
        const struct vg_probe_opts o = { .classes = CLASSES, .decay = vg_probe_decays[i] };
        cr_assert_eq(vg_probe_train(&p, dev, &o, &train, NULL), VG_OK, "%s", vg_error());
        cr_expect(p->converged, "decay %g", p->decay);
        reference_gradient(p, &train, gradient);
        for (int k = 0; k < CLASSES; k++)
            for (int c = 0; c <= WIDTH; c++)
                cr_expect_float_eq(gradient[k][c], 0, tolerance, "decay %g: [%d][%d] is %g",
                                   p->decay, k, c, gradient[k][c]);
        vg_probe_destroy(&p);
    }
    vg_rows_finish(&train);
    vg_dev_close(&dev);
}

Test(probe, gives_the_same_bits_twice)
{
    struct vg_dev *dev = device();
    struct vg_rows train = separable(300, 8), val = separable(70, 9);
    struct vg_probe *a, *b;
    const struct vg_probe_opts o = { .classes = CLASSES, .decay = -1 };

    forget_labels(&train, 5);
    cr_assert_eq(vg_probe_train(&a, dev, &o, &train, &val), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_probe_train(&b, dev, &o, &train, &val), VG_OK, "%s", vg_error());
    cr_expect_arr_eq(a->weight, b->weight, CLASSES * (WIDTH + 1) * sizeof *a->weight);
    cr_assert_eq(a->steps, b->steps);
    cr_expect_arr_eq(a->loss, b->loss, a->steps * sizeof *a->loss);
    cr_expect_eq(a->decay, b->decay);

    vg_probe_destroy(&a);
    vg_probe_destroy(&b);
    vg_rows_finish(&train);
    vg_rows_finish(&val);
    vg_dev_close(&dev);
}

Test(probe, refuses_to_choose_without_validation)
{
    struct vg_rows train = separable(8, 10);
    struct vg_probe *p;
    const struct vg_probe_opts o = { .classes = CLASSES, .decay = -1 };
    cr_expect_eq(vg_probe_train(&p, NULL, &o, &train, NULL), VG_ERR_VALUE);
    cr_expect_str_eq(vg_error(), "probe: no validation images to choose the decay with");
    cr_expect_null(p);
    vg_rows_finish(&train);
}
