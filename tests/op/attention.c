#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "op/attention.h"
#include "tests/oracle.h"

// One head of one image, as pointers to its first channel; rows are `width` apart.
struct head {
    int64_t queries, keys, width, d, first;   // first: number of its first score
    const double *q, *k, *v, *dy;
    double *y, *dq, *dk, *dv;
};

static double mask(const struct trial *t, double rate, int64_t element)
{
    const float drawn = vg_rng_uniform(vg_graph_seed(t->g), 0, 0, (uint64_t) element);
    return rate > 0 && drawn < (float) rate ? 0 : 1 / (1 - rate);
}

static double dot(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t c = 0; c < n; c++)
        sum += a[c] * b[c];
    return sum;
}

static void add(double *to, double scale, const double *from, int64_t n)
{
    for (int64_t c = 0; c < n; c++)
        to[c] += scale * from[c];
}

static void softmax(double *p, int64_t n)
{
    double top = p[0], sum = 0;
    for (int64_t j = 0; j < n; j++)
        top = fmax(top, p[j]);
    for (int64_t j = 0; j < n; j++)
        sum += p[j] = exp(p[j] - top);
    for (int64_t j = 0; j < n; j++)
        p[j] /= sum;
}

// One query; returns the largest |p (|dp| + |delta|)|, the size of what cancels in ds.
static double query(const struct trial *t, const struct head *h, double rate, int64_t i, double *p,
                    double *dp)
{
    const double scale = 1 / sqrt((double) h->d);
    double *y = h->y + i * h->width, delta = 0, size = 0;
    const double *dy = h->dy + i * h->width, *q = h->q + i * h->width;

    for (int64_t j = 0; j < h->keys; j++)
        p[j] = scale * dot(q, h->k + j * h->width, h->d);
    softmax(p, h->keys);
    for (int64_t j = 0; j < h->keys; j++) {
        const double m = mask(t, rate, h->first + i * h->keys + j);
        add(y, p[j] * m, h->v + j * h->width, h->d);
        add(h->dv + j * h->width, p[j] * m, dy, h->d);
        dp[j] = m * dot(dy, h->v + j * h->width, h->d);
        delta += p[j] * dp[j];
    }
    for (int64_t j = 0; j < h->keys; j++) {
        const double ds = scale * p[j] * (dp[j] - delta);
        add(h->dq + i * h->width, ds, h->k + j * h->width, h->d);
        add(h->dk + j * h->width, ds, q, h->d);
        size = fmax(size, scale * p[j] * (fabs(dp[j]) + fabs(delta)));
    }
    return size;
}

static double top_of(const struct array *a)
{
    double top = 0;
    for (int64_t i = 0; i < a->elems; i++)
        top = fmax(top, fabs(a->v[i]));
    return top;
}

static void reference(struct trial *t)
{
    struct array *q = trial_in(t, "q"), *k = trial_in(t, "k"), *v = trial_in(t, "v");
    struct array *y = trial_out(t, "y"), *dq = trial_din(t, "q"), *dk = trial_din(t, "k"),
                 *dv = trial_din(t, "v");
    const int64_t heads = (int64_t) trial_number(t, "heads", 1), width = q->dim[2];
    const double rate = trial_number(t, "dropout", 0);
    double *p = vg_alloc(k->dim[1], sizeof *p), *dp = vg_alloc(k->dim[1], sizeof *dp), size = 0;
    struct array *made[] = { y, dq, dk, dv };
    for (int i = 0; i < 4; i++)
        memset(made[i]->v, 0, made[i]->elems * sizeof *made[i]->v);

    struct head h = { q->dim[1], k->dim[1], width, width / heads, 0 };
    for (int64_t n = 0; n < q->dim[0] * heads; n++) {
        const int64_t at = n % heads * h.d, a = n / heads * h.queries * width + at,
                      b = n / heads * h.keys * width + at;
        h.first = n * h.queries * h.keys;
        h.q = q->v + a, h.dy = t->dy.v + a, h.y = y->v + a, h.dq = dq->v + a;
        h.k = k->v + b, h.v = v->v + b, h.dk = dk->v + b, h.dv = dv->v + b;
        for (int64_t i = 0; i < h.queries; i++)
            size = fmax(size, query(t, &h, rate, i, p, dp));
    }
    free(p);
    free(dp);

    // A score is a sum of d terms and stands in an exponent; the sums over rows come on top.
    y->terms = dq->terms = (double) (h.d + h.keys + 8);
    dk->terms = dv->terms = (double) (h.d + h.queries + 8);
    dq->scale = size * top_of(k);
    dk->scale = size * top_of(q);
}

const struct oracle oracle_attention = {
    .op = &vg_op_attention,
    .reference = reference,
    .slopes = { "attention q=2x3x4 k=2x2x4 v=2x2x4 heads=2",
                "attention q=1x3x4 k=1x5x4 v=1x5x4 heads=1 dropout=0.4" },
    .refusals = {
        { "attention q=3x4 k=3x4 v=3x4", "attention: q is [3, 4], wanted [N, T, D]" },
        { "attention q=1x3x4 k=2x3x4 v=2x3x4",
          "attention: k is [2, 3, 4], wanted the images and channels of q [1, 3, 4]" },
        { "attention q=1x3x4 k=1x3x6 v=1x3x6",
          "attention: k is [1, 3, 6], wanted the images and channels of q [1, 3, 4]" },
        { "attention q=1x3x4 k=1x3x4 v=1x5x4",
          "attention: v is [1, 5, 4], wanted [1, 3, 4] as k" },
        { "attention q=1x3x4 k=1x3x4 v=1x3x4 heads=3",
          "attention: 4 channels, wanted a multiple of 3 heads" },
        { "attention q=1x3x4 k=1x3x4 v=1x3x4 heads=0",
          "attention: 4 channels, wanted a multiple of 0 heads" },
        { "attention q=1x3x4 k=1x3x4 v=1x3x4 dropout=1",
          "attention: the dropout rate is 1, wanted 0 <= rate < 1" },
        { "attention q=1x65536x4 k=1x65536x4 v=1x65536x4 dropout=0.5",
          "attention: 4294967296 scores with dropout, at most 2^32 can be drawn" },
    },
};
