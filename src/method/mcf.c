#include "method/mcf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/resize.h"
#include "graph/grad.h"
#include "op/adamw.h"
#include "op/combine.h"
#include "op/crossentropy.h"
#include "op/ema.h"
#include "op/gather.h"
#include "op/l2norm.h"
#include "op/layernorm.h"
#include "op/matmul.h"
#include "op/mse.h"
#include "op/patches.h"
#include "op/scale.h"

/**
 * Mask Contrastive Face (Wang et al., ACM Multimedia 2023) as the released code runs it.
 *
 * An encoder sees a quarter of a face's patches and a decoder paints the whole face; a frozen
 * network must find in it the features it finds in the true one.  The class token, projected and
 * predicted, must pick its own image among those of the batch as a momentum encoder sees them under
 * another mask.  That encoder follows at every forward pass, just before it is used.
 */

// ---- settings -----------------------------------------------------------------------------------

static const char *const archs[] = { "vit", NULL };

static const struct vg_setting settings[] = {
    { "arch", VG_SET_CHOICE, "vit", 0, 0, archs, "encoder" },
    { "image", VG_SET_INT, "112", 8, 1024, NULL, "side of the square input, pixels" },
    { "patch", VG_SET_INT, "16", 1, 256, NULL, "side of a patch, pixels" },
    { "batch", VG_SET_INT, "32", 2, 65536, NULL, "images of a batch" },
    { "dim", VG_SET_INT, "384", 4, 8192, NULL, "width of the encoder" },
    { "depth", VG_SET_INT, "6", 1, 64, NULL, "blocks of the encoder" },
    { "heads", VG_SET_INT, "6", 1, 128, NULL, "attention heads of the encoder" },
    { "dec_dim", VG_SET_INT, "256", 4, 8192, NULL, "width of the decoder" },
    { "dec_depth", VG_SET_INT, "2", 1, 64, NULL, "blocks of the decoder" },
    { "dec_heads", VG_SET_INT, "16", 1, 128, NULL, "attention heads of the decoder" },
    { "mlp_ratio", VG_SET_INT, "4", 1, 16, NULL, "hidden width of a block, in widths" },
    { "proj_hidden", VG_SET_INT, "4096", 1, 65536, NULL, "hidden width of projector, predictor" },
    { "proj_dim", VG_SET_INT, "256", 1, 65536, NULL, "width of queries and keys" },
    { "mask_ratio", VG_SET_FLOAT, "0.75", 0, 0.999, NULL, "part of the patches that is hidden" },
    { "teacher", VG_SET_TEXT, "random:1", 0, 0, NULL,
      "frozen network: FILE.safetensors in timm's names, or random:SEED" },
    { "teacher_patch", VG_SET_INT, "16", 1, 256, NULL, "side of its patches, pixels" },
    { "teacher_dim", VG_SET_INT, "192", 4, 8192, NULL, "its width" },
    { "teacher_depth", VG_SET_INT, "4", 1, 64, NULL, "its blocks" },
    { "teacher_heads", VG_SET_INT, "3", 1, 128, NULL, "its attention heads" },
    { "teacher_taps", VG_SET_TEXT, "0,1,2,3", 0, 0, NULL, "blocks whose outputs are compared" },
    { "feature_weight", VG_SET_FLOAT, "1000", 0, 1e6, NULL, "of the feature loss; 0: none" },
    { "contrastive_weight", VG_SET_FLOAT, "1", 0, 1e6, NULL, "of the contrastive loss; 0: none" },
    { "pixel_weight", VG_SET_FLOAT, "0", 0, 1e6, NULL,
      "of masked autoencoders' loss on hidden pixels; 0: none" },
    { "norm_pix", VG_SET_BOOL, "no", 0, 0, NULL, "that loss normalises each patch" },
    { "temperature", VG_SET_FLOAT, "0.2", 1e-3, 100, NULL, "of the contrastive loss" },
    { "ema", VG_SET_FLOAT, "0.99", 0, 1, NULL, "what the momentum encoder keeps a batch" },
    { "blr", VG_SET_FLOAT, "1.5e-4", 0, 100, NULL, "learning rate a step of 256 images" },
    { "min_lr", VG_SET_FLOAT, "0", 0, 100, NULL, "learning rate at the end" },
    { "warmup", VG_SET_FLOAT, "0.0625", 0, 1, NULL, "part of the run that warms up" },
    { "weight_decay", VG_SET_FLOAT, "0.05", 0, 1, NULL, "of matrices and tokens" },
    { "beta1", VG_SET_FLOAT, "0.9", 0, 0.999999, NULL, "of AdamW" },
    { "beta2", VG_SET_FLOAT, "0.95", 0, 0.999999, NULL, "of AdamW" },
    { "eps", VG_SET_FLOAT, "1e-8", 1e-30, 1, NULL, "of AdamW" },
    { "crop", VG_SET_FLOAT, "0", 0, 1, NULL,
      "least share of the area that a random crop keeps; 0: no crop, as published" },
    { "filter", VG_SET_CHOICE, "bilinear", 0, 0, vg_filter_names, "of the resize" },
    { NULL },
};

