#include "tests/oracle.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "graph/grad.h"
#include "graph/run.h"

#define VG_OP(name) extern const struct oracle oracle_##name;
#include "op_table.h"
#undef VG_OP

const struct oracle *const oracles[] = {
#define VG_OP(name) &oracle_##name,
#include "op_table.h"
#undef VG_OP
    NULL,
};

// ---- arrays -------------------------------------------------------------------------------------

static struct array *by_name(struct array *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(list[i].name, name))
            return &list[i];
    return NULL;
}

static struct array *must(struct array *a, const char *name)
{
    if (!a) {
        fprintf(stderr, "the reference asks for '%s', which the case does not have\n", name);
        abort();
    }
    return a;
}

struct array *trial_in(struct trial *t, const char *name)
{
    return must(by_name(t->in, t->ins, name), name);
}

bool trial_has(const struct trial *t, const char *name)
{
    return by_name((struct array *) t->in, t->ins, name) != NULL;
}

struct array *trial_out(struct trial *t, const char *name)
{
    return must(by_name(t->out, t->outs, name), name);
}

struct array *trial_din(struct trial *t, const char *name)
{
    struct array *a = must(by_name(t->din, t->ins, name), name);
    return a->v ? a : NULL;
}

double trial_number(const struct trial *t, const char *key, double otherwise)
{
    const char *text = vg_line_value(t->c->line, key);
    return text ? atof(text) : otherwise;
}

static struct array array_of(const struct vg_tensor *t, const char *name, bool filled)
{
    struct array a = { .name = name, .rank = t->rank, .elems = vg_elems(t), .terms = 1 };
    memcpy(a.dim, t->dim, sizeof t->dim);
    if (filled) {
        a.v = vg_alloc(a.elems, sizeof *a.v);
        for (int64_t i = 0; i < a.elems; i++)
            a.v[i] = NAN;
    }
    return a;
}

// ---- a trial ------------------------------------------------------------------------------------

static bool is_case_input(const struct vg_tensor *t)
{
    return t->name && !t->base && t->kind == VG_INPUT && !t->data && strcmp(t->name, "step") &&
           strcmp(t->name, "zeros");
}

static void add_in(struct trial *t, struct vg_tensor *x)
{
    const int i = t->ins++;
    t->in_t[i] = x;
    t->in[i] = array_of(x, x->name, true);
    t->din[i] = array_of(x, x->name, x->needs_grad && x->dtype == VG_F32 && x->kind == VG_INPUT);
}

static void add_out(struct trial *t, struct vg_tensor *x, const char *name)
{
    t->out_t[t->outs] = x;
    t->out[t->outs++] = array_of(x, name, true);
}

// Builds the forward tape of a case; false, with the message in v, if the graph refuses it.
static bool trial_begin(struct trial *t, const struct oracle *o, const struct vg_case *c,
                        struct verdict *v)
{
    *t = (struct trial) { .c = c, .g = vg_graph_create(1) };
    *v = (struct verdict) { .passed = true };
    struct vg_tensor *y = o->op->from_case(t->g, c);
    if (vg_graph_status(t->g) != VG_OK) {
        v->passed = false;
        snprintf(v->message, sizeof v->message, "%s", vg_graph_error(t->g));
        return false;
    }
    vg_keep(t->g, y, NULL);
    add_out(t, y, "y");
    t->dy = array_of(y, "dy", true);
    for (int i = 0; i < vg_graph_tensors(t->g); i++) {
        struct vg_tensor *x = vg_graph_tensor(t->g, i);
        const bool state = (x->kind == VG_STATE || x->kind == VG_PARAM) && !x->base;
        if (is_case_input(x) || state)
            add_in(t, x);
        if (state || (x->kind == VG_TEMP && x->name && x->keep && x != y))
            add_out(t, x, x->name);
    }
    return true;
}

static void trial_end(struct trial *t)
{
    for (int i = 0; i < t->ins; i++) {
        free(t->in[i].v);
        free(t->din[i].v);
    }
    for (int i = 0; i < t->outs; i++)
        free(t->out[i].v);
    free(t->dy.v);
    vg_graph_destroy(&t->g);
}

static double drawn(const struct vg_tensor *x, struct vg_rng *r)
{
    if (x->dtype == VG_I32)
        return x->init.scale > 0 ? vg_rng_below(r, (uint32_t) x->init.scale) : 0;
    switch (x->init.how) {
    case VG_INIT_NORMAL: return x->init.scale * vg_rng_gauss(r);
    case VG_INIT_UNIFORM: return vg_rng_range(r, -x->init.scale, x->init.scale);
    case VG_INIT_POSITIVE: return x->init.scale * (1 - vg_rng_next(r));
    default: return x->init.scale;
    }
}

