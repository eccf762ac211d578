#include <math.h>
#include <string.h>

#include "graph/grad.h"
#include "method/fra.h"
#include "net/layer.h"
#include "net/mlp.h"
#include "net/resnet.h"
#include "op/add.h"
#include "op/combine.h"
#include "op/cosine_loss.h"
#include "op/crossentropy.h"
#include "op/decorrelation.h"
#include "op/ema.h"
#include "op/l2norm.h"
#include "op/lars.h"
#include "op/matmul.h"
#include "op/mean_entropy.h"
#include "op/reduce.h"
#include "op/scale.h"
#include "op/sinkhorn.h"
#include "op/softmax.h"

/**
 * Facial Region Awareness (Gao and Patras, CVPR 2024) as the released code runs it.
 *
 * Two views of a face go through an online and a target branch (backbone and neck).  Online
 * embeddings of one view, through predictors, must match the target's of the other view; online
 * pixel assignments must match the target's balanced ones of the same view.  The target is a moving
 * average of the online branch, its norms in training mode with statistics of their own.
 */

// ---- settings -----------------------------------------------------------------------------------

static const struct vg_setting settings[] = {
    { "arch", VG_SET_CHOICE, "resnet18", 0, 0, vg_resnet_names, "backbone" },
    { "width", VG_SET_INT, "64", 1, 1024, NULL, "channels of the backbone's first stage" },
    { "image", VG_SET_INT, "64", 32, 1024, NULL, "side of the square input, pixels" },
    { "batch", VG_SET_INT, "32", 2, 65536, NULL, "images a step" },
    { "dim", VG_SET_INT, "128", 8, 4096, NULL, "width of embeddings, a multiple of 8" },
    { "hidden", VG_SET_INT, "512", 1, 65536, NULL, "hidden width of projectors and predictors" },
    { "regions", VG_SET_INT, "8", 2, 64, NULL, "facial regions: queries of the mask decoder" },
    { "heads", VG_SET_INT, "8", 1, 64, NULL, "attention heads of the mask decoder" },
    { "layers", VG_SET_INT, "2", 1, 16, NULL, "layers of the mask decoder" },
    { "dropout", VG_SET_FLOAT, "0.1", 0, 0.9, NULL, "of the mask decoder; 0 for traces" },
    { "lr", VG_SET_FLOAT, "0.9", 0, 100, NULL, "learning rate after warm-up, not scaled" },
    { "warmup", VG_SET_FLOAT, "0.2", 0, 1, NULL, "part of the run that warms up" },
    { "weight_decay", VG_SET_FLOAT, "1e-6", 0, 1, NULL, "of tensors LARS adapts" },
    { "momentum", VG_SET_FLOAT, "0.9", 0, 0.9999, NULL, "of LARS" },
    { "eta", VG_SET_FLOAT, "1e-3", 1e-6, 1, NULL, "trust coefficient of LARS" },
    { "ema", VG_SET_FLOAT, "0.996", 0, 1, NULL, "of the target at the start; 1 at the end" },
    { "loss_weight", VG_SET_FLOAT, "0.5", 0, 1, NULL, "of the instance term; 1 - it of regions" },
    { "region_weight", VG_SET_FLOAT, "0.02", 0, 100, NULL, "of decorrelation among regions" },
    { "cluster_weight", VG_SET_FLOAT, "0.1", 0, 100, NULL, "of the clustering of pixels" },
    { "student_temp", VG_SET_FLOAT, "0.1", 1e-3, 10, NULL, "of online assignments" },
    { "crop", VG_SET_FLOAT, "0.2", 0.01, 1, NULL, "least share of an image that a view shows" },
    { "jitter", VG_SET_FLOAT, "1", 0, 2.5, NULL, "factor of the published colour jitter" },
    { "gray", VG_SET_FLOAT, "0.2", 0, 1, NULL, "odds of a view without colours" },
    { "blur", VG_SET_FLOAT, "1", 0, 10, NULL, "factor of the published blur (of 224 pixels)" },
    { "teacher_temp", VG_SET_FLOAT, "0.04", 1e-3, 10, NULL, "of target assignments" },
    { NULL },
};

