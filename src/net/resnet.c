#include "net/resnet.h"

#include <stdio.h>

#include "net/layer.h"
#include "op/maxpool.h"

const char *const vg_resnet_names[VG_RESNETS + 1] = {
    "tiny", "tiny-bottleneck", "resnet18", "resnet34", "resnet50", "resnet101", NULL,
};

enum { STAGES = 4, EXPANSION = 4 };

static const struct {
    bool bottleneck;
    int blocks[STAGES];
} archs[VG_RESNETS] = {
    [VG_RESNET_TINY] = { false, { 1, 1, 1, 1 } },
    [VG_RESNET_TINY_BOTTLENECK] = { true, { 1, 1, 1, 1 } },
    [VG_RESNET18] = { false, { 2, 2, 2, 2 } },
    [VG_RESNET34] = { false, { 3, 4, 6, 3 } },
    [VG_RESNET50] = { true, { 3, 4, 6, 3 } },
    [VG_RESNET101] = { true, { 3, 4, 23, 3 } },
};

// Convolution `index` of a block and its norm.
static struct vg_tensor *conv_norm(struct vg_graph *g, struct vg_tensor *x, int index,
                                   int64_t channels, int kernel, int stride,
                                   struct vg_norm_then then)
{
    char conv[16], norm[16];
    snprintf(conv, sizeof conv, "conv%d", index);
    snprintf(norm, sizeof norm, "bn%d", index);
    x = vg_conv_layer(g, x, conv, channels, kernel, stride, kernel / 2);
    return vg_batchnorm_layer(g, x, norm, then);
}

static struct vg_tensor *shortcut(struct vg_graph *g, struct vg_tensor *x, int64_t channels,
                                  int stride)
{
    if (stride == 1 && vg_cols(x) == channels)
        return x;
    vg_scope_push(g, "downsample");
    x = vg_conv_layer(g, x, "0", channels, 1, stride, 0);
    x = vg_batchnorm_layer(g, x, "1", (struct vg_norm_then) { 0 });
    vg_scope_pop(g);
    return x;
}

// The last norm adds the shortcut and clips, in one pass.
static struct vg_tensor *block(struct vg_graph *g, struct vg_tensor *x, bool bottleneck, int width,
                               int stride)
{
    const struct vg_norm_then relu = { .relu = true };
    const int64_t channels = bottleneck ? EXPANSION * width : width;
    const struct vg_norm_then join = { .relu = true, .residual = shortcut(g, x, channels, stride) };

    if (!bottleneck) {
        x = conv_norm(g, x, 1, width, 3, stride, relu);
        return conv_norm(g, x, 2, channels, 3, 1, join);
    }
    x = conv_norm(g, x, 1, width, 1, 1, relu);
    x = conv_norm(g, x, 2, width, 3, stride, relu);
    return conv_norm(g, x, 3, channels, 1, 1, join);
}

struct vg_tensor *vg_resnet(struct vg_graph *g, struct vg_tensor *x, enum vg_resnet_arch arch,
                            int width)
{
    x = vg_conv_layer(g, x, "conv1", width, 7, 2, 3);
    x = vg_batchnorm_layer(g, x, "bn1", (struct vg_norm_then) { .relu = true });
    x = vg_maxpool(g, x, &(struct vg_maxpool_opts) { .kernel = 3, .stride = 2, .pad = 1 });
    for (int stage = 0; stage < STAGES; stage++)
        for (int i = 0; i < archs[arch].blocks[stage]; i++) {
            vg_scope_push(g, "layer%d.%d", stage + 1, i);
            x = block(g, x, archs[arch].bottleneck, width << stage, stage > 0 && i == 0 ? 2 : 1);
            vg_scope_pop(g);
        }
    return x;
}

int64_t vg_resnet_channels(enum vg_resnet_arch arch, int width)
{
    return ((int64_t) width << (STAGES - 1)) * (archs[arch].bottleneck ? EXPANSION : 1);
}
