#include <string.h>

#include "op/conv2d.h"
#include "tests/oracle.h"

static void clear(struct array *a)
{
    if (a)
        memset(a->v, 0, a->elems * sizeof *a->v);
}

// What one tap adds for one pixel of y: `x` and `dx` at its pixel, `w` and `dw` at [o][kh][kw].
static void tap(int64_t ins, const double *x, const double *w, double dy, double *y, double *dx,
                double *dw)
{
    for (int64_t i = 0; i < ins; i++) {
        *y += x[i] * w[i];
        dx[i] += dy * w[i];
        dw[i] += dy * x[i];
    }
}

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *w = trial_in(t, "w");
    struct array *y = trial_out(t, "y"), *dx = trial_din(t, "x"), *dw = trial_din(t, "w");
    const int64_t s = (int64_t) trial_number(t, "stride", 1),
                  p = (int64_t) trial_number(t, "pad", 0);
    const int64_t ins = x->dim[3], outs = w->dim[0], kh = w->dim[1], kw = w->dim[2];
    clear(y), clear(dx), clear(dw);

    for (int64_t at = 0; at < y->elems * kh * kw; at++) {
        const int64_t e = at / (kh * kw), b = at % kw, a = at / kw % kh;
        const int64_t o = e % outs, ow = e / outs % y->dim[2];
        const int64_t oh = e / outs / y->dim[2] % y->dim[1], n = e / outs / y->dim[2] / y->dim[1];
        const int64_t ih = oh * s - p + a, iw = ow * s - p + b;
        if (ih < 0 || ih >= x->dim[1] || iw < 0 || iw >= x->dim[2])
            continue;
        const int64_t from = ((n * x->dim[1] + ih) * x->dim[2] + iw) * ins;
        const int64_t with = ((o * kh + a) * kw + b) * ins;
        tap(ins, x->v + from, w->v + with, t->dy.v[e], y->v + e, dx->v + from, dw->v + with);
    }
    y->terms = (double) (kh * kw * ins);
    dx->terms = (double) (kh * kw * outs);
    dw->terms = (double) (y->elems / outs);
}

const struct oracle oracle_conv2d = {
    .op = &vg_op_conv2d,
    .reference = reference,
    .slopes = { "conv2d x=1x4x5x2 w=3x3x2x2 pad=1", "conv2d x=2x5x4x1 w=2x3x3x1 stride=2 pad=1" },
    .refusals = {
        { "conv2d x=4x4x3 w=2x1x1x3", "conv2d: x is [4, 4, 3], wanted [N, H, W, I]" },
        { "conv2d x=1x4x4x3 w=2x1x1x4", "conv2d: w is [2, 1, 1, 4], wanted [O, KH, KW, 3]" },
        { "conv2d x=1x4x4x3 w=2x3", "conv2d: w is [2, 3], wanted [O, KH, KW, 3]" },
        { "conv2d x=1x4x4x3 w=2x1x1x3 stride=-1", "conv2d: the stride is -1, wanted >= 1" },
        { "conv2d x=1x4x4x3 w=2x1x1x3 pad=-1", "conv2d: the padding is -1, wanted >= 0" },
        { "conv2d x=1x4x4x3 w=2x7x7x3 pad=1",
          "conv2d: w [2, 7, 7, 3] is larger than x [1, 4, 4, 3] padded by 1" },
    },
};
