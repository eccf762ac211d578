#include <math.h>

#include "op/cosine_loss.h"
#include "tests/oracle.h"

static double length(const double *x, int64_t n)
{
    double square = 0;
    for (int64_t c = 0; c < n; c++)
        square += x[c] * x[c];
    return sqrt(square);
}

// The gradient of -2 <u(p), u(z)> in p, times each.
static void gradient(int64_t n, double each, const double *p, const double *z, double *dp)
{
    const double eps = 1e-12, size = length(p, n), a = fmax(size, eps), b = fmax(length(z, n), eps);
    double cosine = 0;
    for (int64_t c = 0; c < n; c++)
        cosine += p[c] / a * z[c] / b;
    for (int64_t c = 0; c < n; c++)
        dp[c] = -2 * each * (z[c] / b - (size > eps ? p[c] / a * cosine : 0)) / a;
}

static void reference(struct trial *t)
{
    struct array *p = trial_in(t, "p"), *z = trial_in(t, "z"), *y = trial_out(t, "y");
    struct array *dp = trial_din(t, "p"), *dz = trial_din(t, "z");
    const int64_t cols = p->dim[p->rank - 1], rows = p->elems / cols;
    const double each = t->dy.v[0] / (double) rows;
    double smallest_p = INFINITY, smallest_z = INFINITY;

    y->v[0] = 0;
    for (int64_t at = 0; at < p->elems; at += cols) {
        const double a = fmax(length(p->v + at, cols), 1e-12),
                     b = fmax(length(z->v + at, cols), 1e-12);
        double cosine = 0;
        for (int64_t c = 0; c < cols; c++)
            cosine += p->v[at + c] / a * z->v[at + c] / b;
        y->v[0] += (2 - 2 * cosine) / (double) rows;
        gradient(cols, each, p->v + at, z->v + at, dp->v + at);
        if (dz)
            gradient(cols, each, z->v + at, p->v + at, dz->v + at);
        smallest_p = fmin(smallest_p, a);
        smallest_z = fmin(smallest_z, b);
    }
    y->terms = (double) (rows + cols);
    y->scale = 2;   // the two parts of a row's loss
    dp->terms = (double) cols;
    dp->scale = 2 * fabs(each) / smallest_p;   // unit vectors that cancel, over the length
    if (dz) {
        dz->terms = (double) cols;
        dz->scale = 2 * fabs(each) / smallest_z;
    }
}

const struct oracle oracle_cosine_loss = {
    .op = &vg_op_cosine_loss,
    .reference = reference,
    .slopes = { "cosine_loss p=2x3 z=2x3", "cosine_loss p=3x4 z=3x4 zgrad=0" },
    .refusals = {
        { "cosine_loss p=\"\" z=\"\"", "cosine_loss: p is a scalar" },
        { "cosine_loss p=3x5 z=3x4", "cosine_loss: z is [3, 4], wanted [3, 5] as p" },
    },
};
