#include "net/mask_decoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/layer.h"
#include "op/add.h"
#include "op/attention.h"
#include "op/dropout.h"
#include "op/matmul.h"
#include "op/relu.h"
#include "op/slice.h"

// ---- positions ----------------------------------------------------------------------------------

// The table is float by the method's definition, and training amplifies its last bits, so they are
// those of PyTorch on x86: it evaluates a polynomial of ninth degree in double, which is up to 0.6
// of a float's last place away and rounds one number in twenty otherwise than the true sine.  The
// coefficients are fitted to its values: of 4 million sines and cosines of [0, 6.6), 1 in 85,000
// is another float.
static double sine_polynomial(double x)
{
    const double s = x * x;
    return x + x * s *
                   (-0.16666659551517998 +
                    s * (0.008333066271094626 +
                         s * (-0.00019809604583691286 + s * 2.6057841082349077e-06)));
}

// sin(x + turn pi) of a non-negative x, turn 0 or 1/2.
static float sine(float x, double turn)
{
    const double pi = 3.14159265358979323846;
    const double halves = rint(x / pi + turn);
    const double value = sine_polynomial(x - (halves - turn) * pi);
    return (float) (fmod(halves, 2) == 0 ? value : -value);
}

// Channel i of `half` at coordinate `at` (from 1) of n.
static float encode(int at, int n, int i, int half)
{
    const float two_pi = 6.283185307179586f;
    const float frequency = powf(10000.0f, (float) (2 * (i / 2)) / (float) half);
    const float phase = (float) at / ((float) n + 1e-6f) * two_pi / frequency;
    return sine(phase, i % 2 ? 0.5 : 0);
}

void vg_sine_positions(int height, int width, int dim, float *out)
{
    const int half = dim / 2;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, out += dim)
            for (int i = 0; i < half; i++) {
                out[i] = encode(y + 1, height, i, half);
                out[half + i] = encode(x + 1, width, i, half);
            }
}

static struct vg_tensor *positions(struct vg_graph *g, const struct vg_mask_decoder_opts *o)
{
    const int64_t dim[2] = { (int64_t) o->height * o->width, o->dim };
    float *table = vg_alloc(dim[0] * dim[1], sizeof *table);
    vg_sine_positions(o->height, o->width, o->dim, table);
    struct vg_tensor *t = vg_const(g, "sine_positions", 2, dim, table);
    free(table);
    return t;
}

// ---- attention with a packed in-projection ------------------------------------------------------

// Rows q | k | v of in_proj_weight and in_proj_bias applied to three inputs.  Xavier's bound is
// that of the packed matrix.
static struct vg_tensor *multihead(struct vg_graph *g, const char *name,
                                   struct vg_tensor *const in[3],
                                   const struct vg_mask_decoder_opts *o)
{
    const int64_t d = o->dim, packed[2] = { 3 * d, d };
    struct vg_tensor *part[3];
    vg_scope_push(g, "%s", name);
    struct vg_tensor *w = vg_param(g, "in_proj_weight", 2, packed, vg_init_xavier(d, 3 * d));
    struct vg_tensor *b = vg_param(g, "in_proj_bias", 1, packed, vg_init_const(0));
    for (int i = 0; i < 3; i++)
        part[i] = vg_linear(g, in[i], vg_slice(g, w, 0, i * d, (i + 1) * d),
                            vg_slice(g, b, 0, i * d, (i + 1) * d));
    struct vg_tensor *y = vg_attention(g, part[0], part[1], part[2], o->heads, o->dropout);
    y = vg_linear_layer(g, y, "out_proj", d,
                        &(struct vg_linear_opts) { .weight = vg_init_xavier(d, d) });
    vg_scope_pop(g);
    return y;
}

// ---- the decoder --------------------------------------------------------------------------------

static struct vg_tensor *join(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *y,
                              const char *norm, double dropout)
{
    return vg_layernorm_layer(g, vg_add(g, x, vg_dropout(g, y, dropout)), norm, 1e-5);
}

