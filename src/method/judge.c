#include "method/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"

// The group whose median norm a zero is measured against: all gradients, all final values, ...
static size_t group_length(const char *name)
{
    if (!strncmp(name, "final.", 6))
        return 6;
    const char *dot = strchr(name, '.'), *next = dot ? strchr(dot + 1, '.') : NULL;
    return next ? (size_t) (next - name) + 1 : strlen(name);
}

static double norm_of(const struct vg_tensorfile_entry *e)
{
    double sum = 0;
    for (size_t i = 0; i < e->count; i++) {
        const double v = vg_dtype_value(e->dtype, e->data, i);
        sum += v * v;
    }
    return sqrt(sum);
}

static double median_norm(const struct vg_judge *j, const char *name)
{
    const size_t count = vg_tensorfile_count(j->file), length = group_length(name);
    double *norms = vg_alloc(count, sizeof *norms);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(j->file, i);
        if (!strncmp(e->name, name, length))
            norms[n++] = norm_of(e);
    }
    const double median = n ? vg_stats_median(norms, n) : 0;
    free(norms);
    return median;
}

// How far the trace's own float32 is from it; above 0.1 it is zero in exact arithmetic.
static double spread_of(const struct vg_judge *j, const char *name)
{
    char *key = vg_format("spread.%s", name);
    const struct vg_tensorfile_entry *s = vg_tensorfile_find(j->file, key);
    free(key);
    return s ? vg_dtype_value(s->dtype, s->data, 0) : 0;
}

static double allowed_for(double spread)
{
    return 10 * spread + 1e-5;
}

// The first gradient of a final value whose elements it may leave undecided, or NULL.
static const struct vg_tensorfile_entry *deciding(const struct vg_judge *j,
                                                  const struct vg_tensorfile_entry *e)
{
    static const char prefix[] = "final.";
    if (!j->adaptive || strncmp(e->name, prefix, sizeof prefix - 1) != 0)
        return NULL;
    char *name = vg_format("step0.grad.%s", e->name + sizeof prefix - 1);
    const struct vg_tensorfile_entry *g = vg_tensorfile_find(j->file, name);
    free(name);
    return g && g->count == e->count ? g : NULL;
}

// The Euclidean distance over decided elements; one that is not and is too far off makes it
// infinite.
static double distance(const struct vg_judge *j, const struct vg_tensorfile_entry *e,
                       const float *got)
{
    const struct vg_tensorfile_entry *g = deciding(j, e);
    const double rounding = g ? allowed_for(spread_of(j, g->name)) * norm_of(g) /
                                    sqrt((double) (g->count ? g->count : 1))
                              : 0;
    double sum = 0;
    for (size_t i = 0; i < e->count; i++) {
        const double d = got[i] - vg_dtype_value(e->dtype, e->data, i);
        const bool decided = !g || fabs(vg_dtype_value(g->dtype, g->data, i)) >= rounding;
        sum += decided ? d * d : fabs(d) <= j->undecided ? 0 : INFINITY;
    }
    return sqrt(sum);
}

struct vg_parity_entry vg_judge(const struct vg_judge *j, const struct vg_tensorfile_entry *e,
                                const float *got)
{
    const double spread = spread_of(j, e->name);
    struct vg_parity_entry p = { .name = e->name, .norm = norm_of(e), .own = spread };
    const bool whole = e->dtype == VG_I64 || e->dtype == VG_I32;
    p.allowed = whole ? 0 : allowed_for(spread);
    if (spread > 0.1) {
        const double off = spread * p.norm;   // of the float32 replay from the float64 one
        p.norm = median_norm(j, e->name);
        p.own = off == 0 ? 0 : off / p.norm;
        p.allowed = 1e-5;
    }
    const double d = distance(j, e, got);
    p.error = d == 0 ? 0 : d / p.norm;
    p.passed = p.error <= p.allowed;   // false for a NaN
    return p;
}
