#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/vit.h"
#include "tests/method/tiny.h"

/**
 * Numbers of MCF that stand by themselves, from the last section of its specification: one whole
 * step of a small model filled by a hash of names, then switches, schedules and positions.
 */

// ---- the fill -----------------------------------------------------------------------------------

static uint32_t name_hash(const char *name)
{
    uint32_t h = 2166136261u;   // FNV-1a
    for (; *name; name++)
        h = (h ^ (uint8_t) *name) * 16777619u;
    return h;
}

// Element e of a tensor of that name, in [0, 1).
static double fill(const char *name, int64_t e)
{
    uint32_t z = name_hash(name) + (uint32_t) (e + 1) * 0x9E3779B9u;
    z ^= z >> 16;
    z *= 0x85EBCA6Bu;
    z ^= z >> 13;
    z *= 0xC2B2AE35u;
    z ^= z >> 16;
    return z / 4294967296.0;
}

Test(mcf, the_fill_is_the_published_one)
{
    static const double u[] = { .1121648122, .1583063244, .5396495886 };
    cr_expect_eq(name_hash("img"), 2229740804u);
    for (int i = 0; i < 3; i++)
        cr_expect_float_eq(fill("img", i), u[i], 1e-10, "element %d", i);
}

// Its offset and its factor of 2 u - 1, by what a parameter is.
static void range_of(const struct vg_tensor *t, double *offset, double *factor)
{
    const char *dot = strrchr(t->name, '.'), *last = dot ? dot + 1 : t->name;
    double in = 1;
    for (int i = 1; i < t->file_rank; i++)
        in *= (double) t->file_dim[i];
    *offset = 0;
    if (strstr(last, "token"))
        *factor = 0.5;
    else if (t->file_rank > 1)
        *factor = sqrt(6 / (in + (double) t->file_dim[0]));
    else {
        *offset = strcmp(last, "weight") ? 0 : 1;
        *factor = 0.1;
    }
}

// Writes a tensor in the order of files; offset + factor (2 u - 1), or u itself for noise.
static void write_filled(struct vg_plan *p, const struct vg_tensor *t, const char *name, int rank,
                         const int64_t *dim, double offset, double factor)
{
    const int64_t n = vg_elems(t);
    float *x = vg_alloc(n, sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float) (offset + factor * (2 * fill(name, i) - 1));
    struct vg_tensorfile_entry e = { .name = name,
                                     .dtype = VG_F32,
                                     .rank = rank,
                                     .data = x,
                                     .bytes = (size_t) n * sizeof *x,
                                     .count = (size_t) n };
    memcpy(e.dim, dim, (size_t) rank * sizeof *dim);
    cr_assert_eq(vg_weights_set(p, t, rank == 4 && t->kind == VG_INPUT, &e), VG_OK, "%s",
                 vg_error());
    free(x);
}

static bool is_filled(const struct vg_tensor *t)
{
    return vg_weights_lasting(t) && t->is_weight && strncmp(t->name, "optimizer.", 10) != 0;
}

// ---- the whole step -----------------------------------------------------------------------------

static const char *const t1 =
    "image=32 patch=8 dim=48 depth=2 heads=3 dec_dim=32 dec_depth=1 dec_heads=4 proj_hidden=64 "
    "proj_dim=16 teacher_patch=8 teacher_dim=24 teacher_depth=4 teacher_heads=2 "
    "teacher_taps=0,1,2,3 batch=4";

static void step_of_t1(struct tiny *t)
{
    tiny_begin(t, "mcf", t1, 1);
    struct vg_plan *p = t->trainer->plan;
    const struct vg_graph *g = t->trainer->graph;
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *w = vg_graph_tensor(g, i);
        double offset, factor;
        if (!is_filled(w))
            continue;
        range_of(w, &offset, &factor);
        write_filled(p, w, w->name, w->file_rank, w->file_dim, offset, factor);
    }
    const struct vg_port *in = t->trainer->model.inputs;
    const int64_t files[4] = { 4, 3, 32, 32 };
    write_filled(p, in[0].tensor, "img", 4, files, 0, 2);
    write_filled(p, in[1].tensor, "noise.online", 2, in[1].tensor->dim, 0.5, 0.5);
    write_filled(p, in[2].tensor, "noise.target", 2, in[2].tensor->dim, 0.5, 0.5);
    t->trainer->given = true;
    cr_assert_eq(vg_trainer_step(t->trainer), VG_OK, "%s", vg_error());
}

