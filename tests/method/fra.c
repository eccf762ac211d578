#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "graph/grad.h"
#include "graph/run.h"
#include "net/mask_decoder.h"
#include "op/combine.h"
#include "op/crossentropy.h"
#include "op/mean_entropy.h"
#include "op/reduce.h"
#include "op/sinkhorn.h"
#include "op/softmax.h"
#include "tests/method/tiny.h"

/**
 * Numbers of FRA that stand by themselves: positions, schedules, the clustering loss.  The expected
 * values come from running the reference implementation in double precision.
 */

// ---- positions ----------------------------------------------------------------------------------

enum { SIDE = 7, CHANNELS = 256 };

// A phase is at most 2 pi.  Four roundings make it, and sine and cosine are as steep as 1.
static const double position_error = 4 * 6.2831853 * FLT_EPSILON;

static double position(const float *table, int c, int y, int x)
{
    return table[(y * SIDE + x) * CHANNELS + c];
}

Test(fra, positions_are_the_published_ones)
{
    static const struct {
        int c, y, x;
        double value;
    } known[] = {
        { 0, 0, 0, .781831384 },    { 1, 0, 0, .623489916 },    { 0, 3, 0, -.433883339 },
        { 2, 3, 5, .032436077 },    { 3, 3, 5, -.999473810 },   { 127, 6, 6, .999999762 },
        { 128, 0, 4, -.974927783 }, { 129, 0, 4, -.222521484 }, { 130, 2, 4, -.677858412 },
    };
    static float table[SIDE * SIDE * CHANNELS];
    double sum = 0, square = 0;
    vg_sine_positions(SIDE, SIDE, CHANNELS, table);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_float_eq(position(table, known[i].c, known[i].y, known[i].x), known[i].value,
                           position_error, "[%d, %d, %d]", known[i].c, known[i].y, known[i].x);
    for (int i = 0; i < SIDE * SIDE * CHANNELS; i++) {
        sum += table[i];
        square += (double) table[i] * table[i];
    }
    cr_expect_float_eq(sum, 6154.2284, SIDE * SIDE * CHANNELS * position_error);
    // The norm moves by at most the error of one element times the root of their number.
    cr_expect_float_eq(sqrt(square), 79.195960, SIDE * sqrt(CHANNELS) * position_error);
}

// What PyTorch 2.15 has where the true sine or cosine rounds to another float: 8 rows of positions,
// 32 channels.
Test(fra, positions_have_pytorchs_last_bits)
{
    enum { ROWS = 8, WIDE = 32 };
    static const struct {
        int c, y;
        float value;
    } known[] = {
        { 15, 0, 0x1p+0f },
        { 2, 1, 0x1.e7fd70p-2f },
        { 13, 2, 0x1.ffffa4p-1f },
        { 13, 6, 0x1.fffe06p-1f },
    };
    static float table[ROWS * ROWS * WIDE];
    vg_sine_positions(ROWS, ROWS, WIDE, table);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const float value = table[known[i].y * ROWS * WIDE + known[i].c];
        cr_expect(value == known[i].value, "[%d, %d] is %a", known[i].c, known[i].y, value);
    }
}

// ---- schedules ----------------------------------------------------------------------------------

enum { EPOCH = 6136, EPOCHS = 50 };   // VGGFace2 at 512 images a step

static double scheduled(const struct vg_settings *s, const char *name, int64_t step)
{
    const struct vg_moment at = { .step = step, .total = EPOCH * EPOCHS, .epoch_steps = EPOCH };
    return vg_method_find("fra")->scalar(s, &at, name);
}

