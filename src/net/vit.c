#include "net/vit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/layer.h"
#include "op/add.h"
#include "op/attention.h"
#include "op/concat.h"
#include "op/gelu.h"
#include "op/matmul.h"

static const double norm_eps = 1e-6;

// ---- blocks -------------------------------------------------------------------------------------

static struct vg_tensor *linear(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                int64_t outs)
{
    const struct vg_linear_opts o = { .weight = vg_init_xavier(vg_cols(x), outs) };
    return vg_linear_layer(g, x, name, outs, &o);
}

static struct vg_tensor *block(struct vg_graph *g, struct vg_tensor *x, const struct vg_vit_opts *o)
{
    struct vg_tensor *y = vg_layernorm_layer(g, x, "norm1", norm_eps);
    y = vg_attention_packed(g, linear(g, y, "attn.qkv", 3 * o->dim), o->heads, 0);
    x = vg_add(g, x, linear(g, y, "attn.proj", o->dim));
    y = vg_layernorm_layer(g, x, "norm2", norm_eps);
    y = vg_gelu(g, linear(g, y, "mlp.fc1", o->mlp * o->dim));
    return vg_add(g, x, linear(g, y, "mlp.fc2", o->dim));
}

struct vg_tensor *vg_vit_blocks(struct vg_graph *g, struct vg_tensor *x, const char *name,
                                const struct vg_vit_opts *o, struct vg_tensor **tap)
{
    for (int i = 0; i < o->depth; i++) {
        vg_scope_push(g, "%s.%d", name, i);
        x = block(g, x, o);
        vg_scope_pop(g);
        if (tap)
            tap[i] = x;
    }
    return x;
}

struct vg_tensor *vg_vit_norm(struct vg_graph *g, struct vg_tensor *x, const char *name)
{
    return vg_layernorm_layer(g, x, name, norm_eps);
}

// ---- tokens -------------------------------------------------------------------------------------

struct vg_tensor *vg_vit_embed(struct vg_graph *g, struct vg_tensor *patches, int64_t dim)
{
    const int64_t pixels = vg_cols(patches), side = (int64_t) sqrt((double) pixels / 3 + 0.5);
    const int64_t kernel[4] = { dim, side, side, 3 }, matrix[2] = { dim, pixels };
    vg_scope_push(g, "patch_embed.proj");
    struct vg_tensor *w = vg_param_oihw(g, "weight", kernel, vg_init_xavier(pixels, dim));
    struct vg_tensor *b = vg_param(g, "bias", 1, &dim, vg_init_uniform(1 / sqrt((double) pixels)));
    struct vg_tensor *y = vg_linear(g, patches, vg_reshape(g, w, 2, matrix), b);
    vg_scope_pop(g);
    return y;
}

struct vg_tensor *vg_vit_with_class(struct vg_graph *g, struct vg_tensor *x)
{
    const int64_t dim = vg_cols(x), one[3] = { 1, 1, dim }, all[3] = { x->dim[0], 1, dim };
    struct vg_tensor *token = vg_param(g, "cls_token", 3, one, vg_init_normal(0.02));
    token = vg_add(g, vg_zeros(g, 3, all), vg_reshape(g, token, 1, &dim));
    return vg_concat(g, token, x, 1);
}

// ---- positions ----------------------------------------------------------------------------------

// A half of a row: sines, then cosines, of a column's or a row's number.
static void encode(int64_t half, double at, float *out)
{
    const int64_t n = half / 2;
    for (int64_t i = 0; i < n; i++) {
        const double phase = at * pow(10000, -(double) i / (double) n);
        out[i] = (float) sin(phase);
        out[n + i] = (float) cos(phase);
    }
}

void vg_vit_sincos(int64_t dim, int grid, enum vg_vit_layout layout, float *out)
{
    const int64_t half = dim / 2;
    memset(out, 0, (size_t) dim * sizeof *out);
    out += dim;
    for (int y = 0; y < grid; y++)
        for (int x = 0; x < grid; x++, out += dim) {
            encode(half, layout == VG_VIT_COLUMN_FIRST ? x : y, out);
            encode(half, layout == VG_VIT_COLUMN_FIRST ? y : x, out + half);
        }
}

struct vg_tensor *vg_vit_positions(struct vg_graph *g, const char *name, int64_t dim, int grid,
                                   enum vg_vit_layout layout)
{
    const int64_t shape[3] = { 1, 1 + (int64_t) grid * grid, dim };
    const size_t bytes = (size_t) (shape[1] * dim) * sizeof(float);
    float *table = vg_alloc((size_t) (shape[1] * dim), sizeof *table);
    vg_vit_sincos(dim, grid, layout, table);
    struct vg_tensor *t = vg_state(g, name, 3, shape,
                                   (struct vg_init) { .how = VG_INIT_TABLE,
                                                      .table = vg_graph_copy(g, table, bytes) });
    free(table);
    return vg_reshape(g, t, 2, shape + 1);
}

struct vg_tensor *vg_vit(struct vg_graph *g, struct vg_tensor *patches, const struct vg_vit_opts *o,
                         enum vg_vit_layout layout, struct vg_tensor **tap)
{
    const int grid = (int) sqrt((double) patches->dim[1] + 0.5);
    struct vg_tensor *x = vg_vit_with_class(g, vg_vit_embed(g, patches, o->dim));
    x = vg_add(g, x, vg_vit_positions(g, "pos_embed", o->dim, grid, layout));
    return vg_vit_blocks(g, x, "blocks", o, tap);
}
