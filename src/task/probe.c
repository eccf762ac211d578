#include "task/probe.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "graph/grad.h"
#include "graph/run.h"
#include "net/layer.h"
#include "op/crossentropy.h"
#include "task/lbfgs.h"

const double vg_probe_decays[VG_PROBE_DECAYS] = { 1, 0.1, 0.01, 0.001, 0.0001 };

void vg_rows_init(struct vg_rows *r, int64_t count, int64_t width)
{
    *r = (struct vg_rows) { count, width, vg_alloc(count * width, sizeof *r->x),
                            vg_alloc(count, sizeof *r->label) };
}

void vg_rows_finish(struct vg_rows *r)
{
    free(r->x);
    free(r->label);
    *r = (struct vg_rows) { 0 };
}

// ---- standardised features ----------------------------------------------------------------------

static void measure(struct vg_probe *p, const struct vg_rows *r)
{
    double *square = vg_alloc(r->width, sizeof *square);
    for (int64_t i = 0; i < r->count; i++)
        for (int64_t c = 0; c < r->width; c++)
            p->mean[c] += r->x[i * r->width + c] / (double) r->count;
    for (int64_t i = 0; i < r->count; i++)
        for (int64_t c = 0; c < r->width; c++) {
            const double d = r->x[i * r->width + c] - p->mean[c];
            square[c] += d * d / (double) r->count;
        }
    // A deviation within the rounding of the mean is none.
    for (int64_t c = 0; c < r->width; c++) {
        const double deviation = sqrt(square[c]);
        p->scale[c] = deviation > 1e-6 * fabs(p->mean[c]) ? 1 / deviation : 0;
    }
    free(square);
}

static float *standardised(const struct vg_probe *p, const struct vg_rows *r)
{
    float *x = vg_alloc(r->count * r->width, sizeof *x);
    for (int64_t i = 0; i < r->count; i++)
        for (int64_t c = 0; c < r->width; c++) {
            const int64_t at = i * r->width + c;
            x[at] = (float) ((r->x[at] - p->mean[c]) * p->scale[c]);
        }
    return x;
}

// ---- the classifier on a device -----------------------------------------------------------------

struct model {
    struct vg_graph *graph;
    struct vg_plan *plan;
    struct vg_tensor *x, *label, *weight, *bias, *logits, *loss;
    int64_t weights;   // of the matrix
    int classes;
    double decay;
    float *buffer;   // weights and biases as the device has them
    struct vg_probe *probe;
    const struct vg_task_watch *watch;
};

static void build(struct model *m, const struct vg_rows *r, bool training)
{
    struct vg_graph *g = m->graph;
    const struct vg_linear_opts o = { .weight = vg_init_const(0), .bias = vg_init_const(0) };
    m->x = vg_input(g, "x", 2, (int64_t[]) { r->count, r->width });
    m->logits = vg_keep(g, vg_linear_layer(g, m->x, "fc", m->classes, &o), "logits");
    if (!training)
        return;
    m->label = vg_input_i32(g, "label", 1, &r->count);
    m->loss = vg_keep(g, vg_crossentropy(g, m->logits, m->label), "loss");
    vg_graph_backward(g, m->loss);
}

static void model_finish(struct model *m)
{
    vg_plan_destroy(&m->plan);
    vg_graph_destroy(&m->graph);
    free(m->buffer);
}

static int model_init(struct model *m, struct vg_dev *dev, const struct vg_probe *p,
                      const struct vg_rows *r, bool training)
{
    int rc = VG_OK;
    float *x = NULL;
    *m = (struct model) { .classes = p->classes, .weights = p->classes * p->width };
    m->graph = vg_graph_create(0);
    m->buffer = vg_alloc(m->weights + m->classes, sizeof *m->buffer);
    build(m, r, training);
    VG_TRY(vg_plan_create(&m->plan, m->graph, dev));
    m->weight = vg_graph_find(m->graph, "fc.weight");
    m->bias = vg_graph_find(m->graph, "fc.bias");
    x = standardised(p, r);
    VG_TRY(vg_plan_write(m->plan, m->x, x));
    if (training)
        VG_TRY(vg_plan_write(m->plan, m->label, r->label));
out:
    free(x);
    return rc;
}

static int run_with(struct model *m, const double *weight)
{
    int rc = VG_OK;
    for (int64_t i = 0; i < m->weights + m->classes; i++)
        m->buffer[i] = (float) weight[i];
    VG_TRY(vg_plan_write(m->plan, m->weight, m->buffer));
    VG_TRY(vg_plan_write(m->plan, m->bias, m->buffer + m->weights));
    VG_TRY(vg_run(m->plan));
out:
    return rc;
}

// Loss and gradient at a point; the decay is added here.
static int objective(void *arg, const double *weight, double *f, double *gradient)
{
    int rc = VG_OK;
    struct model *m = arg;
    float loss;
    VG_TRY(run_with(m, weight));
    VG_TRY(vg_plan_read(m->plan, m->loss, &loss));
    VG_TRY(vg_plan_read(m->plan, m->weight->grad_slot, m->buffer));
    VG_TRY(vg_plan_read(m->plan, m->bias->grad_slot, m->buffer + m->weights));
    *f = loss;
    for (int64_t i = 0; i < m->weights + m->classes; i++)
        gradient[i] = m->buffer[i];
    for (int64_t i = 0; i < m->weights; i++) {
        *f += 0.5 * m->decay * weight[i] * weight[i];
        gradient[i] += m->decay * weight[i];
    }
out:
    return rc;
}