// Numbers that float holds exactly, so that device and reference start from the same.
static void fill(struct trial *t, uint64_t seed)
{
    for (int i = 0; i < t->ins; i++) {
        struct vg_rng r = { .seed = seed, .stream = i + 1 };
        for (int64_t e = 0; e < t->in[i].elems; e++)
            t->in[i].v[e] = (float) drawn(t->in_t[i], &r);
    }
    struct vg_rng r = { .seed = seed, .stream = 1000 };
    for (int64_t e = 0; e < t->dy.elems; e++)
        t->dy.v[e] = (float) vg_rng_gauss(&r);
}

// ---- device against reference -------------------------------------------------------------------

static void *as_device(const struct array *a, enum vg_dtype dtype)
{
    float *f = vg_alloc(a->elems, sizeof *f);
    int32_t *i = (int32_t *) f;
    for (int64_t e = 0; e < a->elems; e++)
        if (dtype == VG_I32)
            i[e] = (int32_t) a->v[e];
        else
            f[e] = (float) a->v[e];
    return f;
}

static int upload(struct vg_plan *p, const struct vg_tensor *x, const struct array *a)
{
    void *data = as_device(a, x->dtype);
    const int rc = vg_plan_write(p, x, data);
    free(data);
    return rc;
}

static void fail(struct verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct verdict *v, const char *format, ...)
{
    va_list args;
    if (v->passed) {
        va_start(args, format);
        vsnprintf(v->message, sizeof v->message, format, args);
        va_end(args);
    }
    v->passed = false;
}

static double largest(const struct array *a)
{
    double top = 0;
    for (int64_t i = 0; i < a->elems; i++)
        top = fmax(top, fabs(a->v[i]));
    return top;
}

static double value_at(const void *data, enum vg_dtype dtype, int64_t i)
{
    return dtype == VG_I32 ? ((const int32_t *) data)[i] : (double) ((const float *) data)[i];
}

static void compare(struct verdict *v, const char *prefix, const struct array *want,
                    const void *got, enum vg_dtype dtype)
{
    const double scale = fmax(want->scale, largest(want));
    const double allowed = 8 * FLT_EPSILON * sqrt(want->terms < 1 ? 1 : want->terms);
    double error = 0;
    for (int64_t i = 0; i < want->elems; i++) {
        if (isnan(want->v[i])) {
            fail(v, "the reference leaves %s%s[%lld] open", prefix, want->name, (long long) i);
            return;
        }
        const double e = fabs(value_at(got, dtype, i) - want->v[i]) / (scale > 0 ? scale : 1);
        error = isnan(e) ? INFINITY : fmax(error, e);
    }
    if (error / allowed > v->error / (v->allowed > 0 ? v->allowed : 1)) {
        v->error = error;
        v->allowed = allowed;
        snprintf(v->worst, sizeof v->worst, "%.8s%.50s", prefix, want->name);
    }
    if (error > allowed)
        fail(v, "%s%s is off by %.3g of its largest value, allowed %.3g", prefix, want->name, error,
             allowed);
}

static int read_and_compare(struct vg_plan *p, const struct vg_tensor *x, const struct array *want,
                            const char *prefix, struct verdict *v)
{
    void *got = vg_alloc(want->elems, sizeof(float));
    const int rc = vg_plan_read(p, x, got);
    if (rc == VG_OK)
        compare(v, prefix, want, got, x->dtype);
    free(got);
    return rc;
}

// All inputs and states as drawn, then one step.
static int run_once(struct trial *t, struct vg_plan *p, const struct vg_tensor *dy)
{
    int rc = VG_OK;
    for (int i = 0; i < t->ins; i++)
        VG_TRY(upload(p, t->in_t[i], &t->in[i]));
    VG_TRY(upload(p, dy, &t->dy));
    VG_TRY(vg_run(p));
    VG_TRY(vg_finish(p));
out:
    return rc;
}

static int collect(struct trial *t, struct vg_plan *p, struct verdict *v)
{
    int rc = VG_OK;
    for (int i = 0; i < t->outs; i++)
        VG_TRY(read_and_compare(p, t->out_t[i], &t->out[i], "", v));
    for (int i = 0; i < t->ins; i++)
        if (t->din[i].v && t->in_t[i]->grad)
            VG_TRY(read_and_compare(p, t->in_t[i]->grad, &t->din[i], "d", v));
out:
    return rc;
}

// The bits of everything that can be read after a step.
static int digest(struct trial *t, struct vg_plan *p, uint64_t *hash)
{
    int rc = VG_OK;
    *hash = 0;
    for (int i = 0; i < t->outs + t->ins; i++) {
        const struct vg_tensor *x = i < t->outs ? t->out_t[i] : t->in_t[i - t->outs]->grad;
        if (!x)
            continue;
        const int64_t n = vg_elems(x);
        uint32_t *bits = vg_alloc(n, sizeof *bits);
        rc = vg_plan_read(p, x, bits);
        for (int64_t e = 0; e < n; e++)
            *hash = vg_rng_mix(*hash, bits[e]);
        free(bits);
        VG_TRY(rc);
    }
out:
    return rc;
}