static const struct vg_preset presets[] = {
    { "tiny", "arch=tiny width=8 image=64 dim=32 hidden=48 regions=4 batch=6", "for tests" },
    { "small", "arch=resnet18 image=64 dim=128 hidden=512 batch=32 blur=0.29",
      "learns in minutes on a CPU" },
    { "paper", "arch=resnet50 image=224 dim=256 hidden=4096 batch=8", "the published shapes" },
    { NULL },
};

static double number(const struct vg_settings *s, const char *name)
{
    return vg_setting_float(s, name);
}

// ---- branches -----------------------------------------------------------------------------------

struct vg_neck fra_branch(struct vg_graph *g, const char *name, struct vg_tensor *view,
                          const struct vg_settings *s)
{
    const struct vg_neck_opts o = {
        .hidden = (int) vg_setting_int(s, "hidden"),
        .dim = (int) vg_setting_int(s, "dim"),
        .queries = (int) vg_setting_int(s, "regions"),
        .heads = (int) vg_setting_int(s, "heads"),
        .layers = (int) vg_setting_int(s, "layers"),
        .dropout = number(s, "dropout"),
    };
    vg_scope_push(g, "%s", name);
    vg_scope_push(g, "backbone");
    struct vg_tensor *x = vg_resnet(g, view, (enum vg_resnet_arch) vg_setting_choice(s, "arch"),
                                    (int) vg_setting_int(s, "width"));
    vg_scope_pop(g);
    const struct vg_neck neck = vg_region_neck(g, x, &o);
    vg_scope_pop(g);
    return neck;
}

// ---- losses -------------------------------------------------------------------------------------

static const double norm_eps = 1e-12;

struct consistency {
    struct vg_tensor *instance, *positive, *negative;
};

// The online view's embeddings against the target's of the other view.
static struct consistency consistency(struct vg_graph *g, struct vg_neck online,
                                      struct vg_neck target, const struct vg_settings *s)
{
    const int64_t hidden = vg_setting_int(s, "hidden"), dim = vg_setting_int(s, "dim");
    struct consistency c;
    c.instance = vg_cosine_loss(g, vg_mlp_byol(g, online.z, "predictor", hidden, dim), target.z);

    struct vg_tensor *pred = vg_mlp_byol(g, online.regions, "predictor_obj", hidden, dim);
    pred = vg_l2norm(g, pred, norm_eps);
    struct vg_tensor *goal = vg_l2norm(g, target.regions, norm_eps);
    c.positive = vg_cosine_loss(g, pred, goal);
    c.negative =
        vg_decorrelation(g, vg_matmul(g, pred, goal, &(struct vg_matmul_opts) { .trans_b = true }));
    return c;
}

struct clustering {
    struct vg_tensor *entropy, *usage;   // the cross entropy and the mean-entropy term
};

static struct vg_tensor *rows_of(struct vg_graph *g, struct vg_tensor *dots)
{
    return vg_reshape(g, dots, 2, (int64_t[]) { vg_rows(dots), vg_cols(dots) });
}

// Online assignments of pixels to regions against the target's of the same view.
static struct clustering clustering(struct vg_graph *g, struct vg_neck online,
                                    struct vg_neck target, const struct vg_settings *s)
{
    enum { SINKHORN_ITERATIONS = 3 };
    const int64_t regions[2] = { 1, vg_setting_int(s, "regions") };
    const double sharpness = 1 / number(s, "student_temp");
    struct clustering c;

    struct vg_tensor *centre = vg_state(g, "center", 2, regions, vg_init_const(0));
    struct vg_tensor *teacher = rows_of(g, target.dots);
    teacher = vg_add(g, teacher, vg_scale(g, vg_reshape(g, centre, 1, &regions[1]), -1));
    teacher = vg_softmax(g, teacher, 1, 1 / number(s, "teacher_temp"));

