#include "graph/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/tensorwriter.h"
#include "base/text.h"

// ---- orders -------------------------------------------------------------------------------------

// in [outer][a][b] to out [outer][b][a].
static void swap_inner(int64_t outer, int64_t a, int64_t b, const float *in, float *out)
{
    for (int64_t n = 0; n < outer; n++, in += a * b, out += a * b)
        for (int64_t i = 0; i < a; i++)
            for (int64_t j = 0; j < b; j++)
                out[j * a + i] = in[i * b + j];
}

// A tensor that files hold in another order is [outer][middle][last] here, the last two swapped
// there.
struct order {
    bool swapped;
    int64_t outer, middle, last;
};

static struct order order_of(const struct vg_tensor *t, bool channels_first)
{
    const int64_t outer = t->rank ? t->dim[0] : 1, last = vg_cols(t);
    return (struct order) { (t->file_oihw || channels_first) && t->rank > 1, outer,
                            vg_elems(t) / (outer * last), last };
}

// ---- one tensor ---------------------------------------------------------------------------------

static void as_floats(const struct vg_tensor *t, const void *data, float *out)
{
    const int32_t *i = data;
    const float *f = data;
    for (int64_t e = 0; e < vg_elems(t); e++)
        out[e] = t->dtype == VG_I32 ? (float) i[e] : f[e];
}

int vg_weights_get(struct vg_plan *p, const struct vg_tensor *t, const struct vg_tensor *as,
                   bool channels_first, float *out)
{
    int rc = VG_OK;
    const struct order o = order_of(as, channels_first);
    float *data = vg_alloc(vg_elems(t), sizeof *data),
          *plain = vg_alloc(vg_elems(t), sizeof *plain);
    VG_TRY(vg_plan_read(p, t, data));
    as_floats(t, data, plain);
    if (o.swapped)
        swap_inner(o.outer, o.middle, o.last, plain, out);
    else
        memcpy(out, plain, vg_elems(t) * sizeof *out);
out:
    free(data);
    free(plain);
    return rc;
}

static bool same_file_shape(const struct vg_tensor *t, const struct vg_tensorfile_entry *e)
{
    if (e->rank != t->file_rank)
        return false;
    for (int i = 0; i < e->rank; i++)
        if (e->dim[i] != t->file_dim[i])
            return false;
    return true;
}

static void shape_text(struct vg_text *text, int rank, const int64_t *dim)
{
    vg_text_add(text, "[");
    for (int i = 0; i < rank; i++)
        vg_text_add(text, "%s%lld", i ? ", " : "", (long long) dim[i]);
    vg_text_add(text, "]");
}

int vg_weights_check(const struct vg_tensor *t, const struct vg_tensorfile_entry *e)
{
    if (vg_weights_lasting(t) ? same_file_shape(t, e) : (int64_t) e->count == vg_elems(t))
        return VG_OK;
    struct vg_text is = { 0 }, wanted = { 0 };
    shape_text(&is, e->rank, e->dim);
    if (vg_weights_lasting(t))
        shape_text(&wanted, t->file_rank, t->file_dim);
    else
        shape_text(&wanted, t->rank, t->dim);
    const int rc = vg_fail(VG_ERR_SHAPE, "tensor '%s' is %s, the model has %s", e->name,
                           vg_text_string(&is), vg_text_string(&wanted));
    vg_text_finish(&is);
    vg_text_finish(&wanted);
    return rc;
}

int vg_weights_set(struct vg_plan *p, const struct vg_tensor *t, bool channels_first,
                   const struct vg_tensorfile_entry *e)
{
    int rc = VG_OK;
    const struct order o = order_of(t, channels_first);
    float *plain = vg_alloc(vg_elems(t), sizeof *plain),
          *data = vg_alloc(vg_elems(t), sizeof *data);
    VG_TRY(vg_weights_check(t, e));
    VG_TRY(vg_tensorfile_floats(e, plain, e->count));
    if (o.swapped)
        swap_inner(o.outer, o.last, o.middle, plain, data);
    else
        memcpy(data, plain, vg_elems(t) * sizeof *data);
    if (t->dtype == VG_I32)
        for (int64_t i = 0; i < vg_elems(t); i++)
            ((int32_t *) data)[i] = (int32_t) plain[i];
    VG_TRY(vg_plan_write(p, t, data));
out:
    free(plain);
    free(data);
    return rc;
}

