#include "tools/opcase.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "graph/grad.h"

#define VG_OP(name) extern const struct vg_op vg_op_##name;
#include "op_table.h"
#undef VG_OP

const struct vg_op *const opcase_ops[] = {
#define VG_OP(name) &vg_op_##name,
#include "op_table.h"
#undef VG_OP
    NULL,
};

// ---- which --------------------------------------------------------------------------------------

bool opcase_matches(const char *op, const char *pattern)
{
    if (!pattern)
        return true;
    if (!strncmp(pattern, "op/", 3))
        return !strcmp(op, pattern + 3);
    return strstr(op, pattern) != NULL;
}

int opcase_pattern(const char *pattern)
{
    struct vg_text all = { 0 };
    int rc = VG_ERR_USAGE;
    for (int i = 0; opcase_ops[i]; i++) {
        if (opcase_matches(opcase_ops[i]->name, pattern))
            rc = VG_OK;
        vg_text_add(&all, "%s%s", i ? " " : "", opcase_ops[i]->name);
    }
    if (rc != VG_OK)
        vg_fail(rc, "no operator matches '%s', there are: %s", pattern, vg_text_string(&all));
    vg_text_finish(&all);
    return rc;
}

int opcase_suite(struct vg_suite **s, const char *op)
{
    char name[80];
    snprintf(name, sizeof name, "op/%s", op);
    int rc = VG_OK;
    VG_TRY(vg_suite_load(s, name));
    for (int i = 0; i < (*s)->count; i++)
        if (strcmp((*s)->cases[i].line.words[0].key, op) != 0)
            VG_TRY(vg_fail(VG_ERR_USAGE, "%s: a line of '%s' in the suite of %s",
                           (*s)->cases[i].where, (*s)->cases[i].line.words[0].key, op));
out:
    if (rc != VG_OK)
        vg_suite_destroy(s);
    return rc;
}

int64_t opcase_elems(const struct vg_case *c)
{
    int64_t sum = 0;
    for (size_t i = 0; i < c->line->count; i++) {
        const char *value = c->line->words[i].value;
        int64_t dim[VG_MAX_RANK], elems = 1;
        int rank = 0;
        if (!value || !strchr(value, 'x'))
            continue;
        if (vg_parse_dims(c->where, value, VG_MAX_RANK, dim, &rank) != VG_OK) {
            vg_error_clear();   // an attribute's text: no shape
            continue;
        }
        for (int k = 0; k < rank; k++)
            elems *= dim[k];
        sum += elems;
    }
    return sum;
}

// ---- building -----------------------------------------------------------------------------------

static bool is_drawn(const struct vg_tensor *t)
{
    if (t->base)
        return false;
    if (t->kind == VG_STATE || t->kind == VG_PARAM)
        return true;
    return t->kind == VG_INPUT && t->name && !t->data && strcmp(t->name, "step") != 0 &&
           strcmp(t->name, "zeros") != 0;
}

static void add_out(struct opcase *o, struct vg_tensor *t, const char *name)
{
    if (o->outs == OPCASE_MOST)
        return;
    o->out[o->outs] = t;
    o->out_name[o->outs++] = name;
}

static void gather(struct opcase *o, struct vg_tensor *y)
{
    add_out(o, y, "y");
    for (int i = 0; i < vg_graph_tensors(o->g); i++) {
        struct vg_tensor *t = vg_graph_tensor(o->g, i);
        if (is_drawn(t) && o->ins < OPCASE_MOST)
            o->in[o->ins++] = t;
    }
    for (int i = 0; i < o->ins; i++) {
        struct vg_tensor *t = o->in[i];
        if (t->grad) {
            vg_keep(o->g, t->grad, NULL);
            add_out(o, t->grad, vg_graph_copy(o->g, t->name, strlen(t->name) + 1));
        }
    }
    for (int i = 0; i < o->ins; i++)
        if (o->in[i]->kind != VG_INPUT)
            add_out(o, o->in[i], o->in[i]->name);
}

int opcase_create(struct opcase *o, const struct vg_op *op, const struct vg_case *c,
                  struct vg_dev *dev)
{
    int rc = VG_OK;
    *o = (struct opcase) { .g = vg_graph_create(1) };
    struct vg_tensor *y = op->from_case(o->g, c);
    if (vg_graph_status(o->g) == VG_OK) {
        vg_keep(o->g, y, NULL);
        if (y->needs_grad) {
            struct vg_tensor *dy = vg_input(o->g, "dy", y->rank, y->dim);
            dy->init = (struct vg_init) { VG_INIT_NORMAL, 1, NULL };
            vg_graph_backward_from(o->g, 1, &y, &dy);
        }
        gather(o, y);
    }
    VG_TRY(vg_plan_create(&o->plan, o->g, dev));
out:
    if (rc != VG_OK)
        opcase_finish(o);
    return rc;
}

void opcase_finish(struct opcase *o)
{
    vg_plan_destroy(&o->plan);
    vg_graph_destroy(&o->g);
}

