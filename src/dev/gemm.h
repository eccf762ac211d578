#pragma once

#include "dev/dev.h"

/**
 * CLBlast's matrix product, to be measured beside ours; the one module that calls CLBlast.
 *
 *     c[m][n] = alpha sum over k of op(a)[m][k] op(b)[k][n] + beta c[m][n]
 *
 * Matrices are packed by rows; op turns a matrix where trans_ says so: a is then stored [k][m], b
 * as [n][k].  It waits until the product is done; *ns, unless NULL, gets the time from before the
 * first of CLBlast's kernels to the end of the last, by events, and so also what the host takes to
 * enqueue them.
 *
 * VG_ERR_UNSUPPORTED in a build without CLBlast.
 */
struct vg_gemm {
    bool trans_a, trans_b;
    size_t m, n, k;
    float alpha, beta;
};

bool vg_gemm_here(void);   // built with CLBlast
int vg_gemm(struct vg_dev *dev, const struct vg_gemm *g, cl_mem a, cl_mem b, cl_mem c, double *ns);
