#include <math.h>

#include "op/softmax.h"
#include "tests/oracle.h"

struct line {
    int64_t count, step;
    double scale;
};

static void forward(const struct line *l, const double *x, double *y)
{
    double top = -INFINITY, sum = 0;
    for (int64_t i = 0; i < l->count; i++)
        top = fmax(top, l->scale * x[i * l->step]);
    for (int64_t i = 0; i < l->count; i++)
        sum += exp(l->scale * x[i * l->step] - top);
    for (int64_t i = 0; i < l->count; i++)
        y[i * l->step] = exp(l->scale * x[i * l->step] - top) / sum;
}

static void backward(const struct line *l, const double *y, const double *dy, struct array *dx,
                     int64_t first)
{
    double along = 0;
    for (int64_t i = 0; i < l->count; i++)
        along += dy[i * l->step] * y[i * l->step];
    for (int64_t i = 0; i < l->count; i++) {
        const double each = l->scale * y[i * l->step];
        dx->v[first + i * l->step] = each * (dy[i * l->step] - along);
        dx->scale = fmax(dx->scale, each * fabs(dy[i * l->step]));   // the two may cancel
    }
}

static void reference(struct trial *t)
{
    const struct array *x = trial_in(t, "x");
    struct array *y = trial_out(t, "y"), *dx = trial_din(t, "x");
    const int axis = (int) trial_number(t, "axis", x->rank - 1);
    struct line l = { x->dim[axis], 1, trial_number(t, "scale", 1) };
    for (int i = axis + 1; i < x->rank; i++)
        l.step *= x->dim[i];

    double top = 0;
    for (int64_t i = 0; i < x->elems; i++) {
        top = fmax(top, fabs(x->v[i]));
        if (i / l.step % l.count == 0) {
            forward(&l, x->v + i, y->v + i);
            backward(&l, y->v + i, t->dy.v + i, dx, i);
        }
    }
    // The argument of the exponential is rounded, which moves it by that times its size.
    const double argument = 2 * l.scale * top;
    y->terms = dx->terms = (double) l.count + argument * argument;
}

const struct oracle oracle_softmax = {
    .op = &vg_op_softmax,
    .reference = reference,
    .slopes = { "softmax x=3x5", "softmax x=2x4x3 axis=1 scale=2", "softmax x=4x2 axis=0" },
    .refusals = {
        { "softmax x=3x5 axis=2", "softmax: axis is 2, wanted one of the 2 of x [3, 5]" },
        { "softmax x=3x5 scale=0", "softmax: scale is 0, wanted > 0" },
    },
};