#define TINY                                                                                       \
    "image=32 patch=8 dim=24 depth=2 heads=3 dec_dim=16 dec_depth=1 dec_heads=4 proj_hidden=40 "   \
    "proj_dim=12 teacher_patch=16 teacher_dim=24 teacher_depth=2 teacher_heads=2 "                 \
    "teacher_taps=0,1 batch=6"
#define SMALL                                                                                      \
    "image=112 patch=16 dim=384 depth=6 heads=6 dec_dim=256 dec_depth=2 batch=32 blr=4e-3 "        \
    "warmup=0.1"
#define PAPER                                                                                      \
    "image=224 patch=16 dim=768 depth=12 heads=12 dec_dim=512 dec_depth=8 dec_heads=16 "           \
    "teacher_dim=768 teacher_depth=12 teacher_heads=12 teacher_taps=2,5,8,11 batch=8"

static const struct vg_preset presets[] = {
    { "tiny", TINY, "for tests" },
    { "small", SMALL, "half of ViT-S's blocks, 112 pixels: learns in minutes on a CPU" },
    { "paper", PAPER, "the published shapes: ViT-B/16 at 224 pixels" },
    { NULL },
};

static double number(const struct vg_settings *s, const char *name)
{
    return vg_setting_float(s, name);
}

// ---- losses -------------------------------------------------------------------------------------

// What a step has to look at.
struct forward {
    struct vg_tensor *patches, *pred;   // true and predicted pixels; pred NULL: no decoder
    struct mcf_masked online;
    struct vg_tensor *query, *key;   // NULL: no contrastive loss
};

static struct vg_tensor *identity(struct vg_graph *g, int64_t n)
{
    float *one = vg_alloc(n * n, sizeof *one);
    for (int64_t i = 0; i < n; i++)
        one[i * n + i] = 1;
    struct vg_tensor *t = vg_const(g, "own", 2, (int64_t[]) { n, n }, one);
    free(one);
    return t;
}

// 2 T times the cross entropy of every query with the keys of the batch: its own image's is right.
static struct vg_tensor *contrastive_loss(struct vg_graph *g, const struct forward *f,
                                          const struct vg_settings *s)
{
    const double norm_eps = 1e-12, temperature = number(s, "temperature");
    struct vg_tensor *cosines =
        vg_matmul(g, vg_l2norm(g, f->query, norm_eps), vg_l2norm(g, f->key, norm_eps),
                  &(struct vg_matmul_opts) { .trans_b = true });
    struct vg_tensor *loss =
        vg_crossentropy_soft(g, cosines, identity(g, cosines->dim[0]), 1 / temperature);
    return vg_scale(g, loss, 2 * temperature);
}

// Readable after a step as "<name>.<i>".
static struct vg_tensor *keep_numbered(struct vg_graph *g, struct vg_tensor *t, const char *name,
                                       int i)
{
    char *full = vg_format("%s.%d", name, i);
    vg_keep(g, t, full);
    free(full);
    return t;
}

// The sum over taps of the squared difference between features of the true and the painted face.
static struct vg_tensor *feature_loss(struct vg_graph *g, const struct forward *f,
                                      const struct vg_settings *s, const struct mcf_size *size)
{
    struct vg_tensor *goal[MCF_TAPS], *found[MCF_TAPS], *terms[MCF_TAPS];
    double ones[MCF_TAPS];
    const int taps = mcf_features(g, f->patches, s, size, goal);
    mcf_features(g, f->pred, s, size, found);
    for (int i = 0; i < taps; i++) {
        terms[i] = keep_numbered(g, vg_mse(g, found[i], goal[i]), "loss.feature", i);
        keep_numbered(g, goal[i], "goal", i);
        ones[i] = 1;
    }
    return taps ? vg_combine(g, taps, terms, ones) : f->pred;   // none: the graph has failed
}

// By mean and unbiased variance of a patch's pixels, which a norm with biased variance does up to
// a factor.
static struct vg_tensor *normalised(struct vg_graph *g, struct vg_tensor *patches)
{
    const double n = (double) vg_cols(patches), unbias = (n - 1) / n;
    return vg_scale(g, vg_layernorm(g, patches, NULL, NULL, 1e-6 * unbias), sqrt(unbias));
}

