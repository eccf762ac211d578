#include "tools/product.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bench/measure.h"
#include "dev/buf.h"
#include "tools/cli.h"

static bool shape(const struct vg_case *c, const char *key, int rank, int64_t *dim)
{
    int got = 0;
    const char *text = vg_line_value(c->line, key);
    const bool good =
        text && vg_parse_dims(c->where, text, VG_MAX_RANK, dim, &got) == VG_OK && got == rank;
    vg_error_clear();
    return good;
}

static bool is_set(const struct vg_case *c, const char *key, const char *unless)
{
    const char *text = vg_line_value(c->line, key);
    return text && strcmp(text, unless) != 0;
}

static bool of_matmul(const struct vg_case *c, struct vg_gemm *g)
{
    int64_t a[VG_MAX_RANK], b[VG_MAX_RANK];
    if (!shape(c, "a", 2, a) || !shape(c, "b", 2, b))
        return false;
    g->trans_a = is_set(c, "ta", "0");
    g->trans_b = is_set(c, "tb", "0");
    g->m = (size_t) a[g->trans_a];
    g->k = (size_t) a[!g->trans_a];
    g->n = (size_t) b[!g->trans_b];
    return a[!g->trans_a] == b[g->trans_b];
}

static bool of_conv2d(const struct vg_case *c, struct vg_gemm *g)
{
    int64_t x[VG_MAX_RANK], w[VG_MAX_RANK];
    if (!shape(c, "x", 4, x) || !shape(c, "w", 4, w) || w[1] != 1 || w[2] != 1 ||
        is_set(c, "stride", "1") || is_set(c, "pad", "0"))
        return false;
    g->trans_b = true;
    g->m = (size_t) (x[0] * x[1] * x[2]);
    g->k = (size_t) x[3];
    g->n = (size_t) w[0];
    return x[3] == w[3];
}

bool product_of(const struct vg_case *c, struct vg_gemm *g)
{
    *g = (struct vg_gemm) { .alpha = 1 };
    if (!strcmp(c->op, "matmul"))
        return of_matmul(c, g);
    return !strcmp(c->op, "conv2d") && of_conv2d(c, g);
}

// ---- timing -------------------------------------------------------------------------------------

struct matrices {
    struct vg_dev *dev;
    const struct vg_gemm *g;
    cl_mem mem[3];
    size_t bytes[3];
};

static int once(void *user, double track_ns[VG_TRACKS])
{
    struct matrices *m = user;
    return vg_gemm(m->dev, m->g, m->mem[0], m->mem[1], m->mem[2], track_ns);
}

static int fill(struct matrices *m, int at, size_t elems)
{
    int rc = VG_OK;
    float *values = NULL;
    m->bytes[at] = elems * sizeof *values;
    VG_TRY(vg_buf_create(m->dev, m->bytes[at], &m->mem[at]));
    values = vg_alloc(elems, sizeof *values);
    for (size_t i = 0; i < elems; i++)
        values[i] = (float) (i % 17) / 16 - 0.5f;
    VG_TRY(vg_buf_write(m->dev, m->mem[at], 0, m->bytes[at], values));
out:
    free(values);
    return rc;
}

int product_time(struct vg_dev *dev, const struct vg_gemm *g, double seconds, double *ns)
{
    int rc = VG_OK;
    struct matrices m = { .dev = dev, .g = g };
    struct vg_samples s = { 0 };
    const struct vg_measure how = { .seconds = seconds, .stop = tools_interrupted };
    VG_TRY(fill(&m, 0, g->m * g->k));
    VG_TRY(fill(&m, 1, g->k * g->n));
    VG_TRY(fill(&m, 2, g->m * g->n));
    VG_TRY(vg_measure(&s, 1, once, &m, &how));
    *ns = vg_summary_of(s.track_ns[0], s.count).median;
out:
    vg_samples_finish(&s);
    for (int i = 0; i < 3; i++)
        vg_buf_destroy(dev, &m.mem[i], m.bytes[i]);
    return rc;
}