    struct vg_tensor *student = rows_of(g, online.dots);
    c.entropy =
        vg_crossentropy_soft(g, student, vg_sinkhorn(g, teacher, SINKHORN_ITERATIONS), sharpness);
    c.usage =
        vg_mean_entropy(g, vg_reduce(g, vg_softmax(g, student, 1, sharpness), 0, VG_REDUCE_MEAN));
    return c;
}

static struct vg_tensor *sum_of(struct vg_graph *g, int count, struct vg_tensor *const terms[],
                                const double weights[], const char *name)
{
    return vg_keep(g, vg_combine(g, count, terms, weights), name);
}

static void losses(struct vg_graph *g, const struct vg_neck online[2],
                   const struct vg_neck target[2], const struct vg_settings *s, struct vg_model *m)
{
    const double wi = number(s, "loss_weight"), wr = 1 - wi, wn = wr * number(s, "region_weight");
    const struct consistency a = consistency(g, online[0], target[1], s);
    const struct consistency b = consistency(g, online[1], target[0], s);
    const struct clustering c = clustering(g, online[0], target[0], s);
    const struct clustering d = clustering(g, online[1], target[1], s);

    struct vg_tensor *inst = sum_of(g, 2, (struct vg_tensor *[]) { a.instance, b.instance },
                                    (double[]) { wi, wi }, "loss.inst");
    struct vg_tensor *obj =
        sum_of(g, 4, (struct vg_tensor *[]) { a.positive, a.negative, b.positive, b.negative },
               (double[]) { wr, wn, wr, wn }, "loss.obj");
    struct vg_tensor *clu =
        sum_of(g, 4, (struct vg_tensor *[]) { c.entropy, c.usage, d.entropy, d.usage },
               (double[]) { 0.5, 0.5, 0.5, 0.5 }, "loss.clu");
    struct vg_tensor *base =
        sum_of(g, 2, (struct vg_tensor *[]) { inst, obj }, (double[]) { 1, 1 }, "loss.base");
    m->loss = sum_of(g, 2, (struct vg_tensor *[]) { base, clu },
                     (double[]) { 1, number(s, "cluster_weight") }, "loss");
    m->parts[0] = (struct vg_port) { "base", base };
    m->parts[1] = (struct vg_port) { "inst", inst };
    m->parts[2] = (struct vg_port) { "obj", obj };
    m->parts[3] = (struct vg_port) { "clu", clu };
}

// ---- optimiser and moving average ---------------------------------------------------------------

// By substring of the name, as published: norms within the MLPs ("mlp.1.weight") and layer norms do
// not match and are adapted and decayed like weights.
static bool excluded(const char *name)
{
    return strstr(name, "bn") || strstr(name, "downsample.1") || strstr(name, "bias");
}

static void update(struct vg_graph *g, const struct vg_settings *s, struct vg_model *m)
{
    m->scalars[0] = (struct vg_port) { "lr", vg_input(g, "lr", 0, NULL) };
    m->scalars[1] = (struct vg_port) { "ema_momentum", vg_input(g, "ema_momentum", 0, NULL) };
    vg_graph_pass(g, VG_UPDATE);
    vg_lars(g, &(struct vg_lars_opts) { .lr = m->scalars[0].tensor,
                                        .eta = number(s, "eta"),
                                        .momentum = number(s, "momentum"),
                                        .weight_decay = number(s, "weight_decay"),
                                        .excluded = excluded });
    vg_ema(g, m->scalars[1].tensor, "online_net.", "target_net.");
}

// ---- the step -----------------------------------------------------------------------------------