// Masked autoencoders' own loss: hidden patches, pixel by pixel.
static struct vg_tensor *pixel_loss(struct vg_graph *g, const struct forward *f,
                                    const struct vg_settings *s, const struct mcf_size *size)
{
    const struct vg_order o = f->online.order;
    const int64_t hidden = size->length - size->kept;
    struct vg_tensor *goal =
        vg_setting_bool(s, "norm_pix") ? normalised(g, f->patches) : f->patches;
    return vg_mse(g, vg_gather(g, f->pred, o.order, o.rank, size->kept, hidden),
                  vg_gather(g, goal, o.order, o.rank, size->kept, hidden));
}

struct terms {
    int count;
    struct vg_tensor *term[3];
    double weight[3];
};

static void add_term(struct vg_graph *g, struct vg_model *m, struct terms *t, const char *name,
                     struct vg_tensor *value, double weight)
{
    char full[32] = "loss.";
    strncat(full, name, sizeof full - strlen(full) - 1);
    t->term[t->count] = vg_keep(g, value, full);
    t->weight[t->count] = weight;
    m->parts[t->count++] = (struct vg_port) { name, value };
}

static void losses(struct vg_graph *g, const struct forward *f, const struct vg_settings *s,
                   const struct mcf_size *size, struct vg_model *m)
{
    struct terms t = { 0 };
    if (f->query)
        add_term(g, m, &t, "contrastive", contrastive_loss(g, f, s),
                 number(s, "contrastive_weight"));
    if (number(s, "feature_weight") > 0)
        add_term(g, m, &t, "feature", feature_loss(g, f, s, size), number(s, "feature_weight"));
    if (number(s, "pixel_weight") > 0)
        add_term(g, m, &t, "pixel", pixel_loss(g, f, s, size), number(s, "pixel_weight"));
    m->loss = vg_keep(g, vg_combine(g, t.count, t.term, t.weight), "loss");
}

// ---- the step -----------------------------------------------------------------------------------

static struct vg_tensor *scalar_input(struct vg_graph *g, struct vg_model *m, const char *name)
{
    int i = 0;
    while (m->scalars[i].tensor)
        i++;
    m->scalars[i] = (struct vg_port) { name, vg_input(g, name, 0, NULL) };
    return m->scalars[i].tensor;
}

static struct vg_tensor *input(struct vg_graph *g, struct vg_model *m, int index, const char *name,
                               int rank, const int64_t *dim)
{
    struct vg_tensor *t = vg_input(g, name, rank, dim);
    m->inputs[index] =
        (struct vg_port) { name, t, .channels_first = rank == 4, .drawn = rank == 2 };
    return t;
}

// The momentum encoder moves, then looks under a mask of its own.
static struct vg_tensor *keys(struct vg_graph *g, struct vg_tensor *patches,
                              struct vg_tensor *noise, const struct vg_settings *s,
                              const struct mcf_size *size, struct vg_model *m)
{
    vg_ema(g, scalar_input(g, m, "ema_momentum"), "online_encoder.", "target_encoder.");
    vg_graph_freeze(g, true);
    struct vg_tensor *key = mcf_project(g, mcf_encode(g, "target_encoder", patches, noise, s, size),
                                        "target_encoder", s);
    vg_graph_freeze(g, false);
    vg_method_start_as(g, "target_encoder.", "online_encoder.", NULL);
    return key;
}

static struct forward forward(struct vg_graph *g, const struct vg_settings *s,
                              const struct mcf_size *size, struct vg_model *m)
{
    const int64_t images[4] = { size->batch, size->image, size->image, 3 };
    const int64_t noise[2] = { size->batch, size->length };
    const bool contrast = number(s, "contrastive_weight") > 0;
    struct forward f = { 0 };

    f.patches = vg_patches(g, input(g, m, 0, "images", 4, images), (int) size->patch);
    f.online = mcf_encode(g, "online_encoder", f.patches, input(g, m, 1, "noise_online", 2, noise),
                          s, size);
    vg_keep(g, f.online.latent, "latent");
    if (number(s, "feature_weight") > 0 || number(s, "pixel_weight") > 0) {
        f.pred = vg_keep(g, mcf_decode(g, f.online, s, size), "patches");
        m->outputs[0] = (struct vg_port) { "patches", f.pred };
    }
    if (contrast) {
        f.query =
            vg_keep(g, mcf_predict(g, mcf_project(g, f.online, "online_encoder", s), s), "query");
        f.key = keys(g, f.patches, input(g, m, 2, "noise_target", 2, noise), s, size, m);
        vg_keep(g, f.key, "key");
    }
    return f;
}

