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

static double median_norm(const struct vg_tensorfile *f, const char *name)
{
    const size_t count = vg_tensorfile_count(f), length = group_length(name);
    double *norms = vg_alloc(count, sizeof *norms);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        if (!strncmp(e->name, name, length))
            norms[n++] = norm_of(e);
    }
    const double median = n ? vg_stats_median(norms, n) : 0;
    free(norms);
    return median;
}

// How far the trace's own float32 is from it; above 0.1 it is zero in exact arithmetic.
static double spread_of(const struct vg_tensorfile *f, const char *name)
{
    char *key = vg_format("spread.%s", name);
    const struct vg_tensorfile_entry *s = vg_tensorfile_find(f, key);
    free(key);
    return s ? vg_dtype_value(s->dtype, s->data, 0) : 0;
}

static double distance(const struct vg_tensorfile_entry *e, const float *got)
{
    double sum = 0;
    for (size_t i = 0; i < e->count; i++) {
        const double d = got[i] - vg_dtype_value(e->dtype, e->data, i);
        sum += d * d;
    }
    return sqrt(sum);
}

struct vg_parity_entry vg_judge(const struct vg_tensorfile *f, const struct vg_tensorfile_entry *e,
                                const float *got)
{
    const double spread = spread_of(f, e->name);
    struct vg_parity_entry p = { .name = e->name, .norm = norm_of(e), .own = spread };
    const bool whole = e->dtype == VG_I64 || e->dtype == VG_I32;
    p.allowed = whole ? 0 : 10 * spread + 1e-5;
    if (spread > 0.1) {
        const double off = spread * p.norm;   // of the float32 replay from the float64 one
        p.norm = median_norm(f, e->name);
        p.own = off == 0 ? 0 : off / p.norm;
        p.allowed = 1e-5;
    }
    const double d = distance(e, got);
    p.error = d == 0 ? 0 : d / p.norm;
    p.passed = p.error <= p.allowed;   // false for a NaN
    return p;
}
