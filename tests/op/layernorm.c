#include <math.h>

#include "op/layernorm.h"
#include "tests/oracle.h"

// What a row of n is normalised with.
struct moments {
    int64_t n;
    double mean, inv;
};

static struct moments moments_of(int64_t n, const double *x, double eps)
{
    struct moments m = { n, 0, 0 };
    double square = 0;
    for (int64_t c = 0; c < n; c++)
        m.mean += x[c] / (double) n;
    for (int64_t c = 0; c < n; c++)
        square += (x[c] - m.mean) * (x[c] - m.mean);
    m.inv = 1 / sqrt(square / (double) n + eps);
    return m;
}

// gamma and beta may be NULL; dgamma and dbeta gather over the rows.
static void forward(const struct moments *m, const double *x, const double *gamma,
                    const double *beta, double *y)
{
    for (int64_t c = 0; c < m->n; c++) {
        const double xhat = (x[c] - m->mean) * m->inv;
        y[c] = gamma ? gamma[c] * xhat + beta[c] : xhat;
    }
}

static void backward(const struct moments *m, const double *x, const double *gamma,
                     const double *dy, struct array *dx, int64_t at)
{
    const double over = 1 / (double) m->n;
    double sum = 0, along = 0;
    for (int64_t c = 0; c < m->n; c++) {
        const double dz = gamma ? gamma[c] * dy[c] : dy[c];
        sum += dz * over;
        along += dz * (x[c] - m->mean) * m->inv * over;
    }
    for (int64_t c = 0; c < m->n; c++) {
        const double dz = gamma ? gamma[c] * dy[c] : dy[c], xhat = (x[c] - m->mean) * m->inv;
        dx->v[at + c] = m->inv * (dz - sum - xhat * along);
        dx->scale = fmax(dx->scale, m->inv * fabs(dz));   // in a short row the terms cancel
    }
}

static void sums(const struct moments *m, const double *x, const double *dy, double *dgamma,
                 double *dbeta)
{
    for (int64_t c = 0; c < m->n; c++) {
        dgamma[c] += dy[c] * (x[c] - m->mean) * m->inv;
        dbeta[c] += dy[c];
    }
}

static void clear(struct array *a, double terms)
{
    for (int64_t i = 0; i < a->elems; i++)
        a->v[i] = 0;
    a->terms = terms;
}

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *dx = trial_din(t, "x"), *y = trial_out(t, "y");
    const int64_t n = x->dim[x->rank - 1];
    const bool affine = trial_has(t, "gamma");
    const double *gamma = affine ? trial_in(t, "gamma")->v : NULL;
    const double *beta = affine ? trial_in(t, "beta")->v : NULL;
    struct array *dgamma = affine ? trial_din(t, "gamma") : NULL;
    struct array *dbeta = affine ? trial_din(t, "beta") : NULL;
    if (affine) {
        clear(dgamma, (double) (n + x->elems / n));
        clear(dbeta, (double) (x->elems / n));
    }
    for (int64_t at = 0; at < x->elems; at += n) {
        const struct moments m = moments_of(n, x->v + at, trial_number(t, "eps", 1e-6f));
        forward(&m, x->v + at, gamma, beta, y->v + at);
        backward(&m, x->v + at, gamma, t->dy.v + at, dx, at);
        if (affine)
            sums(&m, x->v + at, t->dy.v + at, dgamma->v, dbeta->v);
    }
    y->terms = dx->terms = (double) n;
}

const struct oracle oracle_layernorm = {
    .op = &vg_op_layernorm,
    .reference = reference,
    .slopes = { "layernorm x=3x5 gamma=5 beta=5", "layernorm x=2x2x4 eps=0.5" },
    .refusals = {
        { "layernorm x=\"\"", "layernorm: x is a scalar" },
        { "layernorm x=3x5 eps=0", "layernorm: eps is 0, wanted > 0" },
        { "layernorm x=3x5 beta=5",
          "layernorm: gamma is missing, wanted gamma and beta or neither" },
        { "layernorm x=3x5 gamma=3 beta=5", "layernorm: gamma is [3], wanted [5]" },
        { "layernorm x=3x5 gamma=5 beta=1x5", "layernorm: beta is [1, 5], wanted [5]" },
    },
};