// The first and the last step of each epoch: after warm-up the rate is constant within one.
Test(fra, learning_rate_is_the_published_schedule)
{
    static const struct {
        int epoch;
        double lr;
    } known[] = {
        { 10, .9 },  { 11, .8986128 }, { 20, .7681981 },
        { 30, .45 }, { 40, .1318019 }, { 49, .00138720 },
    };
    struct vg_settings *s = tiny_settings(vg_method_find("fra"), "lr=0.9 warmup=0.2");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const int64_t first = (int64_t) known[i].epoch * EPOCH;
        cr_expect_float_eq(scheduled(s, "lr", first), known[i].lr, 5e-8, "epoch %d",
                           known[i].epoch);
        cr_expect_eq(scheduled(s, "lr", first + EPOCH - 1), scheduled(s, "lr", first), "epoch %d",
                     known[i].epoch);
    }
    vg_settings_destroy(&s);
}

// It moves every step and reaches the full rate with the last step of warm-up.
Test(fra, learning_rate_warms_up_by_steps)
{
    struct vg_settings *s = tiny_settings(vg_method_find("fra"), "lr=0.9 warmup=0.2");
    for (int64_t step = 0; step < 10 * EPOCH; step += EPOCH / 3)
        cr_expect_float_eq(scheduled(s, "lr", step), .9 * (double) (step + 1) / (10 * EPOCH),
                           4 * DBL_EPSILON, "step %d", (int) step);
    cr_expect_float_eq(scheduled(s, "lr", 10 * EPOCH - 1), .9, 4 * DBL_EPSILON);
    vg_settings_destroy(&s);
}

Test(fra, target_momentum_is_the_published_schedule)
{
    static const double known[] = { .996, .9965857864, .998, .9994142136 };   // by quarters
    struct vg_settings *s = tiny_settings(vg_method_find("fra"), "ema=0.996");
    for (int i = 0; i < 4; i++)
        cr_expect_float_eq(scheduled(s, "ema_momentum", (int64_t) i * EPOCH * EPOCHS / 4), known[i],
                           5e-11, "quarter %d", i);
    cr_expect_eq(scheduled(s, "ema_momentum", EPOCH * EPOCHS), 1);
    vg_settings_destroy(&s);
}

// ---- the clustering loss ------------------------------------------------------------------------

enum { R = 6, K = 3, N = R * K };

/**
 * Numbers of the fill that the expected values were made with, in [-1, 1): a hash of the element
 * and the tensor's number.
 */
static double fill(uint32_t tensor, uint32_t element)
{
    uint32_t x = (element + 1) * 0x9E3779B1u + tensor * 0x85EBCA77u;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return 2 * (x / 4294967296.0) - 1;
}

static void fill_scores(uint32_t tensor, float out[N])
{
    for (uint32_t i = 0; i < N; i++)
        out[i] = (float) (0.2 * fill(tensor, i));
}

Test(fra, the_fill_is_the_published_one)
{
    static const double u[] = { .9634222114, .7347210972, .2137994072, .7480935594, -.4041950018 };
    for (uint32_t i = 0; i < 5; i++)
        cr_expect_float_eq(fill(3, i), u[i], 5e-11, "element %u", i);
}

struct relation {
    struct vg_dev *dev;
    struct vg_graph *g;
    struct vg_plan *p;
    struct vg_tensor *k, *q, *teacher, *balanced, *usage, *entropy, *unevenness, *loss;
};

static const float teacher_sharpness = 1 / 0.04f, student_sharpness = 1 / 0.1f;

// As method/fra.c puts it together: scores of the target and of the online branch.
static void build(struct relation *r)
{
    const int64_t dim[2] = { R, K };
    struct vg_graph *g = r->g = vg_graph_create(1);
    r->k = vg_input(g, "k", 2, dim);
    r->q = vg_param(g, "q", 2, dim, (struct vg_init) { VG_INIT_CONST, 0, NULL });
    r->teacher = vg_keep(g, vg_softmax(g, r->k, 1, teacher_sharpness), "teacher");
    r->balanced = vg_keep(g, vg_sinkhorn(g, r->teacher, 3), "balanced");
    r->entropy = vg_keep(g, vg_crossentropy_soft(g, r->q, r->balanced, student_sharpness), "ce");
    r->usage =
        vg_keep(g, vg_reduce(g, vg_softmax(g, r->q, 1, student_sharpness), 0, VG_REDUCE_MEAN),
                "usage");
    r->unevenness = vg_keep(g, vg_mean_entropy(g, r->usage), "me");
    r->loss = vg_keep(g,
                      vg_combine(g, 2, (struct vg_tensor *[]) { r->entropy, r->unevenness },
                                 (double[]) { 1, 1 }),
                      "loss");
    vg_graph_backward(g, r->loss);
}