static int device_side(struct trial *t, struct vg_dev *dev, struct verdict *v)
{
    int rc = VG_OK;
    uint64_t first, second;
    struct vg_plan *p = NULL;
    struct vg_tensor *dy = vg_input(t->g, "dy", t->out_t[0]->rank, t->out_t[0]->dim);

    vg_graph_backward_from(t->g, 1, &t->out_t[0], &dy);
    for (int i = 0; i < t->ins; i++)
        if (t->in_t[i]->grad)
            vg_keep(t->g, t->in_t[i]->grad, NULL);
    VG_TRY(vg_plan_create(&p, t->g, dev));
    VG_TRY(run_once(t, p, dy));
    VG_TRY(collect(t, p, v));
    VG_TRY(digest(t, p, &first));
    VG_TRY(run_once(t, p, dy));
    VG_TRY(digest(t, p, &second));
    if (first != second)
        fail(v, "two runs gave different bits");
out:
    vg_plan_destroy(&p);
    return rc;
}

static void want_gradients(struct trial *t, struct verdict *v)
{
    for (int i = 0; i < t->ins; i++)
        if (t->din[i].v && t->in_t[i]->needs_grad && !t->in_t[i]->grad)
            fail(v, "no gradient reaches %s", t->in[i].name);
}

int oracle_agrees(const struct oracle *o, const struct vg_case *c, struct vg_dev *dev,
                  uint64_t seed, struct verdict *v)
{
    int rc = VG_OK;
    struct trial t;
    if (trial_begin(&t, o, c, v)) {
        fill(&t, seed);
        o->reference(&t);
        rc = device_side(&t, dev, v);
        if (t.out_t[0]->needs_grad)
            want_gradients(&t, v);
    }
    trial_end(&t);
    return rc;
}

// ---- the reference against its own slope --------------------------------------------------------

static double scalar(struct trial *t, const struct oracle *o)
{
    double sum = 0;
    o->reference(t);
    for (int64_t i = 0; i < t->dy.elems; i++)
        sum += t->dy.v[i] * t->out[0].v[i];
    return sum;
}

// Central differences in double: their error is h^2 of the third derivative and eps / h of the
// scalar, both well below 1e-6 of it for smooth functions of unit scale.
static void check_slope(struct trial *t, const struct oracle *o, int input, struct verdict *v)
{
    enum { AT_MOST = 60 };
    const double h = 1e-5;
    struct array *x = &t->in[input];
    const int64_t step = x->elems > AT_MOST ? x->elems / AT_MOST : 1;

    const double value = fabs(scalar(t, o));
    double *dx = vg_alloc(x->elems, sizeof *dx);
    memcpy(dx, t->din[input].v, x->elems * sizeof *dx);
    struct array kept = { .elems = x->elems, .v = dx };
    const double allowed = 1e-6 * (1 + largest(&kept) + value);

    for (int64_t i = 0; i < x->elems; i += step) {
        const double at = x->v[i];
        x->v[i] = at + h;
        const double up = scalar(t, o);
        x->v[i] = at - h;
        const double slope = (up - scalar(t, o)) / (2 * h);
        x->v[i] = at;
        if (!(fabs(slope - dx[i]) <= allowed))
            fail(v, "d%s[%lld] is %.9g, the slope is %.9g", x->name, (long long) i, dx[i], slope);
    }
    free(dx);
}

int oracle_slope(const struct oracle *o, const char *line, struct verdict *v)
{
    int rc = VG_OK;
    struct vg_suite *s = NULL;
    struct trial t;
    VG_TRY(vg_suite_of_text(&s, line));
    const struct vg_case c = vg_case_of(&s->cases[0]);
    if (trial_begin(&t, o, &c, v)) {
        fill(&t, 5);
        for (int i = 0; i < t.ins; i++)
            if (t.din[i].v)
                check_slope(&t, o, i, v);
    }
    trial_end(&t);
out:
    vg_suite_destroy(&s);
    return rc;
}

// ---- refusals -----------------------------------------------------------------------------------

int oracle_refuses(const char *line, const char *message, const struct oracle *o, struct verdict *v)
{
    int rc = VG_OK;
    struct vg_suite *s = NULL;
    struct trial t;
    VG_TRY(vg_suite_of_text(&s, line));
    const struct vg_case c = vg_case_of(&s->cases[0]);
    if (trial_begin(&t, o, &c, v)) {
        fail(v, "accepted, wanted: %s", message);
    } else if (strcmp(v->message, message) != 0) {
        const struct verdict got = *v;
        v->passed = true;
        fail(v, "refused with '%.200s', wanted '%.200s'", got.message, message);
    } else {
        *v = (struct verdict) { .passed = true };
    }
    trial_end(&t);
out:
    vg_suite_destroy(&s);
    return rc;
}
