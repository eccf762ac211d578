#include "task/lbfgs.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct search {
    const struct vg_lbfgs_opts *o;
    struct vg_lbfgs_result *r;
    int64_t n;
    int memory, pairs, next;   // pairs kept, and where the next one goes
    double *s, *y, *rho;       // [memory][n], [memory][n], [memory]
    double *g, *d, *xt, *gt;   // gradient, direction, trial point and its gradient
};

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double largest(int64_t n, const double *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void add_scaled(int64_t n, double scale, const double *a, double *to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += scale * a[i];
}

static int evaluate(struct search *q, const double *x, double *f, double *g)
{
    q->r->evaluations++;
    return q->o->objective(q->o->arg, x, f, g);
}

// d = -H g by the two loops over the pairs, the newest first and then last.
static void find_direction(struct search *q)
{
    const int64_t n = q->n;
    double alpha[64];
    memcpy(q->d, q->g, n * sizeof *q->d);
    for (int k = 0; k < q->pairs; k++) {
        const int i = (q->next - 1 - k + 2 * q->memory) % q->memory;
        alpha[i] = q->rho[i] * dot(n, q->s + i * n, q->d);
        add_scaled(n, -alpha[i], q->y + i * n, q->d);
    }
    const int last = (q->next - 1 + q->memory) % q->memory;
    const double *y = q->y + last * n;
    const double scale =
        q->pairs ? 1 / (q->rho[last] * dot(n, y, y)) : 1 / fmax(1, sqrt(dot(n, q->g, q->g)));
    for (int64_t i = 0; i < n; i++)
        q->d[i] *= scale;
    for (int k = q->pairs - 1; k >= 0; k--) {
        const int i = (q->next - 1 - k + 2 * q->memory) % q->memory;
        add_scaled(n, alpha[i] - q->rho[i] * dot(n, q->y + i * n, q->d), q->s + i * n, q->d);
    }
    for (int64_t i = 0; i < n; i++)
        q->d[i] = -q->d[i];
}

// A pair that would make H lose its positive curvature is left out (rounding, near the end); it has
// overwritten the oldest.
static void keep_pair(struct search *q, const double *x)
{
    const int64_t n = q->n;
    double *s = q->s + q->next * n, *y = q->y + q->next * n;
    for (int64_t i = 0; i < n; i++) {
        s[i] = q->xt[i] - x[i];
        y[i] = q->gt[i] - q->g[i];
    }
    const double sy = dot(n, s, y);
    if (sy <= DBL_EPSILON * dot(n, y, y)) {
        q->pairs -= q->pairs == q->memory;
        return;
    }
    q->rho[q->next] = 1 / sy;
    q->next = (q->next + 1) % q->memory;
    q->pairs = q->pairs < q->memory ? q->pairs + 1 : q->memory;
}

// Moves x along d; *moved is false where no step helps.
static int line_search(struct search *q, double *x, bool *moved)
{
    enum { HALVINGS = 30 };
    int rc = VG_OK;
    const double slope = dot(q->n, q->g, q->d);
    const double slack = 4 * FLT_EPSILON * fabs(q->r->f);
    double t = 1, f;
    *moved = false;
    for (int i = 0; i < HALVINGS && slope < 0; i++, t /= 2) {
        for (int64_t k = 0; k < q->n; k++)
            q->xt[k] = x[k] + t * q->d[k];
        VG_TRY(evaluate(q, q->xt, &f, q->gt));
        if (!(f <= q->r->f + 1e-4 * t * slope + slack))
            continue;
        keep_pair(q, x);
        memcpy(x, q->xt, q->n * sizeof *x);
        memcpy(q->g, q->gt, q->n * sizeof *x);
        q->r->f = f;
        *moved = true;
        break;
    }
out:
    return rc;
}

static int descend(struct search *q, double *x)
{
    int rc = VG_OK;
    bool moved = true;
    struct vg_lbfgs_result *r = q->r;
    VG_TRY(evaluate(q, x, &r->f, q->g));
    r->gradient = largest(q->n, q->g);
    while (!(r->converged = r->gradient <= q->o->tolerance) && moved &&
           r->iterations < q->o->iterations) {
        find_direction(q);
        VG_TRY(line_search(q, x, &moved));
        r->gradient = largest(q->n, q->g);
        r->iterations += moved;
        if (moved && q->o->after)
            VG_TRY(q->o->after(q->o->arg, r->iterations, r->f));
    }
out:
    return rc;
}

int vg_lbfgs(const struct vg_lbfgs_opts *o, double *x, struct vg_lbfgs_result *r)
{
    enum { MEMORY = 10, MOST = 64 };
    *r = (struct vg_lbfgs_result) { 0 };
    struct search q = { .o = o, .r = r, .n = o->n };
    q.memory = o->memory > 0 && o->memory <= MOST ? o->memory : MEMORY;
    q.s = vg_alloc(q.memory * o->n, sizeof *q.s);
    q.y = vg_alloc(q.memory * o->n, sizeof *q.y);
    q.rho = vg_alloc(q.memory, sizeof *q.rho);
    q.g = vg_alloc(4 * o->n, sizeof *q.g);
    q.d = q.g + o->n;
    q.xt = q.d + o->n;
    q.gt = q.xt + o->n;
    const int rc = descend(&q, x);
    free(q.s);
    free(q.y);
    free(q.rho);
    free(q.g);
    return rc;
}
