#include <math.h>
#include <string.h>

#include "op/matmul.h"
#include "tests/oracle.h"

static void clear(struct array *a)
{
    if (a)
        memset(a->v, 0, a->elems * sizeof *a->v);
}

// One matrix of the batch, element (row, col) of op(a) at row * s[0] + col * s[1].
struct operand {
    double *v, *d;
    int64_t s[2];
};

static struct operand operand_of(struct trial *t, const char *name, const char *flag, int64_t at)
{
    struct array *a = trial_in(t, name), *d = trial_din(t, name);
    const int64_t rows = a->dim[a->rank - 2], cols = a->dim[a->rank - 1];
    const bool turned = trial_number(t, flag, 0) != 0;
    return (struct operand) { a->v + at * rows * cols,
                              d->v + at * rows * cols,
                              { turned ? 1 : cols, turned ? cols : 1 } };
}

static double element(const struct operand *a, const struct operand *b, int64_t m, int64_t n,
                      int64_t depth, double alpha, double dy)
{
    double sum = 0;
    for (int64_t k = 0; k < depth; k++) {
        const int64_t i = m * a->s[0] + k * a->s[1], j = k * b->s[0] + n * b->s[1];
        sum += a->v[i] * b->v[j];
        a->d[i] += alpha * dy * b->v[j];
        b->d[j] += alpha * dy * a->v[i];
    }
    return alpha * sum;
}

static void reference(struct trial *t)
{
    struct array *y = trial_out(t, "y"), *da = trial_din(t, "a"), *db = trial_din(t, "b");
    struct array *bias = trial_has(t, "bias") ? trial_in(t, "bias") : NULL;
    struct array *dbias = bias ? trial_din(t, "bias") : NULL;
    const struct array *a = trial_in(t, "a");
    const double alpha = trial_number(t, "alpha", 1);
    const int64_t rows = y->dim[y->rank - 2], cols = y->dim[y->rank - 1];
    const int64_t depth = a->dim[a->rank - 2 + (trial_number(t, "ta", 0) == 0)];
    clear(da), clear(db), clear(dbias);

    for (int64_t e = 0; e < y->elems; e++) {
        const int64_t n = e % cols, m = e / cols % rows, at = e / cols / rows;
        const struct operand x = operand_of(t, "a", "ta", at), z = operand_of(t, "b", "tb", at);
        y->v[e] = element(&x, &z, m, n, depth, alpha, t->dy.v[e]) + (bias ? bias->v[n] : 0);
        if (dbias)
            dbias->v[n] += t->dy.v[e];
    }
    y->terms = (double) (depth + 2);
    da->terms = (double) (cols + 1);
    db->terms = (double) (rows + 1);
    if (dbias)
        dbias->terms = (double) (y->elems / cols);
}

const struct oracle oracle_matmul = {
    .op = &vg_op_matmul,
    .reference = reference,
    .slopes = { "matmul a=2x3 b=3x4 bias=4", "matmul a=2x3x2 b=2x4x3 ta=1 tb=1 alpha=0.5" },
    .refusals = {
        { "matmul a=3 b=3x4", "matmul: a is [3], wanted 2 or 3 dimensions" },
        { "matmul a=2x3x4 b=4x5",
          "matmul: b is [4, 5], wanted as many dimensions and matrices as a [2, 3, 4]" },
        { "matmul a=2x3x4 b=3x4x5",
          "matmul: b is [3, 4, 5], wanted as many dimensions and matrices as a [2, 3, 4]" },
        { "matmul a=2x3 b=4x3", "matmul: b is [4, 3], wanted a depth of 3 as a [2, 3]" },
        { "matmul a=2x3 b=3x4 ta=1 tb=1",
          "matmul: b is [3, 4] transposed, wanted a depth of 2 as a [2, 3] transposed" },
        { "matmul a=2x3 b=3x4 bias=3", "matmul: the bias is [3], wanted [4]" },
    },
};
