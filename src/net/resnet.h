#pragma once

#include "graph/graph.h"

/**
 * Residual networks without their average pool and classifier: [N, S, S, 3] to
 * [N, S/32, S/32, channels], under the current scope, named as torchvision names them
 * (conv1, bn1, layer1.0.conv1, ..., layer2.0.downsample.0).
 *
 * Stem 7x7 stride 2, 3x3 max pool stride 2, four stages whose widths double from `width`; the first
 * block of stages 2 to 4 has stride 2 (on its 3x3, "v1.5"); a block whose input differs in shape
 * brings it along by a 1x1 convolution and a norm.
 *
 * Source    He et al., "Deep residual learning for image recognition", CVPR 2016; torchvision.
 */
enum vg_resnet_arch {
    VG_RESNET_TINY,              // basic blocks, one a stage
    VG_RESNET_TINY_BOTTLENECK,   // bottlenecks, one a stage
    VG_RESNET18,
    VG_RESNET34,
    VG_RESNET50,
    VG_RESNET101,
    VG_RESNETS,
};

// Their names in settings and traces, ending with NULL: "tiny", ..., "resnet101".
extern const char *const vg_resnet_names[VG_RESNETS + 1];

struct vg_tensor *vg_resnet(struct vg_graph *g, struct vg_tensor *x, enum vg_resnet_arch arch,
                            int width);

int64_t vg_resnet_channels(enum vg_resnet_arch arch, int width);   // of its output
