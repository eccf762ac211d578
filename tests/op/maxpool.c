#include <math.h>

#include "op/maxpool.h"
#include "tests/oracle.h"

struct window {
    int64_t n, h, w, c;   // of the output
    int64_t kernel, stride, pad;
};

// Where in x the first largest value of a window is.
static int64_t find(const struct array *x, const struct window *k)
{
    int64_t best = -1;
    for (int64_t i = 0; i < k->kernel; i++)
        for (int64_t j = 0; j < k->kernel; j++) {
            const int64_t r = k->h * k->stride - k->pad + i, c = k->w * k->stride - k->pad + j;
            if (r < 0 || c < 0 || r >= x->dim[1] || c >= x->dim[2])
                continue;
            const int64_t at = ((k->n * x->dim[1] + r) * x->dim[2] + c) * x->dim[3] + k->c;
            if (best < 0 || x->v[at] > x->v[best])
                best = at;
        }
    return best;
}

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x"), *y = trial_out(t, "y");
    struct array *dx = trial_din(t, "x");
    struct window k = { .kernel = (int64_t) trial_number(t, "kernel", 3),
                        .stride = (int64_t) trial_number(t, "stride", 2),
                        .pad = (int64_t) trial_number(t, "pad", 1) };
    for (int64_t i = 0; i < dx->elems; i++)
        dx->v[i] = 0;
    for (int64_t i = 0; i < y->elems; i++) {
        k.c = i % y->dim[3];
        k.w = i / y->dim[3] % y->dim[2];
        k.h = i / y->dim[3] / y->dim[2] % y->dim[1];
        k.n = i / y->dim[3] / y->dim[2] / y->dim[1];
        const int64_t at = find(x, &k);
        y->v[i] = x->v[at];
        dx->v[at] += t->dy.v[i];
    }
    dx->terms = (double) (k.kernel * k.kernel);
}

const struct oracle oracle_maxpool = {
    .op = &vg_op_maxpool,
    .reference = reference,
    .slopes = { "maxpool x=1x5x4x2", "maxpool x=1x4x4x3 kernel=2 stride=1 pad=0" },
    .refusals = {
        { "maxpool x=4x4x3", "maxpool: x is [4, 4, 3], wanted [N, H, W, C]" },
        { "maxpool x=1x4x4x3 stride=0", "maxpool: kernel 3 and stride 0, wanted >= 1" },
        { "maxpool x=1x4x4x3 pad=2", "maxpool: pad is 2, wanted 0 to 1, half the kernel" },
        { "maxpool x=1x2x4x3 pad=0", "maxpool: x is [1, 2, 4, 3], smaller than a window of 3" },
    },
};