// Vectors and biases are not decayed; tokens, having three dimensions, are.
static bool no_decay(const struct vg_tensor *param)
{
    const size_t n = strlen(param->name);
    return param->rank == 1 || (n > 5 && !strcmp(param->name + n - 5, ".bias"));
}

// Where no patch is hidden the mask token has no part in the loss; it still decays.
static void reach_mask_token(struct vg_graph *g)
{
    struct vg_tensor *token = vg_graph_find(g, "mask_token");
    if (token && !token->grad)
        vg_grad_add(g, token, vg_zeros(g, token->rank, token->dim));
}

static void update(struct vg_graph *g, const struct vg_settings *s, struct vg_model *m)
{
    vg_graph_pass(g, VG_UPDATE);
    reach_mask_token(g);
    vg_adamw(g, &(struct vg_adamw_opts) { .lr = scalar_input(g, m, "lr"),
                                          .m_scale = scalar_input(g, m, "m_scale"),
                                          .v_scale = scalar_input(g, m, "v_scale"),
                                          .beta1 = number(s, "beta1"),
                                          .beta2 = number(s, "beta2"),
                                          .eps = number(s, "eps"),
                                          .weight_decay = number(s, "weight_decay"),
                                          .no_decay = no_decay });
}

static int check_terms(struct vg_graph *g, const struct vg_settings *s, const struct mcf_size *size)
{
    const double pixel = number(s, "pixel_weight");
    VG_REQUIRE(g, number(s, "feature_weight") + number(s, "contrastive_weight") + pixel > 0,
               VG_ERR_VALUE, "mcf: all three losses have weight 0, wanted one of them above");
    VG_REQUIRE(g, pixel == 0 || size->kept < size->length, VG_ERR_VALUE,
               "mcf: mask_ratio=%g hides no patch, wanted some for the loss of hidden pixels",
               vg_setting_float(s, "mask_ratio"));
    return VG_OK;
}

static int build(struct vg_graph *g, const struct vg_settings *s, struct vg_model *m)
{
    int rc = VG_OK;
    struct mcf_size size;
    VG_TRY(mcf_size(g, s, &size));
    VG_TRY(check_terms(g, s, &size));
    const struct forward f = forward(g, s, &size, m);
    losses(g, &f, s, &size, m);
    vg_graph_backward(g, m->loss);
    update(g, s, m);
    rc = vg_graph_status(g);
out:
    return rc;
}

// ---- schedule -----------------------------------------------------------------------------------

// Warm-up and cosine move at every step; the first step's rate is 0.
static double learning_rate(const struct vg_settings *s, const struct vg_moment *at)
{
    const double pi = 3.14159265358979323846, done = (double) at->step / (double) at->total;
    const double high = vg_setting_float(s, "blr") * (double) at->images / 256;
    const double low = vg_setting_float(s, "min_lr"), warm = vg_setting_float(s, "warmup");
    if (done < warm)
        return high * done / warm;
    return low + (high - low) * 0.5 * (1 + cos(pi * (done - warm) / (1 - warm)));
}

static double scalar(const struct vg_settings *s, const struct vg_moment *at, const char *name)
{
    if (!strcmp(name, "lr"))
        return learning_rate(s, at);
    if (!strcmp(name, "m_scale"))
        return vg_adamw_m_scale(vg_setting_float(s, "beta1"), at->step + 1);
    if (!strcmp(name, "v_scale"))
        return vg_adamw_v_scale(vg_setting_float(s, "beta2"), at->step + 1);
    return vg_setting_float(s, "ema");
}

static const char *const parts[] = {
    "online_encoder.", "online_encoder.fc.", "predictor.", "mask_token",
    "decoder_",        "target_encoder.",    MCF_TEACHER,  NULL,
};

const struct vg_method vg_method_mcf = {
    .name = "mcf",
    .summary = "Mask Contrastive Face: a masked transformer, features of its paintings, keys",
    .settings = settings,
    .presets = presets,
    .build = build,
    .begin = mcf_load_teacher,
    .remark = mcf_remark,
    .scalar = scalar,
    .inspect = mcf_inspect,
    .picture_ending = "-reconstruction.png",
    .trace_words = "",
    .backbone = "online_encoder.",
    .teacher = MCF_TEACHER,
    .parts = parts,
    .augment = VG_AUGMENT_MCF,
    .views = 1,
};
