#include <math.h>

#include "op/crossentropy.h"
#include "tests/oracle.h"

static double log_sum_exp(const double *x, double scale, int64_t n)
{
    double top = -INFINITY, sum = 0;
    for (int64_t c = 0; c < n; c++)
        top = fmax(top, scale * x[c]);
    for (int64_t c = 0; c < n; c++)
        sum += exp(scale * x[c] - top);
    return top + log(sum);
}

// What the row's target says of class c: a distribution or the label.
static double wanted(struct trial *t, int64_t row, int64_t cols, int64_t c)
{
    if (trial_has(t, "target"))
        return trial_in(t, "target")->v[row * cols + c];
    return trial_in(t, "labels")->v[row] == (double) c ? 1 : 0;
}

static int64_t first_largest(const double *x, int64_t n)
{
    int64_t best = 0;
    for (int64_t c = 1; c < n; c++)
        if (x[c] > x[best])
            best = c;
    return best;
}

// Adds one row to the loss; returns the size of its terms, which may cancel.
static double row(struct trial *t, int64_t r, int64_t rows, int64_t cols, double *loss)
{
    const double scale = trial_number(t, "scale", 1), *x = trial_in(t, "x")->v + r * cols;
    const double lse = log_sum_exp(x, scale, cols), factor = scale / (double) rows;
    double mass = 0, size = 0, *dx = trial_din(t, "x")->v + r * cols;

    for (int64_t c = 0; c < cols; c++) {
        const double w = wanted(t, r, cols, c);
        mass += w;
        *loss += w * (lse - scale * x[c]) / (double) rows;
        size += fabs(w) * (fabs(lse) + fabs(scale * x[c])) / (double) rows;
    }
    for (int64_t c = 0; c < cols; c++)
        dx[c] = t->dy.v[0] * factor * (exp(scale * x[c] - lse) * mass - wanted(t, r, cols, c));
    return size;
}

static void reference(struct trial *t)
{
    struct array *x = trial_in(t, "x"), *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const int64_t cols = x->dim[x->rank - 1], rows = x->elems / cols;
    double size = 0, hits = 0;

    y->v[0] = 0;
    for (int64_t r = 0; r < rows; r++) {
        size += row(t, r, rows, cols, &y->v[0]);
        if (!trial_has(t, "target"))
            hits += (double) first_largest(x->v + r * cols, cols) == trial_in(t, "labels")->v[r];
    }
    if (!trial_has(t, "target"))
        trial_out(t, "hits")->v[0] = hits;
    // A logit of size s in an exponent is an error of s eps: s eps with s up to 4 scale.
    const double grown = 4 * fmax(1, trial_number(t, "scale", 1));
    y->terms = (double) (rows + cols);
    y->scale = size;
    dx->terms = (double) cols + grown * grown;
    dx->scale = fabs(t->dy.v[0]) * trial_number(t, "scale", 1) / (double) rows;
}

const struct oracle oracle_crossentropy = {
    .op = &vg_op_crossentropy,
    .reference = reference,
    .slopes = { "crossentropy x=3x4 labels=3", "crossentropy x=3x4 target=3x4 scale=2" },
    .refusals = {
        { "crossentropy x=5 labels=1", "crossentropy: the logits are [5], wanted [R, K]" },
        { "crossentropy x=5x7 labels=4",
          "crossentropy: 4 labels, wanted one for each of 5 rows" },
        { "crossentropy x=5x7 target=5x8",
          "crossentropy: the target is [5, 8], wanted [5, 7] as the logits" },
    },
};