static double drawn(const struct vg_tensor *t, struct vg_rng *r)
{
    if (t->dtype == VG_I32)
        return t->init.scale > 0 ? vg_rng_below(r, (uint32_t) t->init.scale) : 0;
    switch (t->init.how) {
    case VG_INIT_NORMAL: return t->init.scale * vg_rng_gauss(r);
    case VG_INIT_UNIFORM: return vg_rng_range(r, -t->init.scale, t->init.scale);
    case VG_INIT_POSITIVE: return t->init.scale * (1 - vg_rng_next(r));
    default: return t->init.scale;
    }
}

// Large tensors repeat a drawn stretch, whose prime length fits no row.
enum { DRAWN_MOST = 65537 };

static void draw_all(const struct vg_tensor *t, struct vg_rng *r, void *values)
{
    const int64_t elems = vg_elems(t), first = elems < DRAWN_MOST ? elems : DRAWN_MOST;
    float *f = values;
    int32_t *n = values;
    for (int64_t e = 0; e < first; e++)
        if (t->dtype == VG_I32)
            n[e] = (int32_t) drawn(t, r);
        else
            f[e] = (float) drawn(t, r);
    for (int64_t e = first; e < elems; e += first)
        memcpy(f + e, f, (size_t) (elems - e < first ? elems - e : first) * sizeof *f);
}

int opcase_fill(struct opcase *o, uint64_t seed)
{
    int rc = VG_OK;
    void *values = NULL;
    for (int i = 0; i < o->ins; i++) {
        const struct vg_tensor *t = o->in[i];
        struct vg_rng r = { .seed = seed, .stream = i + 1 };
        values = vg_grow(values, vg_elems(t), sizeof(float));
        draw_all(t, &r, values);
        VG_TRY(vg_plan_write(o->plan, t, values));
    }
out:
    free(values);
    return rc;
}

// ---- comparing ----------------------------------------------------------------------------------

int opcase_read(struct opcase *o, void *values[OPCASE_MOST])
{
    int rc = VG_OK;
    memset(values, 0, OPCASE_MOST * sizeof *values);
    for (int i = 0; i < o->outs; i++) {
        values[i] = vg_alloc(vg_elems(o->out[i]), vg_dtype_size(o->out[i]->dtype));
        VG_TRY(vg_plan_read(o->plan, o->out[i], values[i]));
    }
out:
    return rc;
}

static const char *gradient_mark(const struct opcase *o, int i)
{
    return o->out[i]->is_grad || o->out[i]->kind == VG_GRAD ? "the gradient of " : "";
}

int opcase_finite(const struct opcase *o, void *const values[OPCASE_MOST])
{
    for (int i = 0; i < o->outs; i++) {
        const float *v = values[i];
        if (o->out[i]->dtype != VG_F32)
            continue;
        for (int64_t e = 0; e < vg_elems(o->out[i]); e++)
            if (!isfinite(v[e]))
                return vg_fail(VG_ERR_VALUE, "%s%s[%lld] is %g", gradient_mark(o, i),
                               o->out_name[i], (long long) e, v[e]);
    }
    return VG_OK;
}

static double most_terms(const struct opcase *o)
{
    double most = 1;
    for (int i = 0; i < vg_graph_nodes(o->g); i++) {
        const struct vg_node *n = vg_graph_node(o->g, i);
        int64_t least = INT64_MAX;
        for (int k = 0; k < n->outs; k++)
            if (n->out[k] && vg_elems(n->out[k]) < least)
                least = vg_elems(n->out[k]);
        if (n->op->cost && least != INT64_MAX)
            most = fmax(most, n->op->cost(n).flops / 2 / (double) least);
    }
    return most;
}

// The largest difference of two tensors as a part of the larger one's largest value.
static double deviation(const struct vg_tensor *t, const void *a, const void *b)
{
    const float *x = a, *y = b;
    double top = 0, worst = 0;
    for (int64_t e = 0; e < vg_elems(t); e++) {
        const double difference = fabs((double) x[e] - y[e]);
        top = fmax(top, fmax(fabs(x[e]), fabs(y[e])));
        worst = isnan(difference) ? INFINITY : fmax(worst, difference);
    }
    return top > 0 ? worst / top : worst;
}

int opcase_same(const struct opcase *o, void *const a[OPCASE_MOST], void *const b[OPCASE_MOST],
                double *worst)
{
    const double allowed = 2 * 8 * FLT_EPSILON * sqrt(most_terms(o));
    if (worst)
        *worst = 0;
    for (int i = 0; i < o->outs; i++) {
        const struct vg_tensor *t = o->out[i];
        if (t->dtype != VG_F32) {
            if (memcmp(a[i], b[i], vg_bytes(t)) != 0)
                return vg_fail(VG_ERR_VALUE, "%s differs from the default parameters' output",
                               o->out_name[i]);
            continue;
        }
        const double off = deviation(t, a[i], b[i]);
        if (worst)
            *worst = fmax(*worst, off / allowed);
        if (off > allowed)
            return vg_fail(VG_ERR_VALUE,
                           "%s%s is off the default parameters' output by %.3g of its largest "
                           "value, allowed %.3g",
                           gradient_mark(o, i), o->out_name[i], off, allowed);
    }
    return VG_OK;
}
