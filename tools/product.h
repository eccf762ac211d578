#pragma once

#include "dev/gemm.h"
#include "graph/case.h"

/**
 * Cases that are one matrix product, so that CLBlast can be timed beside them: matmul of two
 * matrices, and conv2d with a 1x1 kernel, stride 1 and no padding.
 */
bool product_of(const struct vg_case *c, struct vg_gemm *g);

// The median of CLBlast's time on matrices of that size.
int product_time(struct vg_dev *dev, const struct vg_gemm *g, double seconds, double *ns);