static const struct vg_tensor *named(const struct tiny *t, const char *name)
{
    const struct vg_tensor *x = vg_graph_find(t->trainer->graph, name);
    cr_assert_not_null(x, "no tensor %s", name);
    return x;
}

/**
 * Single numbers of a tensor (in the order of files), right to a part of 1e-5 of its largest: what
 * the specification expects of float32, and what golden traces allow beside their own spread.
 */
static void expect_at(const struct tiny *t, const struct vg_tensor *x, const struct vg_tensor *as,
                      const char *what, int64_t first, int count, const double *wanted)
{
    const int64_t n = vg_elems(x);
    float *got = vg_alloc(n, sizeof *got);
    double largest = 0;
    cr_assert_eq(vg_weights_get(t->trainer->plan, x, as, false, got), VG_OK, "%s", vg_error());
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(got[i]));
    for (int i = 0; i < count; i++)
        cr_expect_float_eq(got[first + i], wanted[i], 1e-5 * largest, "%s[%d] is %.9g, wanted %.9g",
                           what, (int) first + i, got[first + i], wanted[i]);
    free(got);
}

static void expect_values(const struct tiny *t, const char *name, int64_t first, int count,
                          const double *wanted)
{
    expect_at(t, named(t, name), named(t, name), name, first, count, wanted);
}

#define EXPECT(name, first, ...)                                                                   \
    expect_values(&t, name, first, sizeof((double[]) { __VA_ARGS__ }) / sizeof(double),            \
                  (double[]) { __VA_ARGS__ })

Test(mcf, forward_of_the_small_model_is_the_published_one)
{
    enum { D = 48, TOKENS = 5, PIXELS = 192, LENGTH = 16, K = 24, FEATURES = 17 };
    struct tiny t;
    step_of_t1(&t);
    EXPECT("latent", 0, .881570695, -1.00441173, -.285605491, -.431021113);
    EXPECT("latent", D, .190254444, -.274547316, -2.43406465, .36206778);
    EXPECT("patches", 0, .311351905, .232684001, -.37484753, -.353225341, -.241922297, .366936592);
    EXPECT("patches", (3 * LENGTH + 15) * PIXELS, -.274433463, -.184435096, .233509587);
    EXPECT("query", 0, -.736806417, -.638445859, -.452824321, -2.07948212);
    EXPECT("key", 0, -.349936958, .282241325, -.85969334, -.351215222);
    EXPECT("goal.0", 0, .122649693, .0328154637, -.106671296, -.205589998);
    EXPECT("goal.3", (FEATURES - 1) * K, -.334038497, .161836219, -.147551089, .127181933);
    EXPECT("loss.feature.0", 0, .0946726398545);
    EXPECT("loss.feature.1", 0, .0943369529515);
    EXPECT("loss.feature.2", 0, .0917348614055);
    EXPECT("loss.feature.3", 0, .0782779206859);
    EXPECT("loss.feature", 0, .359022374897);
    EXPECT("loss.contrastive", 0, .513189553394);
    EXPECT("loss", 0, 359.535564451);
    tiny_end(&t);
}

static const struct {
    const char *name;
    int64_t element;
    double gradient;
} known[] = {
    { "mask_token", 0, -12.315982 },
    { "decoder_pred.bias", 0, -2.3108095 },
    { "decoder_pred.weight", 5 * 32 + 7, -2.6588925 },
    { "decoder_embed.weight", 0, .89317498 },
    { "decoder_blocks.0.attn.qkv.bias", 33, 0 },   // of a key
    { "online_encoder.cls_token", 0, 1.1051935 },
    { "online_encoder.patch_embed.proj.weight", 0, -1.2235643 },
    { "online_encoder.blocks.0.attn.qkv.weight", 0, -.027807078 },
    { "online_encoder.blocks.1.mlp.fc2.bias", 3, .36598996 },
    { "online_encoder.norm.weight", 2, .89837509 },
    { "online_encoder.fc.0.weight", 0, -.001433615 },
    { "online_encoder.fc.1.bias", 1, .0057904711 },
    { "online_encoder.fc.3.weight", 2 * 64 + 3, -.046371039 },
    { "predictor.0.weight", 0, .013854006 },
    { "predictor.3.weight", 1 * 64 + 2, -.045842775 },
};

Test(mcf, gradients_of_the_small_model_are_the_published_ones)
{
    struct tiny t;
    step_of_t1(&t);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct vg_tensor *w = named(&t, known[i].name);
        expect_at(&t, w->grad_slot, w, known[i].name, known[i].element, 1, &known[i].gradient);
    }
    tiny_end(&t);
}

