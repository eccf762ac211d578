#include "method/published.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

// ---- FRA ----------------------------------------------------------------------------------------

#define FRA_BACKBONE "online_net.backbone."

static const struct vg_rename fra_names[] = {
    { "encoder_q.", FRA_BACKBONE, .alias = true },
    { "", "" },
    { NULL },
};

// Of torchvision's and others' the classifier is left.
static const struct vg_rename fra_backbone[] = {
    { "fc.", NULL },
    { "", FRA_BACKBONE },
    { NULL },
};

// MoCo's files have its queue and its other encoder beside it.
static const struct vg_rename fra_encoder_q[] = {
    { "encoder_q.fc.", NULL },
    { "encoder_q.", FRA_BACKBONE },
    { "", NULL },
    { NULL },
};

static const struct vg_rename fra_below_backbone[] = {
    { "backbone.fc.", NULL },
    { "backbone.", FRA_BACKBONE },
    { NULL },
};

static const struct vg_layout fra_published = {
    .method = "fra",
    .name = "published",
    .help = "FRA's pre-training checkpoint",
    .sign = { "online_net.backbone.conv1.weight", "target_net.backbone.conv1.weight" },
    .wrap = "module.",
    .wrapped = true,
    .renames = fra_names,
    .part = "",
};

#define FRA_PART(names, first)                                                                     \
    {                                                                                              \
        .method = "fra", .name = "backbone", .help = "a ResNet by torchvision's names",            \
        .sign = { first }, .wrap = "module.", .renames = names, .part = FRA_BACKBONE               \
    }

static const struct vg_layout fra_plain = FRA_PART(fra_backbone, "conv1.weight");
static const struct vg_layout fra_query = FRA_PART(fra_encoder_q, "encoder_q.conv1.weight");
static const struct vg_layout fra_below = FRA_PART(fra_below_backbone, "backbone.conv1.weight");

// ---- MCF ----------------------------------------------------------------------------------------

#define MCF_ENCODER "online_encoder."

static const struct vg_rename mcf_names[] = {
    { "perceptual_loss.model.head.", NULL },
    { "", "" },
    { NULL },
};

// Of MAE's files the decoder and the classifier are left, of MCF's the projector.
static const struct vg_rename mcf_backbone[] = {
    { "decoder_", NULL }, { "mask_token", NULL }, { "head.", NULL },
    { "fc.", NULL },      { "", MCF_ENCODER },    { NULL },
};

static const struct vg_rename mcf_encoder[] = {
    { "online_encoder.fc.", NULL },
    { "online_encoder.", MCF_ENCODER },
    { "", NULL },
    { NULL },
};

static const struct vg_rename moco_encoder[] = {
    { "base_encoder.head.", NULL },
    { "base_encoder.", MCF_ENCODER },
    { "momentum_encoder.", NULL },
    { "predictor.", NULL },
    { NULL },
};

static const struct vg_layout mcf_published = {
    .method = "mcf",
    .name = "published",
    .help = "MCF's pre-training checkpoint",
    .sign = { "online_encoder.cls_token", "target_encoder.cls_token" },
    .wrap = "module.",
    .renames = mcf_names,
    .part = "",
    .spare = { "perceptual_loss.model.norm." },   // behind the last tap: no loss uses it
};

#define MCF_PART(names, first)                                                                     \
    {                                                                                              \
        .method = "mcf", .name = "backbone", .help = "a vision transformer by timm's names",       \
        .sign = { first }, .wrap = "module.", .renames = names, .part = MCF_ENCODER,               \
        .except = MCF_ENCODER "fc."                                                                \
    }

// Only written: what is read as one is a backbone.
static const struct vg_rename mcf_teacher_names[] = { { "", "perceptual_loss.model." }, { NULL } };

static const struct vg_layout mcf_teacher = {
    .method = "mcf",
    .name = "teacher",
    .help = "the frozen vision transformer by timm's names",
    .renames = mcf_teacher_names,
    .part = "perceptual_loss.model.",
};

static const struct vg_layout mcf_plain = MCF_PART(mcf_backbone, "cls_token");
static const struct vg_layout mcf_online = MCF_PART(mcf_encoder, "online_encoder.cls_token");
static const struct vg_layout mcf_moco = MCF_PART(moco_encoder, "base_encoder.cls_token");

// ---- all of them --------------------------------------------------------------------------------

// Whole checkpoints before backbones: a file that has the signs of both is the whole.
const struct vg_layout *const vg_layouts[] = {
    &fra_published, &mcf_published, &fra_plain, &fra_query,   &fra_below,
    &mcf_plain,     &mcf_online,    &mcf_moco,  &mcf_teacher, NULL,
};

static bool is_of(const struct vg_layout *l, const char *method)
{
    return !method || !strcmp(l->method, method);
}

const struct vg_layout *vg_layout_find(const char *method, const char *name)
{
    for (int i = 0; vg_layouts[i]; i++)
        if (is_of(vg_layouts[i], method) && !strcmp(vg_layouts[i]->name, name))
            return vg_layouts[i];
    return !strcmp(name, vg_layout_visage.name) ? &vg_layout_visage : NULL;
}

static void add_once(struct vg_text *list, const char *name)
{
    char *quoted = vg_format("'%s'", name);
    if (!strstr(vg_text_string(list), quoted))
        vg_text_add(list, "%s%s", list->length ? ", " : "", quoted);
    free(quoted);
}

int vg_layout_guess(const struct vg_tensorfile *f, const char *path, const char *method,
                    const struct vg_layout **layout)
{
    const char *format = vg_tensorfile_meta(f, "format");
    *layout = &vg_layout_visage;
    if (format && !strncmp(format, "visage checkpoint", 17))
        return VG_OK;
    struct vg_text known = { 0 };
    for (int i = 0; vg_layouts[i]; i++) {
        *layout = vg_layouts[i];
        if (!is_of(vg_layouts[i], method) || !vg_layouts[i]->sign[0])
            continue;
        if (vg_layout_fits(vg_layouts[i], f)) {
            vg_text_finish(&known);
            return VG_OK;
        }
        add_once(&known, vg_layouts[i]->sign[0]);
    }
    const int rc = vg_fail(VG_ERR_FORMAT,
                           "%s: weights in no layout known here; wanted a tensor "
                           "called one of %s",
                           path, vg_text_string(&known));
    vg_text_finish(&known);
    return rc;
}
