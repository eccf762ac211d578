#pragma once

#include "graph/graph.h"

/**
 * Two-dimensional convolution, channels last.
 *
 *     y[n][oh][ow][o] = sum over kh, kw, i of x[n][oh s + kh - p][ow s + kw - p][i] w[o][kh][kw][i]
 *
 * with stride s, padding p (zeros), no dilation, no groups, no bias.
 *
 * Shapes    x [N, H, W, I], w [O, KH, KW, I], y [N, OH, OW, O]; OH = (H + 2 p - KH) / s + 1.
 * Gradient  dx sums dy over the taps that met a pixel, dw sums over pixels, each in a fixed order.
 * Cost      2 N OH OW O KH KW I flops forward, and again for each of dx and dw.
 * Errors    VG_ERR_SHAPE where ranks or channels differ or the kernel is larger than the padded
 *           image; VG_ERR_VALUE if s < 1 or p < 0.
 */
struct vg_conv2d_opts {
    int stride;   // 0 means 1
    int pad;
};

struct vg_tensor *vg_conv2d(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *w,
                            const struct vg_conv2d_opts *o);

extern const struct vg_op vg_op_conv2d;