Test(mcf, counts_of_the_published_model)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_settings *s = tiny_settings(vg_method_find("mcf"), "preset=paper batch=2");
    struct vg_model m = { 0 };
    int64_t trained = 0, decayed = 0;
    int tensors = 0, decayed_tensors = 0;
    cr_assert_eq(vg_method_find("mcf")->build(g, s, &m), VG_OK, "%s", vg_graph_error(g));
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *w = vg_graph_tensor(g, i);
        if (w->kind != VG_PARAM || w->base)
            continue;
        const bool decays = w->rank > 1;   // there is no bias of two dimensions
        trained += vg_elems(w);
        tensors++;
        decayed += decays ? vg_elems(w) : 0;
        decayed_tensors += decays;
    }
    cr_expect_eq(trained, 117963520);
    cr_expect_eq(decayed, 117769472);
    cr_expect_eq(decayed_tensors, 89);
    cr_expect_eq(tensors - decayed_tensors, 171);
    vg_settings_destroy(&s);
    vg_graph_destroy(&g);
}

// ---- switches -----------------------------------------------------------------------------------

static bool has(const struct tiny *t, const char *name)
{
    return vg_graph_find(t->trainer->graph, name) != NULL;
}

Test(mcf, a_loss_of_weight_zero_leaves_out_what_it_needs)
{
    struct tiny t;
    tiny_begin(&t, "mcf", "preset=tiny feature_weight=0", 1);
    cr_expect(!has(&t, "decoder_pred.weight") && !has(&t, "mask_token"));
    cr_expect(has(&t, "predictor.0.weight") && has(&t, "target_encoder.cls_token"));
    tiny_end(&t);
    tiny_begin(&t, "mcf", "preset=tiny contrastive_weight=0", 1);
    cr_expect(!has(&t, "predictor.0.weight") && !has(&t, "target_encoder.cls_token"));
    cr_expect(!has(&t, "online_encoder.fc.0.weight") && has(&t, "decoder_pred.weight"));
    tiny_end(&t);
    tiny_begin(&t, "mcf", "preset=tiny feature_weight=0 contrastive_weight=0 pixel_weight=1", 1);
    cr_expect(!has(&t, "perceptual_loss.model.cls_token") && has(&t, "decoder_pred.weight"));
    tiny_end(&t);
}

static void expect_refused(const char *words, const char *message)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_settings *s = tiny_settings(vg_method_find("mcf"), words);
    struct vg_model m = { 0 };
    cr_expect_neq(vg_method_find("mcf")->build(g, s, &m), VG_OK, "%s", words);
    cr_expect_str_eq(vg_graph_error(g), message);
    vg_settings_destroy(&s);
    vg_graph_destroy(&g);
}

Test(mcf, refuses_settings_that_do_not_fit)
{
    expect_refused("preset=tiny image=36", "mcf: image=36, wanted a multiple of patch=8");
    expect_refused("preset=tiny dim=22", "mcf: dim=22, wanted a multiple of 4 and of heads=3");
    expect_refused("preset=tiny mask_ratio=0.99", "mcf: mask_ratio=0.99 leaves none of 16 patches");
    expect_refused("preset=tiny teacher_taps=0,2",
                   "mcf: teacher_taps=0,2, wanted up to 8 ascending blocks of 0 .. 1");
    expect_refused("preset=tiny teacher=random:x",
                   "mcf: teacher=random:x, wanted random:SEED with SEED above 0");
    expect_refused("preset=tiny feature_weight=0 contrastive_weight=0",
                   "mcf: all three losses have weight 0, wanted one of them above");
    expect_refused("preset=tiny mask_ratio=0 pixel_weight=1",
                   "mcf: mask_ratio=0 hides no patch, wanted some for the loss of hidden pixels");
}

// ---- the momentum encoder and the schedule ------------------------------------------------------

static void read_all(const struct tiny *t, const struct vg_tensor *x, float *out)
{
    cr_assert_eq(vg_plan_read(t->trainer->plan, x, out), VG_OK, "%s", vg_error());
}

