#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "op/attention.h"
#include "tests/oracle.h"

// One head of one image, as pointers to its first channel; rows lie apart as said.
struct head {
    int64_t queries, keys, d, first;   // first: number of its first score
    int64_t width, row;                // between rows of y and dy; of q, k, v and their gradients
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
    const double *dy = h->dy + i * h->width, *q = h->q + i * h->row;

    for (int64_t j = 0; j < h->keys; j++)
        p[j] = scale * dot(q, h->k + j * h->row, h->d);
    softmax(p, h->keys);
    for (int64_t j = 0; j < h->keys; j++) {
        const double m = mask(t, rate, h->first + i * h->keys + j);
        add(y, p[j] * m, h->v + j * h->row, h->d);
        add(h->dv + j * h->row, p[j] * m, dy, h->d);
        dp[j] = m * dot(dy, h->v + j * h->row, h->d);
        delta += p[j] * dp[j];
    }
    for (int64_t j = 0; j < h->keys; j++) {
        const double ds = scale * p[j] * (dp[j] - delta);
        add(h->dq + i * h->row, ds, h->k + j * h->row, h->d);
        add(h->dk + j * h->row, ds, q, h->d);
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

// Where a part of packed rows begins, or 0; the same in the gradient.
static int64_t part(bool packed, int which, int64_t width)
{
    return packed ? which * width : 0;
}

static void reference(struct trial *t)
{
    const bool packed = trial_has(t, "qkv");
    const char *const names[] = { packed ? "qkv" : "q", packed ? "qkv" : "k",
                                  packed ? "qkv" : "v" };
    struct array *q = trial_in(t, names[0]), *k = trial_in(t, names[1]), *v = trial_in(t, names[2]);
    struct array *y = trial_out(t, "y"), *dq = trial_din(t, names[0]), *dk = trial_din(t, names[1]),
                 *dv = trial_din(t, names[2]);
    const int64_t heads = (int64_t) trial_number(t, "heads", 1), width = y->dim[2];
    const int64_t row = q->dim[2];
    const double rate = trial_number(t, "dropout", 0);
    double *p = vg_alloc(k->dim[1], sizeof *p), *dp = vg_alloc(k->dim[1], sizeof *dp), size = 0;
    struct array *made[] = { y, dq, dk, dv };
    for (int i = 0; i < 4; i++)
        memset(made[i]->v, 0, made[i]->elems * sizeof *made[i]->v);

    struct head h = { q->dim[1], k->dim[1], width / heads, 0, width, row };
    for (int64_t n = 0; n < q->dim[0] * heads; n++) {
        const int64_t at = n % heads * h.d, a = n / heads * h.queries * width + at;
        const int64_t of_q = n / heads * h.queries * row + at;
        const int64_t of_k = n / heads * h.keys * row + at + part(packed, 1, width);
        const int64_t of_v = n / heads * h.keys * row + at + part(packed, 2, width);
        h.first = n * h.queries * h.keys;
        h.dy = t->dy.v + a, h.y = y->v + a, h.q = q->v + of_q, h.dq = dq->v + of_q;
        h.k = k->v + of_k, h.v = v->v + of_v, h.dk = dk->v + of_k, h.dv = dv->v + of_v;
        for (int64_t i = 0; i < h.queries; i++)
            size = fmax(size, query(t, &h, rate, i, p, dp));
    }
    free(p);
    free(dp);

    // A score is a sum of d terms and stands in an exponent; the sums over rows come on top.
    const double terms_q = (double) (h.d + h.keys + 8), terms_k = (double) (h.d + h.queries + 8);
    y->terms = terms_q;
    dv->terms = dk->terms = terms_k;
    dq->terms = packed ? fmax(terms_q, terms_k) : terms_q;
    dk->scale = size * top_of(q);
    dq->scale = size * top_of(k);
}

const struct oracle oracle_attention = {
    .op = &vg_op_attention,
    .reference = reference,
    .slopes = { "attention q=2x3x4 k=2x2x4 v=2x2x4 heads=2",
                "attention q=1x3x4 k=1x5x4 v=1x5x4 heads=1 dropout=0.4",
                "attention qkv=2x3x12 heads=2" },
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
        { "attention qkv=1x3x8", "attention: 8 packed channels, wanted a multiple of 3" },
        { "attention qkv=1x3x12 heads=3", "attention: 4 channels, wanted a multiple of 3 heads" },
        { "attention q=1x3x4 k=1x3x4 v=1x3x4 dropout=1",
          "attention: the dropout rate is 1, wanted 0 <= rate < 1" },
        { "attention q=1x65536x4 k=1x65536x4 v=1x65536x4 dropout=0.5",
          "attention: 4294967296 scores with dropout, at most 2^32 can be drawn" },
    },
};