static int check(struct vg_graph *g, const struct vg_settings *s)
{
    const int dim = (int) vg_setting_int(s, "dim"), heads = (int) vg_setting_int(s, "heads");
    VG_REQUIRE(g, dim % 4 == 0 && dim % heads == 0, VG_ERR_VALUE,
               "fra: dim=%d, wanted a multiple of 4 and of heads=%d", dim, heads);
    VG_REQUIRE(g, vg_setting_int(s, "image") % 32 == 0, VG_ERR_VALUE,
               "fra: image=%d, wanted a multiple of 32", (int) vg_setting_int(s, "image"));
    return VG_OK;
}

static int build(struct vg_graph *g, const struct vg_settings *s, struct vg_model *m)
{
    if (check(g, s) != VG_OK)
        return vg_graph_status(g);
    const int64_t side = vg_setting_int(s, "image"),
                  size[4] = { vg_setting_int(s, "batch"), side, side, 3 };
    struct vg_tensor *view[2] = { vg_input(g, "view1", 4, size), vg_input(g, "view2", 4, size) };
    struct vg_neck online[2], target[2];

    for (int i = 0; i < 2; i++) {
        m->inputs[i] = (struct vg_port) { view[i]->name, view[i], .channels_first = true };
        online[i] = fra_branch(g, "online_net", view[i], s);
    }
    vg_graph_freeze(g, true);
    for (int i = 0; i < 2; i++)
        target[i] = fra_branch(g, "target_net", view[i], s);
    vg_graph_freeze(g, false);

    m->outputs[0] = (struct vg_port) { "z", online[0].z, .channels_first = false };
    m->outputs[1] = (struct vg_port) { "regions", online[0].regions, .channels_first = true };
    m->outputs[2] = (struct vg_port) { "dots", online[0].dots, .channels_first = true };
    for (int i = 0; i < 3; i++)
        vg_keep(g, m->outputs[i].tensor, m->outputs[i].name);

    losses(g, online, target, s, m);
    vg_method_start_as(g, "target_net.", "online_net.", ".proto");   // protos are drawn apart
    vg_graph_backward(g, m->loss);
    update(g, s, m);
    return vg_graph_status(g);
}

// ---- schedule -----------------------------------------------------------------------------------

// Warm-up moves every step, the cosine every epoch.
static double learning_rate(const struct vg_settings *s, const struct vg_moment *at)
{
    const double pi = 3.14159265358979323846, lr = vg_setting_float(s, "lr");
    const double epochs = (double) at->total / (double) at->epoch_steps;
    const double warm = vg_setting_float(s, "warmup") * epochs;
    const double epoch = (double) (at->step / at->epoch_steps);
    if (epoch < warm)
        return lr * fmin(1, (double) (at->step + 1) / (warm * (double) at->epoch_steps));
    return lr * 0.5 * (1 + cos(pi * (epoch - warm) / (epochs - warm)));
}

static double target_momentum(const struct vg_settings *s, const struct vg_moment *at)
{
    const double pi = 3.14159265358979323846, start = vg_setting_float(s, "ema");
    return 1 - (1 - start) * (cos(pi * (double) at->step / (double) at->total) + 1) / 2;
}

static double scalar(const struct vg_settings *s, const struct vg_moment *at, const char *name)
{
    return strcmp(name, "lr") ? target_momentum(s, at) : learning_rate(s, at);
}

static const char *const parts[] = {
    "online_net.backbone.", "online_net.neck.", "online_net.", "predictor.",
    "predictor_obj.",       "target_net.",      NULL
};

const struct vg_method vg_method_fra = {
    .name = "fra",
    .summary = "Facial Region Awareness: a pair of branches, region heatmaps, clustering of pixels",
    .settings = settings,
    .presets = presets,
    .build = build,
    .scalar = scalar,
    .inspect = fra_inspect,
    .picture_ending = "-regions.png",
    .trace_words = "dropout=0",
    .backbone = "online_net.backbone.",
    .parts = parts,
    .augment = VG_AUGMENT_FRA,
    .views = 2,
};
