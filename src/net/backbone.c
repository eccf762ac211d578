#include "net/backbone.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "net/resnet.h"
#include "net/vit.h"
#include "op/patches.h"
#include "op/reduce.h"
#include "op/slice.h"

enum { WIDTH = 64, MOST_WIDTH = 8192, MOST_IMAGE = 4096 };

const char *const vg_backbone_names[] = {
    "tiny", "tiny-bottleneck", "resnet18", "resnet34", "resnet50", "resnet101", "vit", NULL,
};

static struct vg_backbone vit_of(int width)
{
    enum { HEAD = 64 };
    return (struct vg_backbone) { .arch = "vit",
                                  .width = width,
                                  .vit = true,
                                  .patch = 16,
                                  .depth = 12,
                                  .heads = width % HEAD ? 1 : width / HEAD,
                                  .mlp = 4 };
}

static int unknown(const char *where, const char *arch)
{
    struct vg_text known = { 0 };
    for (int i = 0; vg_backbone_names[i]; i++)
        vg_text_add(&known, "%s%s", i ? ", " : "", vg_backbone_names[i]);
    const int rc = vg_fail(VG_ERR_UNSUPPORTED, "%s: no backbone '%s', there are %s", where, arch,
                           vg_text_string(&known));
    vg_text_finish(&known);
    return rc;
}

int vg_backbone_of_name(struct vg_backbone *b, const char *where, const char *arch, int width)
{
    if (!strcmp(arch, "vit")) {
        *b = vit_of(width);
        return VG_OK;
    }
    for (int i = 0; i < VG_RESNETS; i++)
        if (!strcmp(vg_resnet_names[i], arch)) {
            *b = (struct vg_backbone) { .arch = vg_resnet_names[i], .width = width, .resnet = i };
            return VG_OK;
        }
    return unknown(where, arch);
}

static int whole(const struct vg_line *l, const char *where, const char *key, int64_t low,
                 int64_t high, int64_t otherwise, int *out)
{
    int rc = VG_OK;
    int64_t value = otherwise;
    char *place = vg_format("%s: %s", where, key);
    const char *text = vg_line_value(l, key);
    if (text)
        VG_TRY(vg_parse_int(place, text, low, high, &value));
    *out = (int) value;
out:
    free(place);
    return rc;
}

static int vit_of_line(struct vg_backbone *b, const char *where, const struct vg_line *l)
{
    int rc = VG_OK;
    VG_TRY(whole(l, where, "dim", 4, MOST_WIDTH, b->width, &b->width));
    VG_TRY(whole(l, where, "patch", 1, MOST_IMAGE, b->patch, &b->patch));
    VG_TRY(whole(l, where, "depth", 1, 1000, b->depth, &b->depth));
    VG_TRY(whole(l, where, "heads", 1, MOST_WIDTH, b->heads, &b->heads));
    VG_TRY(whole(l, where, "mlp_ratio", 1, 64, b->mlp, &b->mlp));
out:
    return rc;
}

int vg_backbone_of_text(struct vg_backbone *b, const char *where, const char *settings)
{
    int rc = VG_OK, width, image;
    struct vg_arena *arena = vg_arena_create();
    struct vg_line l;
    VG_TRY(vg_line_split(&l, arena, where, settings));
    const char *arch = vg_line_value(&l, "arch");
    if (!arch)
        VG_TRY(vg_fail(VG_ERR_FORMAT, "%s: the settings name no backbone (arch=...)", where));
    VG_TRY(whole(&l, where, "width", 1, MOST_WIDTH, WIDTH, &width));
    VG_TRY(whole(&l, where, "image", 1, MOST_IMAGE, 0, &image));
    VG_TRY(vg_backbone_of_name(b, where, arch, width));
    if (b->vit)
        VG_TRY(vit_of_line(b, where, &l));
    b->image = image;
out:
    vg_arena_destroy(&arena);
    return rc == VG_ERR_USAGE ? VG_ERR_FORMAT : rc;   // the text is a file's, not the user's
}

int vg_backbone_step(const struct vg_backbone *b)
{
    enum { HALVED = 32 };
    return b->vit ? b->patch : HALVED;
}

static struct vg_tensor *transformer(struct vg_graph *g, struct vg_tensor *x,
                                     const struct vg_backbone *b)
{
    const struct vg_vit_opts o = { b->width, b->depth, b->heads, b->mlp };
    struct vg_tensor *y = vg_vit(g, vg_patches(g, x, b->patch), &o, VG_VIT_COLUMN_FIRST, NULL);
    const int64_t tokens = y->dim[1], row[2] = { y->dim[0], b->width };
    if (b->pool == VG_POOL_CLASS)
        return vg_reshape(g, vg_vit_norm(g, vg_slice(g, y, 1, 0, 1), "norm"), 2, row);
    y = vg_vit_norm(g, vg_slice(g, y, 1, 1, tokens), "norm");
    return vg_reduce(g, y, 1, VG_REDUCE_MEAN);
}

static struct vg_tensor *convolutions(struct vg_graph *g, struct vg_tensor *x,
                                      const struct vg_backbone *b)
{
    struct vg_tensor *y = vg_resnet(g, x, (enum vg_resnet_arch) b->resnet, b->width);
    y = vg_reshape(g, y, 3, (int64_t[]) { y->dim[0], y->dim[1] * y->dim[2], y->dim[3] });
    return vg_reduce(g, y, 1, VG_REDUCE_MEAN);
}

struct vg_tensor *vg_backbone(struct vg_graph *g, struct vg_tensor *x, const struct vg_backbone *b)
{
    vg_scope_push(g, "backbone");
    struct vg_tensor *y = b->vit ? transformer(g, x, b) : convolutions(g, x, b);
    vg_scope_pop(g);
    return y;
}

int64_t vg_backbone_features(const struct vg_backbone *b)
{
    return b->vit ? b->width : vg_resnet_channels((enum vg_resnet_arch) b->resnet, b->width);
}