// It follows at every batch: eight times in a step of eight, while the online encoder stays.
Test(mcf, the_momentum_encoder_moves_at_every_batch)
{
    enum { BATCHES = 8 };
    const double kept = 0.9227446944279201;   // 0.99^8
    struct tiny t;
    tiny_begin_of(&t, "mcf", "preset=tiny", 1, BATCHES);
    const struct vg_tensor *online = named(&t, "online_encoder.blocks.0.mlp.fc1.weight");
    const struct vg_tensor *target = named(&t, "target_encoder.blocks.0.mlp.fc1.weight");
    const int64_t n = vg_elems(online);
    float *o = vg_alloc(n, sizeof *o), *before = vg_alloc(n, sizeof *o),
          *after = vg_alloc(n, sizeof *o);
    read_all(&t, online, o);
    read_all(&t, target, before);
    cr_expect_arr_eq(o, before, n * sizeof *o, "the target does not start as the online encoder");
    for (int64_t i = 0; i < n; i++)
        before[i] = (float) (fill("before", i) - 0.5);
    cr_assert_eq(vg_plan_write(t.trainer->plan, target, before), VG_OK, "%s", vg_error());
    for (int b = 0; b < BATCHES; b++) {   // the first step's rate is zero
        tiny_write_batch(&t, (uint64_t) b);
        cr_assert_eq(vg_trainer_step(t.trainer), VG_OK, "%s", vg_error());
    }
    read_all(&t, target, after);
    for (int64_t i = 0; i < n; i++)   // three roundings a batch, of numbers below 1
        cr_expect_float_eq(after[i], kept * before[i] + (1 - kept) * o[i],
                           3 * BATCHES * FLT_EPSILON, "element %d", (int) i);
    free(o);
    free(before);
    free(after);
    tiny_end(&t);
}

Test(mcf, learning_rate_is_the_published_schedule)
{
    enum { EPOCH = 4883, EPOCHS = 16 };   // 20 M images at 4096 a step
    static const struct {
        double epoch, lr;
    } rates[] = { { 0, 0 },           { .25, 6e-4 },   { 1, 2.4e-3 },       { 2, 2.373777e-3 },
                  { 4, 2.170820e-3 }, { 8.5, 1.2e-3 }, { 12, 3.970433e-4 }, { 15, 2.622288e-5 } };
    struct vg_settings *s = tiny_settings(vg_method_find("mcf"), "preset=paper");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const struct vg_moment at = { .step = llround(rates[i].epoch * EPOCH),
                                      .total = EPOCH * EPOCHS,
                                      .epoch_steps = EPOCH,
                                      .images = 4096 };
        // An epoch is no multiple of four steps: a quarter of one is off by up to half a step.
        cr_expect_float_eq(vg_method_find("mcf")->scalar(s, &at, "lr"), rates[i].lr,
                           2.4e-3 * 0.5 / EPOCH + 5e-10, "epoch %g", rates[i].epoch);
    }
    vg_settings_destroy(&s);
}

// ---- positions ----------------------------------------------------------------------------------

static void expect_row(int64_t dim, int grid, int row, int column, enum vg_vit_layout layout,
                       int count, const int *index, const double *wanted)
{
    float *table = vg_alloc((1 + grid * grid) * dim, sizeof *table);
    vg_vit_sincos(dim, grid, layout, table);
    for (int i = 0; i < count; i++)
        cr_expect_float_eq(table[(1 + row * grid + column) * dim + index[i]], wanted[i], 1e-6,
                           "dim %d, number %d", (int) dim, index[i]);
    for (int64_t i = 0; i < dim; i++)
        cr_expect_eq(table[i], 0, "the class token's number %d", (int) i);
    free(table);
}

Test(mcf, positions_are_the_published_ones)
{
    static const int all[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    static const int turned[16] = { 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7 };
    static const double small[16] = { .909297, .198669, .019999, .002,    -.416147, .980067,
                                      .9998,   .999998, .841471, .099833, .01,      .001,
                                      .540302, .995004, .99995,  1 };
    static const int some[6] = { 0, 1, 192, 384, 385, 576 };
    static const double mae[6] = { .14112, .27838, -.989992, .909297, .944237, -.416147 };
    static const double moco[6] = { .909297, .944237, -.416147, .14112, .27838, -.989992 };
    expect_row(16, 4, 1, 2, VG_VIT_COLUMN_FIRST, 16, all, small);
    expect_row(16, 4, 1, 2, VG_VIT_ROW_FIRST, 16, turned, small);
    expect_row(768, 14, 2, 3, VG_VIT_COLUMN_FIRST, 6, some, mae);
    expect_row(768, 14, 2, 3, VG_VIT_ROW_FIRST, 6, some, moco);
}