// ---- all of them --------------------------------------------------------------------------------

bool vg_weights_lasting(const struct vg_tensor *t)
{
    return (t->kind == VG_PARAM || t->kind == VG_STATE) && !t->base && t->name;
}

// Counters are 64-bit in files.
static void *as_int64(const struct vg_tensor *t, float *values)
{
    int64_t *out = vg_alloc(vg_elems(t), sizeof *out);
    for (int64_t i = 0; i < vg_elems(t); i++)
        out[i] = (int64_t) values[i];
    free(values);
    return out;
}

int vg_weights_save(struct vg_plan *p, const char *path, const struct vg_weights_meta *meta)
{
    int rc = VG_OK;
    const struct vg_graph *g = vg_plan_graph(p);
    const int tensors = vg_graph_tensors(g);
    void **data = vg_alloc(tensors, sizeof *data);
    struct vg_tensorwriter *w = vg_tensorwriter_create();

    for (int i = 0; i < tensors; i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        if (!vg_weights_lasting(t))
            continue;
        data[i] = vg_alloc(vg_elems(t), sizeof(float));
        VG_TRY(vg_weights_get(p, t, t, false, data[i]));
        if (t->dtype == VG_I32)
            data[i] = as_int64(t, data[i]);
        vg_tensorwriter_add(w, t->name, t->dtype == VG_I32 ? VG_I64 : VG_F32, t->file_rank,
                            t->file_dim, data[i]);
    }
    for (; meta && meta->key; meta++)
        vg_tensorwriter_meta(w, meta->key, meta->value);
    VG_TRY(vg_tensorwriter_write(w, path));
out:
    vg_tensorwriter_destroy(&w);
    for (int i = 0; i < tensors; i++)
        free(data[i]);
    free(data);
    return rc;
}

// The entry of the file that belongs to t, or NULL in *e if t is not asked for.
static int entry_of(const struct vg_tensorfile *f, const struct vg_tensor *t, const char *ours,
                    const char *theirs, const struct vg_tensorfile_entry **e)
{
    *e = NULL;
    if (!vg_weights_lasting(t) || strncmp(t->name, ours, strlen(ours)) != 0)
        return VG_OK;
    char *name = vg_format("%s%s", theirs, t->name + strlen(ours));
    int rc = vg_tensorfile_need(f, name, e);
    free(name);
    return rc == VG_OK ? vg_weights_check(t, *e) : rc;
}

int vg_weights_load(struct vg_plan *p, const struct vg_tensorfile *f, const char *ours,
                    const char *theirs)
{
    int rc = VG_OK;
    const struct vg_graph *g = vg_plan_graph(p);
    const struct vg_tensorfile_entry *e;
    for (int write = 0; write < 2; write++)
        for (int i = 0; i < vg_graph_tensors(g); i++) {
            const struct vg_tensor *t = vg_graph_tensor(g, i);
            VG_TRY(entry_of(f, t, ours, theirs, &e));
            if (e && write)
                VG_TRY(vg_weights_set(p, t, false, e));
        }
out:
    return rc;
}

int vg_weights_digest(struct vg_plan *p, char text[65])
{
    int rc = VG_OK;
    const struct vg_graph *g = vg_plan_graph(p);
    void *data = NULL;
    struct vg_sha256 h;
    vg_sha256_init(&h);
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        const struct vg_tensor *t = vg_graph_tensor(g, i);
        if (!vg_weights_lasting(t))
            continue;
        data = vg_grow(data, vg_elems(t), sizeof(float));
        VG_TRY(vg_plan_read(p, t, data));
        vg_sha256_update(&h, t->name, strlen(t->name));
        vg_sha256_update(&h, data, vg_elems(t) * sizeof(float));
    }
    vg_sha256_finish_text(&h, text);
out:
    free(data);
    return rc;
}
