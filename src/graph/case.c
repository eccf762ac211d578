#include "graph/case.h"

#include <stdint.h>

struct vg_case vg_case_of(const struct vg_suite_case *c)
{
    return (struct vg_case) { c->where, c->text, c->line.words[0].key, &c->line };
}

bool vg_case_has(const struct vg_case *c, const char *key)
{
    return vg_line_value(c->line, key) != NULL;
}

bool vg_case_marked(const struct vg_case *c, const char *mark)
{
    return vg_line_marked(c->line, mark);
}

// What could not be read is the graph's error: a case is built like any model.
static void poison_with_error(struct vg_graph *g)
{
    vg_graph_poison(g, VG_ERR_USAGE, "%s", vg_error());
    vg_error_clear();
}

// "" is a scalar.
static int shape_of(struct vg_graph *g, const struct vg_case *c, const char *key, int64_t *dim)
{
    int rank = 0;
    const char *value = vg_line_value(c->line, key);
    if (!value)
        vg_graph_poison(g, VG_ERR_USAGE, "%s: %s has no %s=SHAPE", c->where, c->op, key);
    else if (*value && vg_parse_dims(c->where, value, VG_MAX_RANK, dim, &rank) != VG_OK)
        poison_with_error(g);
    return rank;
}

struct vg_tensor *vg_case_input(struct vg_graph *g, const struct vg_case *c, const char *key)
{
    int64_t dim[VG_MAX_RANK];
    const int rank = shape_of(g, c, key, dim);
    struct vg_tensor *t = vg_input(g, key, rank, dim);
    t->needs_grad = true;
    t->init = (struct vg_init) { VG_INIT_NORMAL, 1, NULL };
    return t;
}

struct vg_tensor *vg_case_optional(struct vg_graph *g, const struct vg_case *c, const char *key)
{
    return vg_case_has(c, key) ? vg_case_input(g, c, key) : NULL;
}

struct vg_tensor *vg_case_input_i32(struct vg_graph *g, const struct vg_case *c, const char *key,
                                    int below)
{
    int64_t dim[VG_MAX_RANK];
    const int rank = shape_of(g, c, key, dim);
    struct vg_tensor *t = vg_input_i32(g, key, rank, dim);
    t->init = (struct vg_init) { VG_INIT_UNIFORM, below, NULL };
    return t;
}

int64_t vg_case_int(struct vg_graph *g, const struct vg_case *c, const char *key, int64_t otherwise)
{
    const char *value = vg_line_value(c->line, key);
    if (value && vg_parse_int(c->where, value, INT32_MIN, INT32_MAX, &otherwise) != VG_OK)
        poison_with_error(g);
    return otherwise;
}

float vg_case_float(struct vg_graph *g, const struct vg_case *c, const char *key, float otherwise)
{
    double number = otherwise;
    const char *value = vg_line_value(c->line, key);
    if (value && vg_parse_float(c->where, value, -1e30, 1e30, &number) != VG_OK)
        poison_with_error(g);
    return (float) number;
}