static int after(void *arg, int iteration, double f)
{
    struct model *m = arg;
    struct vg_probe *p = m->probe;
    p->loss = vg_grow(p->loss, p->steps + 1, sizeof *p->loss);
    p->loss[p->steps++] = f;
    vg_task_tell(m->watch, "probe", p->steps, 0, f);
    return vg_task_interrupted(m->watch);
}

// ---- training -----------------------------------------------------------------------------------

static int score_with(struct model *m, const double *weight, const struct vg_rows *r,
                      struct vg_score *s)
{
    int rc = VG_OK;
    float *logits = vg_alloc(r->count * m->classes, sizeof *logits);
    VG_TRY(run_with(m, weight));
    VG_TRY(vg_plan_read(m->plan, m->logits, logits));
    vg_score_of(s, m->classes, r->count, logits, r->label);
out:
    free(logits);
    return rc;
}

static int minimise(struct model *m, int iterations, double *weight, bool *converged)
{
    struct vg_lbfgs_result r;
    const struct vg_lbfgs_opts o = { .n = m->weights + m->classes,
                                     .iterations = iterations ? iterations : 300,
                                     .tolerance = 1e-4,
                                     .objective = objective,
                                     .arg = m,
                                     .after = after };
    const int rc = vg_lbfgs(&o, weight, &r);
    *converged = r.converged;
    return rc;
}

static void take_best(struct vg_probe *p, const double *weight, double decay, bool converged)
{
    memcpy(p->weight, weight, (p->width + 1) * p->classes * sizeof *weight);
    p->decay = decay;
    p->converged = converged;
}

static int train_with_chosen(struct vg_probe *p, const struct vg_probe_opts *o, struct model *train,
                             struct model *val, const struct vg_rows *val_rows)
{
    int rc = VG_OK;
    bool converged;
    double *weight = vg_alloc((p->width + 1) * p->classes, sizeof *weight), best = -1;
    for (int i = 0; i < VG_PROBE_DECAYS; i++) {
        struct vg_score s;
        train->decay = vg_probe_decays[i];
        VG_TRY(minimise(train, o->iterations, weight, &converged));
        VG_TRY(score_with(val, weight, val_rows, &s));
        if (vg_score_accuracy(&s) > best) {
            best = vg_score_accuracy(&s);
            p->val = s;
            take_best(p, weight, train->decay, converged);
        }
    }
out:
    free(weight);
    return rc;
}

static struct vg_probe *probe_make(int classes, int64_t width)
{
    struct vg_probe *p = vg_alloc(1, sizeof *p);
    p->classes = classes;
    p->width = width;
    p->weight = vg_alloc((width + 1) * classes, sizeof *p->weight);
    p->mean = vg_alloc(width, sizeof *p->mean);
    p->scale = vg_alloc(width, sizeof *p->scale);
    return p;
}

static int check_rows(const struct vg_rows *train, const struct vg_rows *val, double decay)
{
    if (train->count < 1)
        return vg_fail(VG_ERR_VALUE, "probe: no training images");
    if (decay < 0 && (!val || val->count < 1))
        return vg_fail(VG_ERR_VALUE, "probe: no validation images to choose the decay with");
    return VG_OK;
}

int vg_probe_train(struct vg_probe **out, struct vg_dev *dev, const struct vg_probe_opts *o,
                   const struct vg_rows *train_rows, const struct vg_rows *val_rows)
{
    int rc = VG_OK;
    struct model train = { 0 }, val = { 0 };
    struct vg_probe *p = probe_make(o->classes, train_rows->width);
    *out = NULL;
    VG_TRY(check_rows(train_rows, val_rows, o->decay));
    measure(p, train_rows);
    VG_TRY(model_init(&train, dev, p, train_rows, true));
    train.probe = p;
    train.watch = o->watch;
    p->planned_bytes = vg_memory_total(vg_plan_memory(train.plan));
    vg_task_tell_plan(o->watch, "probe", train.plan);
    if (o->decay >= 0) {
        train.decay = p->decay = o->decay;
        VG_TRY(minimise(&train, o->iterations, p->weight, &p->converged));
    } else {
        VG_TRY(model_init(&val, dev, p, val_rows, false));
        VG_TRY(train_with_chosen(p, o, &train, &val, val_rows));
    }
    *out = p;
    p = NULL;
out:
    model_finish(&train);
    model_finish(&val);
    vg_probe_destroy(&p);
    return rc;
}

void vg_probe_destroy(struct vg_probe **p)
{
    if (!*p)
        return;
    free((*p)->weight);
    free((*p)->mean);
    free((*p)->scale);
    free((*p)->loss);
    free(*p);
    *p = NULL;
}

int vg_probe_score(const struct vg_probe *p, struct vg_dev *dev, const struct vg_rows *rows,
                   struct vg_score *s)
{
    int rc = VG_OK;
    struct model m;
    assert(rows->width == p->width);
    VG_TRY(model_init(&m, dev, p, rows, false));
    VG_TRY(score_with(&m, p->weight, rows, s));
out:
    model_finish(&m);
    return rc;
}