// The published layers are deep copies, of which only matrices are drawn anew: biases are twins.
static struct vg_init first_layers_bias(const char *decoder, const char *linear, double bound,
                                        struct vg_graph *g)
{
    char name[256];
    snprintf(name, sizeof name, "%s.layers.0.%s.bias", decoder, linear);
    struct vg_init init = vg_init_uniform(bound);
    init.twin = vg_graph_copy(g, name, strlen(name) + 1);
    return init;
}

static struct vg_tensor *feed_forward(struct vg_graph *g, struct vg_tensor *x, const char *decoder,
                                      const struct vg_mask_decoder_opts *o)
{
    const double bound = 1 / sqrt(o->dim);
    struct vg_linear_opts l = { .weight = vg_init_xavier(o->dim, o->dim) };
    l.bias = first_layers_bias(decoder, "linear1", bound, g);
    struct vg_tensor *y = vg_relu(g, vg_linear_layer(g, x, "linear1", o->dim, &l));
    l.bias = first_layers_bias(decoder, "linear2", bound, g);
    return vg_linear_layer(g, vg_dropout(g, y, o->dropout), "linear2", o->dim, &l);
}

static struct vg_tensor *decoder_layer(struct vg_graph *g, struct vg_tensor *x,
                                       struct vg_tensor *query, struct vg_tensor *keys,
                                       struct vg_tensor *memory, const char *decoder,
                                       const struct vg_mask_decoder_opts *o)
{
    struct vg_tensor *q = vg_add(g, x, query);
    struct vg_tensor *y = multihead(g, "self_attn", (struct vg_tensor *[]) { q, q, x }, o);
    x = join(g, x, y, "norm1", o->dropout);
    q = vg_add(g, x, query);
    y = multihead(g, "multihead_attn", (struct vg_tensor *[]) { q, keys, memory }, o);
    x = join(g, x, y, "norm2", o->dropout);
    return join(g, x, feed_forward(g, x, decoder, o), "norm3", o->dropout);
}

static struct vg_tensor *embed_mlp(struct vg_graph *g, struct vg_tensor *x, int dim)
{
    const struct vg_init uniform = vg_init_uniform(1 / sqrt(dim));
    const struct vg_linear_opts l = { .weight = uniform, .bias = uniform };
    vg_scope_push(g, "mask_embed.layers");
    x = vg_relu(g, vg_linear_layer(g, x, "0", dim, &l));
    x = vg_relu(g, vg_linear_layer(g, x, "1", dim, &l));
    x = vg_linear_layer(g, x, "2", dim, &l);
    vg_scope_pop(g);
    return x;
}

struct vg_tensor *vg_mask_decoder(struct vg_graph *g, struct vg_tensor *x,
                                  const struct vg_mask_decoder_opts *o)
{
    const int64_t queries[2] = { o->queries, o->dim }, start[3] = { x->dim[0], o->queries, o->dim };
    struct vg_tensor *memory = vg_linear_layer(
        g, x, "input_proj", o->dim,
        &(struct vg_linear_opts) { .weight = vg_init_uniform(sqrt(3.0 / (double) vg_cols(x))),
                                   .conv = "11" });
    struct vg_tensor *keys = vg_add(g, memory, positions(g, o));
    struct vg_tensor *query = vg_param(g, "query_embed.weight", 2, queries, vg_init_normal(1));
    struct vg_tensor *y = vg_zeros(g, 3, start);

    vg_scope_push(g, "transformer.decoder");
    const char *decoder = vg_graph_scope(g);
    for (int i = 0; i < o->layers; i++) {
        vg_scope_push(g, "layers.%d", i);
        y = decoder_layer(g, y, query, keys, memory, decoder, o);
        vg_scope_pop(g);
    }
    y = vg_layernorm_layer(g, y, "norm", 1e-5);
    vg_scope_pop(g);
    return embed_mlp(g, y, o->dim);
}
