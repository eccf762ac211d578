#include <string.h>

#include "op/sinkhorn.h"
#include "tests/oracle.h"

// Scales every line of m to the sum `mass`: count lines, n elements each.
static void scale_lines(double *m, int64_t count, int64_t n, int64_t between, int64_t stride,
                        double mass)
{
    for (int64_t l = 0; l < count; l++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += m[l * between + i * stride];
        for (int64_t i = 0; i < n; i++)
            m[l * between + i * stride] *= mass / sum;
    }
}

// The matrix itself is scaled, as the method states it; the device only moves factors.
static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x");
    struct array *y = trial_out(t, "y");
    const int64_t rows = x->dim[0], cols = x->dim[1];
    const int iterations = (int) trial_number(t, "iterations", 3);

    memcpy(y->v, x->v, x->elems * sizeof *x->v);
    scale_lines(y->v, 1, x->elems, 0, 1, 1);
    for (int i = 0; i < iterations; i++) {
        scale_lines(y->v, cols, rows, 1, cols, 1 / (double) cols);
        scale_lines(y->v, rows, cols, cols, 1, 1 / (double) rows);
    }
    for (int64_t i = 0; i < y->elems; i++)
        y->v[i] *= (double) rows;
    y->terms = (double) iterations * (double) (rows + cols);
}

const struct oracle oracle_sinkhorn = {
    .op = &vg_op_sinkhorn,
    .reference = reference,
    .refusals = {
        { "sinkhorn x=5", "sinkhorn: probs is [5], wanted [R, K] with K at most 256" },
        { "sinkhorn x=5x257", "sinkhorn: probs is [5, 257], wanted [R, K] with K at most 256" },
        { "sinkhorn x=5x3 iterations=0", "sinkhorn: 0 iterations, wanted 1 or more" },
    },
};
