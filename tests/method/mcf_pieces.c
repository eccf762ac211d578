#include <criterion/criterion.h>
#include <float.h>
#include <stdint.h>

#include "dev/dev.h"
#include "graph/grad.h"
#include "graph/plan.h"
#include "graph/run.h"
#include "net/layer.h"
#include "op/adamw.h"
#include "op/argsort.h"
#include "op/batchnorm.h"
#include "op/crossentropy.h"
#include "op/gelu.h"
#include "op/l2norm.h"
#include "op/layernorm.h"
#include "op/matmul.h"
#include "op/mse.h"
#include "op/patches.h"
#include "op/scale.h"

/**
 * Small pieces of MCF on the device, against the numbers in its specification's last section:
 * norms, masks, patches, both losses and the optimiser.
 */

struct bench {
    struct vg_dev *dev;
    struct vg_graph *g;
    struct vg_plan *p;
};

static void bench_open(struct bench *b)
{
    *b = (struct bench) { .g = vg_graph_create(1) };
    if (vg_dev_open(&b->dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
}

static void bench_run(struct bench *b)
{
    cr_assert_eq(vg_plan_create(&b->p, b->g, b->dev), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_plan_init(b->p), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_run(b->p), VG_OK, "%s", vg_error());
}

static void bench_close(struct bench *b)
{
    vg_plan_destroy(&b->p);
    vg_graph_destroy(&b->g);
    vg_dev_close(&b->dev);
}

// A trained tensor that starts from given numbers, so that its gradient can be read.
static struct vg_tensor *given(struct bench *b, const char *name, int rank, const int64_t *dim,
                               const float *values)
{
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dim[i];
    const float *table = vg_graph_copy(b->g, values, (size_t) n * sizeof *values);
    return vg_param(b->g, name, rank, dim,
                    (struct vg_init) { .how = VG_INIT_TABLE, .table = table });
}

static void expect_read(struct bench *b, const struct vg_tensor *x, int count, const double *wanted,
                        double allowed, const char *what)
{
    float got[64];
    cr_assert_leq(vg_elems(x), 64);
    cr_assert_eq(vg_plan_read(b->p, x, got), VG_OK, "%s", vg_error());
    for (int i = 0; i < count; i++)
        cr_expect_float_eq(got[i], wanted[i], allowed, "%s[%d] is %.9g, wanted %.9g", what, i,
                           got[i], wanted[i]);
}

#define SHAPE(...) ((int64_t[]) { __VA_ARGS__ })

Test(mcf, norms_and_gelu_are_the_published_ones)
{
    static const float x[] = { -1, -.5f, .5f, 1, 2, -3 }, row[] = { 1, 2, 3, 6 };
    static const float column[] = { 1, 2, 4, 9 };
    static const double gelu[] = { -.15865525, -.15426877, .34573123,
                                   .84134475,  1.95449974, -.00404969 };
    static const double normed[] = { -1.0690448, -.5345224, 0, 1.6035672 };
    static const double batch[] = { -.973328, -.648885, 0, 1.622213 };
    struct bench b;
    bench_open(&b);
    struct vg_tensor *y = vg_keep(b.g, vg_gelu(b.g, given(&b, "x", 1, SHAPE(6), x)), "gelu");
    struct vg_tensor *l =
        vg_keep(b.g, vg_layernorm(b.g, given(&b, "row", 1, SHAPE(4), row), NULL, NULL, 1e-6f), "l");
    struct vg_tensor *n =
        vg_keep(b.g,
                vg_batchnorm_layer(b.g, given(&b, "column", 2, SHAPE(4, 1), column), "bn",
                                   (struct vg_norm_then) { .plain = true }),
                "n");
    bench_run(&b);
    expect_read(&b, y, 6, gelu, 1e-6, "gelu");   // 1e-7 of the distribution, times 3 at most
    expect_read(&b, l, 4, normed, 1e-6, "layer norm");
    expect_read(&b, n, 4, batch, 1e-6, "batch norm");
    expect_read(&b, vg_graph_find(b.g, "bn.running_mean"), 1, (double[]) { .4 }, 1e-6, "mean");
    expect_read(&b, vg_graph_find(b.g, "bn.running_var"), 1, (double[]) { 2.1666667 }, 1e-6, "var");
    bench_close(&b);
}

static void expect_whole(struct bench *b, const struct vg_tensor *x, const int *wanted)
{
    int32_t got[64];
    cr_assert_eq(vg_plan_read(b->p, x, got), VG_OK, "%s", vg_error());
    for (int i = 0; i < vg_elems(x); i++)
        cr_expect_eq(got[i], wanted[i], "[%d] is %d, wanted %d", i, got[i], wanted[i]);
}

Test(mcf, masks_and_patches_are_in_the_published_order)
{
    static const float noise[] = { .7f, .1f, .9f, .3f, .5f, .2f, .8f, .4f };
    static const int shuffle[] = { 1, 5, 3, 7, 4, 0, 6, 2 }, restore[] = { 5, 0, 7, 2, 4, 1, 6, 3 };
    static const double first[] = { 0, 16, 32, 1, 17, 33, 4, 20, 36, 5, 21, 37 };
    float image[4 * 4 * 3];
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++)
            for (int c = 0; c < 3; c++)
                image[(y * 4 + x) * 3 + c] = (float) (16 * c + 4 * y + x);
    struct bench b;
    bench_open(&b);
    const struct vg_order o = vg_argsort(b.g, given(&b, "noise", 2, SHAPE(1, 8), noise));
    struct vg_tensor *patches =
        vg_keep(b.g, vg_patches(b.g, given(&b, "image", 4, SHAPE(1, 4, 4, 3), image), 2),
                "patches");
    vg_keep(b.g, o.order, "order");
    vg_keep(b.g, o.rank, "rank");
    bench_run(&b);
    expect_whole(&b, o.order, shuffle);
    expect_whole(&b, o.rank, restore);
    expect_read(&b, patches, 12, first, 0, "patch");
    bench_close(&b);
}

// Along the tokens; along the channels it would be 0.0602341503.
Test(mcf, the_feature_loss_is_the_published_one)
{
    static const float p[] = { 1, 2, 2, 0, 2, 1 }, y[] = { 0, 1, 3, 1, 4, 1 };
    static const double gradient[] = { .034568, .017213, .002469, -.086066, -.019753, -.034427 };
    struct bench b;
    bench_open(&b);
    struct vg_tensor *x = given(&b, "p", 3, SHAPE(1, 3, 2), p);
    struct vg_tensor *goal = vg_const(b.g, "y", 3, SHAPE(1, 3, 2), y);
    struct vg_tensor *loss = vg_keep(
        b.g, vg_mse(b.g, vg_l2norm_axis(b.g, x, 1, 1e-12f), vg_l2norm_axis(b.g, goal, 1, 1e-12f)),
        "loss");
    vg_graph_backward(b.g, loss);
    bench_run(&b);
    expect_read(&b, loss, 1, (double[]) { .0973566658 }, 8 * FLT_EPSILON, "loss");
    expect_read(&b, x->grad_slot, 6, gradient, 5e-7 + 8 * FLT_EPSILON, "gradient");
    bench_close(&b);
}

// Queries of two images among keys of four: the first rank's own are the first two keys, the
// second's the last two.
Test(mcf, the_contrastive_loss_is_the_published_one)
{
    static const float query[] = { 1, 0, 0, 0, 2, 0 };
    static const float keys[] = { 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1 };
    static const float own[2][8] = { { 1, 0, 0, 0, 0, 1, 0, 0 }, { 0, 0, 1, 0, 0, 0, 0, 1 } };
    static const double known_loss[] = { .1881500157, 1.8952567969 };
    const float temperature = 0.2f;
    struct vg_tensor *loss[2];
    struct bench b;
    bench_open(&b);
    struct vg_tensor *cosines =
        vg_matmul(b.g, vg_l2norm(b.g, given(&b, "q", 2, SHAPE(2, 3), query), 1e-12f),
                  vg_l2norm(b.g, given(&b, "k", 2, SHAPE(4, 3), keys), 1e-12f),
                  &(struct vg_matmul_opts) { .trans_b = true });
    for (int r = 0; r < 2; r++)
        loss[r] =
            vg_keep(b.g,
                    vg_scale(b.g,
                             vg_crossentropy_soft(b.g, cosines,
                                                  vg_const(b.g, "own", 2, SHAPE(2, 4), own[r]),
                                                  1 / temperature),
                             2 * temperature),
                    NULL);
    bench_run(&b);
    for (int r = 0; r < 2; r++)   // logits of up to 5, in an exponent
        expect_read(&b, loss[r], 1, &known_loss[r], 32 * FLT_EPSILON, "loss");
    bench_close(&b);
}

Test(mcf, adamw_moves_as_published)
{
    static const float gradients[] = { .1f, -.2f, .05f }, one = 1;
    static const double moved[] = { .9989500001, .9992634265, .9993506865 };
    struct bench b;
    bench_open(&b);
    struct vg_tensor *in[4];
    const char *const names[] = { "g", "lr", "m_scale", "v_scale" };
    for (int i = 0; i < 4; i++)
        in[i] = vg_input(b.g, names[i], 2, SHAPE(1, 1));
    struct vg_tensor *p = given(&b, "p", 2, SHAPE(1, 1), &one);
    vg_grad_add(b.g, p, in[0]);
    vg_graph_pass(b.g, VG_UPDATE);
    vg_adamw(b.g, &(struct vg_adamw_opts) { .lr = in[1],
                                            .m_scale = in[2],
                                            .v_scale = in[3],
                                            .beta1 = .9f,
                                            .beta2 = .95f,
                                            .eps = 1e-8f,
                                            .weight_decay = .05f });
    cr_assert_eq(vg_plan_create(&b.p, b.g, b.dev), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_plan_init(b.p), VG_OK, "%s", vg_error());
    for (int step = 0; step < 3; step++) {
        const float values[4] = { gradients[step], 1e-3f, (float) vg_adamw_m_scale(.9, step + 1),
                                  (float) vg_adamw_v_scale(.95, step + 1) };
        for (int i = 0; i < 4; i++)
            cr_assert_eq(vg_plan_write(b.p, in[i], &values[i]), VG_OK, "%s", vg_error());
        cr_assert_eq(vg_run(b.p), VG_OK, "%s", vg_error());
        expect_read(&b, p, 1, &moved[step], 2 * (step + 1) * FLT_EPSILON, "p");
    }
    bench_close(&b);
}