static void compute(struct relation *r)
{
    float k[N], q[N];
    if (vg_dev_open(&r->dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    build(r);
    cr_assert_eq(vg_plan_create(&r->p, r->g, r->dev), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_plan_init(r->p), VG_OK, "%s", vg_error());
    fill_scores(31, k);
    fill_scores(32, q);
    cr_assert_eq(vg_plan_write(r->p, r->k, k), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_plan_write(r->p, r->q, q), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_run(r->p), VG_OK, "%s", vg_error());
}

static void expect_values(struct relation *r, const struct vg_tensor *t, int n,
                          const double *wanted, double allowed, const char *what)
{
    float got[N];
    cr_assert_leq(n, N);
    cr_assert_eq(vg_elems(t) >= n, 1);
    cr_assert_eq(vg_plan_read(r->p, t, got), VG_OK, "%s", vg_error());
    for (int i = 0; i < n; i++)
        cr_expect_float_eq(got[i], wanted[i], allowed, "%s[%d] is %.9f, wanted %.9f", what, i,
                           got[i], wanted[i]);
}

/**
 * What rounding may do.  A scaled score is at most 5, so its two roundings (of 1 / temperature and
 * of the product) and that of the difference to the largest make up to 15 units of FLT_EPSILON;
 * OpenCL allows exp 3, log 3 and a division 2.5 units; a sum of n numbers loses n.  A softmax over
 * three is thus right to 24, and each of three balancings adds a sum of R, a sum of K and two
 * divisions, 14.  Probabilities and sums are at most 1, and 8 units are left for half ones.
 */
static const double probability_error = (24 + 3 * 14 + 8) * (double) FLT_EPSILON;

Test(fra, clustering_loss_is_the_reference)
{
    static const double teacher[] = { .417617558, .578278820, .004103622 };
    static const double balanced[N] = {
        .462925623, .535837468, .001236909, .967137933, .024904836, .007957231,
        .037411226, .559892919, .402695855, .001689643, .200000355, .798310001,
        .010506325, .304165094, .685328582, .356224212, .402730219, .241045569,
    };
    static const double usage[K] = { .325494430, .296981224, .377524347 };
    static const double gradient[N] = {
        -.624845321, -.455688876, 1.080534198, -.846049355, .788755789,  .057293566,
        .842315381,  -.231382868, -.610932514, 1.068538556, -.188245556, -.880293000,
        .296986149,  -.354004372, .057018223,  -.552108329, -.265260691, .817369019,
    };
    // A log of a probability is at most 5 here, and a row's weights sum to one.
    const double loss_error = 6 * probability_error;
    // (s - Q) / (temperature R), the difference of two probabilities, and less for the usage.
    const double gradient_error = 3 * probability_error * student_sharpness / R;
    struct relation r = { 0 };

    compute(&r);
    expect_values(&r, r.teacher, K, teacher, probability_error, "teacher");
    expect_values(&r, r.balanced, N, balanced, probability_error, "balanced");
    expect_values(&r, r.usage, K, usage, probability_error, "usage");
    expect_values(&r, r.entropy, 1, (double[]) { 1.477382824 }, loss_error, "cross entropy");
    expect_values(&r, r.unevenness, 1, (double[]) { .004959156 }, loss_error, "mean entropy");
    expect_values(&r, r.loss, 1, (double[]) { 1.482341980 }, loss_error, "loss");
    expect_values(&r, r.q->grad_slot, N, gradient, gradient_error, "gradient");

    vg_plan_destroy(&r.p);
    vg_graph_destroy(&r.g);
    vg_dev_close(&r.dev);
}
