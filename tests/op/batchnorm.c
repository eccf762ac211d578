#include <math.h>

#include "op/batchnorm.h"
#include "tests/oracle.h"

struct channel {
    struct trial *t;
    int64_t rows, cols, c;
    double mean, inv, gamma, beta;
};

// Mean and unbiased variance of a column; returns the biased one.
static double statistics(struct channel *h, const double *x, double *unbiased)
{
    double square = 0;
    h->mean = 0;
    for (int64_t r = 0; r < h->rows; r++)
        h->mean += x[r * h->cols + h->c] / (double) h->rows;
    for (int64_t r = 0; r < h->rows; r++)
        square += pow(x[r * h->cols + h->c] - h->mean, 2);
    *unbiased = square / (double) (h->rows - 1);
    return square / (double) h->rows;
}

// Mean and inv of the channel, and the states behind the step.
static void prepare(struct channel *h)
{
    const double m = trial_number(h->t, "momentum", 0.1f), eps = trial_number(h->t, "eps", 1e-5f);
    const bool eval = trial_number(h->t, "eval", 0) != 0;
    const double old_mean = trial_in(h->t, "running_mean")->v[h->c];
    const double old_var = trial_in(h->t, "running_var")->v[h->c];
    double *new_mean = &trial_out(h->t, "running_mean")->v[h->c];
    double *new_var = &trial_out(h->t, "running_var")->v[h->c], var = old_var, unbiased;

    if (eval) {
        h->mean = *new_mean = old_mean;
        *new_var = old_var;
    } else {
        var = statistics(h, trial_in(h->t, "x")->v, &unbiased);
        *new_mean = (1 - m) * old_mean + m * h->mean;
        *new_var = (1 - m) * old_var + m * unbiased;
    }
    h->inv = 1 / sqrt(var + eps);
    h->gamma = trial_has(h->t, "gamma") ? trial_in(h->t, "gamma")->v[h->c] : 1;
    h->beta = trial_has(h->t, "beta") ? trial_in(h->t, "beta")->v[h->c] : 0;
}

static void forward(const struct channel *h)
{
    const struct array *x = trial_in(h->t, "x"), *y = trial_out(h->t, "y");
    const bool residual = trial_has(h->t, "residual"), relu = trial_number(h->t, "relu", 0) != 0;
    for (int64_t r = 0; r < h->rows; r++) {
        const int64_t i = r * h->cols + h->c;
        double v = h->gamma * (x->v[i] - h->mean) * h->inv + h->beta;
        v += residual ? trial_in(h->t, "residual")->v[i] : 0;
        y->v[i] = relu ? fmax(v, 0) : v;
    }
}

// The gradient that passes the rectifier.
static double passed(const struct channel *h, int64_t i)
{
    const bool relu = trial_number(h->t, "relu", 0) != 0;
    return relu && trial_out(h->t, "y")->v[i] <= 0 ? 0 : h->t->dy.v[i];
}

static void backward(const struct channel *h)
{
    const struct array *x = trial_in(h->t, "x");
    struct array *dx = trial_din(h->t, "x");
    const double over = trial_number(h->t, "eval", 0) != 0 ? 0 : 1 / (double) h->rows;
    double sum = 0, along = 0;
    for (int64_t r = 0; r < h->rows; r++) {
        const int64_t i = r * h->cols + h->c;
        sum += passed(h, i);
        along += passed(h, i) * (x->v[i] - h->mean) * h->inv;
    }
    for (int64_t r = 0; r < h->rows; r++) {
        const int64_t i = r * h->cols + h->c;
        const double xhat = (x->v[i] - h->mean) * h->inv;
        dx->v[i] = h->gamma * h->inv * (passed(h, i) - over * (sum + xhat * along));
        // With few rows nearly all of dy is explained away: the terms cancel.
        dx->scale = fmax(dx->scale, fabs(h->gamma * h->inv * passed(h, i)));
        if (trial_has(h->t, "residual"))
            trial_din(h->t, "residual")->v[i] = passed(h, i);
    }
    if (trial_has(h->t, "gamma"))
        trial_din(h->t, "gamma")->v[h->c] = along;
    if (trial_has(h->t, "beta"))
        trial_din(h->t, "beta")->v[h->c] = sum;
}

static void reference(struct trial *t)
{
    static const char *const sums[] = { "gamma", "beta" };
    const struct array *x = trial_in(t, "x");
    struct channel h = { .t = t, .cols = x->dim[x->rank - 1] };
    h.rows = x->elems / h.cols;
    for (h.c = 0; h.c < h.cols; h.c++) {
        prepare(&h);
        forward(&h);
        backward(&h);
    }
    trial_out(t, "count")->v[0] =
        trial_in(t, "count")->v[0] + (trial_number(t, "eval", 0) != 0 ? 0 : 1);

    const double terms = (double) h.rows;
    trial_out(t, "y")->terms = trial_din(t, "x")->terms = terms;
    trial_out(t, "running_mean")->terms = trial_out(t, "running_var")->terms = terms;
    for (int i = 0; i < 2; i++)
        if (trial_has(t, sums[i]))
            trial_din(t, sums[i])->terms = terms;
}

const struct oracle oracle_batchnorm = {
    .op = &vg_op_batchnorm,
    .reference = reference,
    .slopes = {
        "batchnorm x=5x3 gamma=3 beta=3",
        "batchnorm x=2x3x4 relu=1",
        "batchnorm x=7x2 gamma=2 beta=2 residual=7x2 relu=1",
        "batchnorm x=4x3 gamma=3 beta=3 residual=4x3 relu=1 eval=1",
    },
    .refusals = {
        { "batchnorm x=\"\"", "batchnorm: x is a scalar" },
        { "batchnorm x=1x3", "batchnorm: x is [1, 3], wanted two rows or more in training" },
        { "batchnorm x=4x3 gamma=3",
          "batchnorm: beta is missing, wanted gamma and beta or neither" },
        { "batchnorm x=4x3 gamma=2 beta=3", "batchnorm: gamma is [2], wanted [3]" },
        { "batchnorm x=4x3 gamma=3 beta=1x3", "batchnorm: beta is [1, 3], wanted [3]" },
        { "batchnorm x=4x3 states=4", "batchnorm: the running mean is [4], wanted [3]" },
        { "batchnorm x=4x3 residual=2x3", "batchnorm: the residual is [2, 3], wanted [4, 3] as x" },
        { "batchnorm x=4x3 eps=0", "batchnorm: eps is 0, wanted > 0" },
        { "batchnorm x=4x3 momentum=2", "batchnorm: momentum is 2, wanted 0 to 1" },
    },
};
