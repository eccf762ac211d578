#include "op/attention.h"

#include <math.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "graph/plan.h"

enum { Q, K, V, STEP };                             // forward takes; packed: all three the same
enum { Y, LSE };                                    // forward makes; LSE [N, heads, Tq]
enum { B_Q, B_K, B_V, B_STEP, B_Y, B_LSE, B_DY };   // backward takes
enum { B_DQ, B_DK, B_DV, B_DELTA };                 // backward makes; DELTA as LSE: <dy, y>

struct attention_attr {
    int heads;
    float rate;
    bool packed;
    int stream;   // backward: the index of the forward node, whose mask is drawn again
};

static const struct vg_source source = {
    .parts = { "common", "rng", "attention", "turn", "attention_tile" },
    .tunables = { { "VARIANT", 1, 2, { 1, 2 } },
                  { "WG", 64, 64, { 8, 16, 32, 64, 128 } },
                  { "ROWS", 1, 1, { 1, 2, 4, 8 } },
                  { "WIDE", 4, 4, { 4, 8 } },
                  { "UNROLL", 2, 2, { 1, 2 } } },
};

// Channels of all heads.
static int64_t width_of(const struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    return n->in[Q]->dim[2] / (a->packed ? 3 : 1);
}

static int check_dropout(struct vg_graph *g, const struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    const double scores =
        (double) n->in[Q]->dim[0] * a->heads * n->in[Q]->dim[1] * n->in[K]->dim[1];

    VG_REQUIRE(g, a->rate >= 0 && a->rate < 1, VG_ERR_VALUE,
               "attention: the dropout rate is %g, wanted 0 <= rate < 1", a->rate);
    VG_REQUIRE(g, a->rate == 0 || scores < 0x1p32, VG_ERR_VALUE,
               "attention: %.0f scores with dropout, at most 2^32 can be drawn", scores);
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    const struct vg_tensor *q = n->in[Q], *k = n->in[K], *v = n->in[V];

    VG_REQUIRE(g, q->rank == 3, VG_ERR_SHAPE, "attention: q is %s, wanted [N, T, D]",
               vg_shape_text(g, q));
    VG_REQUIRE(g, k->rank == 3 && k->dim[0] == q->dim[0] && k->dim[2] == q->dim[2], VG_ERR_SHAPE,
               "attention: k is %s, wanted the images and channels of q %s", vg_shape_text(g, k),
               vg_shape_text(g, q));
    VG_REQUIRE(g, vg_same_shape(v, k), VG_ERR_SHAPE, "attention: v is %s, wanted %s as k",
               vg_shape_text(g, v), vg_shape_text(g, k));
    VG_REQUIRE(g, !a->packed || q->dim[2] % 3 == 0, VG_ERR_SHAPE,
               "attention: %d packed channels, wanted a multiple of 3", (int) q->dim[2]);
    const int64_t width = width_of(n);
    VG_REQUIRE(g, a->heads > 0 && width % a->heads == 0, VG_ERR_SHAPE,
               "attention: %d channels, wanted a multiple of %d heads", (int) width, a->heads);
    if (check_dropout(g, n) != VG_OK)
        return vg_graph_status(g);

    n->out[Y] = vg_temp(g, 3, (int64_t[]) { q->dim[0], q->dim[1], width });
    n->out[LSE] = vg_temp(g, 3, (int64_t[]) { q->dim[0], a->heads, q->dim[1] });
    return VG_OK;
}

static int head_of(const struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    return (int) (width_of(n) / a->heads);
}

static struct vg_arg seed_low(const struct vg_plan *p)
{
    return vg_arg_int((int64_t) (vg_graph_seed(vg_plan_graph(p)) & 0xffffffffu));
}

static struct vg_arg seed_high(const struct vg_plan *p)
{
    return vg_arg_int((int64_t) (vg_graph_seed(vg_plan_graph(p)) >> 32));
}

static size_t row_groups(struct vg_plan *p, const struct vg_node *n, int64_t rows)
{
    enum { TILE = 32 };   // as cl/attention_tile.cl has it
    if (vg_plan_tunable(p, n, "VARIANT") == 1)
        return vg_ceil_div(rows, TILE);
    return vg_ceil_div(rows, (int64_t) vg_plan_tunable(p, n, "WG") * vg_plan_tunable(p, n, "ROWS"));
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    const struct vg_tensor *q = n->in[Q];
    const int head = head_of(n);
    const int64_t queries = q->dim[1], keys = n->in[K]->dim[1];

    return VG_LAUNCH(
        p, n, .kernel = "attention_fwd",
        .groups = { row_groups(p, n, queries), a->heads, q->dim[0] },
        .defines = { { "HEAD", head }, { "DROPOUT", a->rate > 0 }, { "PACKED", a->packed } },
        .args = { vg_arg(q), vg_arg(n->in[K]), vg_arg(n->in[V]), vg_arg(n->out[Y]),
                  vg_arg(n->out[LSE]), vg_arg_int(queries), vg_arg_int(keys), vg_arg_int(a->heads),
                  vg_arg_float((float) (1 / sqrt(head))), vg_arg(n->in[STEP]), seed_low(p),
                  seed_high(p), vg_arg_int(n->index), vg_arg_float(a->rate) });
}

static double scores_of(const struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    return (double) n->in[Q]->dim[0] * a->heads * n->in[Q]->dim[1] * n->in[K]->dim[1];
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, scores_of(n) * (4.0 * head_of(n) + 4));
}

// ---- backward -----------------------------------------------------------------------------------

static int bwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct attention_attr *a = n->attr;
    for (int i = Q; i <= (a->packed ? Q : V); i++)
        if (n->in[i]->needs_grad)
            n->out[i] = vg_temp_like(g, n->in[i]);
    n->out[B_DELTA] = vg_temp_like(g, n->in[B_LSE]);
    return VG_OK;
}

// Where the gradient of q, k or v goes; packed, all in one.
static const struct vg_tensor *gradient_of(const struct vg_node *n, int which)
{
    const struct attention_attr *a = n->attr;
    return n->out[a->packed ? B_DQ : which];
}

// delta and dq by queries, then dk and dv by keys; both kernels take the same arguments.
static int bwd_launch(struct vg_plan *p, const struct vg_node *n, const char *kernel, int64_t rows)
{
    const struct attention_attr *a = n->attr;
    const struct vg_tensor *q = n->in[B_Q], *k = n->in[B_K];
    const int head = head_of(n);

    return VG_LAUNCH(p, n, .kernel = kernel,
                     .groups = { row_groups(p, n, rows), a->heads, q->dim[0] },
                     .defines = { { "HEAD", head },
                                  { "DROPOUT", a->rate > 0 },
                                  { "PACKED", a->packed },
                                  { "HAS_DQ", gradient_of(n, B_DQ) != NULL },
                                  { "HAS_DK", gradient_of(n, B_DK) != NULL },
                                  { "HAS_DV", gradient_of(n, B_DV) != NULL } },
                     .args = { vg_arg(q), vg_arg(k), vg_arg(n->in[B_V]), vg_arg(n->in[B_Y]),
                               vg_arg(n->in[B_LSE]), vg_arg(n->in[B_DY]),
                               vg_arg(gradient_of(n, B_DQ)), vg_arg(gradient_of(n, B_DK)),
                               vg_arg(gradient_of(n, B_DV)), vg_arg(n->out[B_DELTA]),
                               vg_arg_int(q->dim[1]), vg_arg_int(k->dim[1]), vg_arg_int(a->heads),
                               vg_arg_float((float) (1 / sqrt(head))), vg_arg(n->in[B_STEP]),
                               seed_low(p), seed_high(p), vg_arg_int(a->stream),
                               vg_arg_float(a->rate) });
}

static int bwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    VG_TRY(bwd_launch(p, n, "attention_bwd_q", n->in[B_Q]->dim[1]));
    if (gradient_of(n, B_DK) || gradient_of(n, B_DV))
        VG_TRY(bwd_launch(p, n, "attention_bwd_kv", n->in[B_K]->dim[1]));
out:
    return rc;
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return vg_cost_node(n, scores_of(n) * (8.0 * head_of(n) + 6));
}

static const struct vg_op attention_bwd = {
    .name = "attention_bwd",
    .source = &source,
    .infer = bwd_infer,
    .emit = bwd_emit,
    .cost = bwd_cost,
};

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    struct attention_attr attr = *(const struct attention_attr *) n->attr;
    attr.stream = n->index;
    const struct vg_node *b = VG_NODE(g, .op = &attention_bwd,
                                      .in = { n->in[Q], n->in[K], n->in[V], n->in[STEP], n->out[Y],
                                              n->out[LSE], vg_grad_of(g, n->out[Y]) },
                                      VG_ATTR(attr));
    for (int i = Q; i <= (attr.packed ? Q : V); i++)
        if (n->in[i]->needs_grad)
            vg_grad_add(g, n->in[i], b->out[i]);
    return vg_graph_status(g);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    if (vg_case_has(c, "qkv"))
        return vg_attention_packed(g, vg_case_input(g, c, "qkv"),
                                   (int) vg_case_int(g, c, "heads", 1),
                                   vg_case_float(g, c, "dropout", 0));
    struct vg_tensor *q = vg_case_input(g, c, "q");
    struct vg_tensor *k = vg_case_input(g, c, "k");
    struct vg_tensor *v = vg_case_input(g, c, "v");
    return vg_attention(g, q, k, v, (int) vg_case_int(g, c, "heads", 1),
                        vg_case_float(g, c, "dropout", 0));
}

const struct vg_op vg_op_attention = {
    .name = "attention",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

static struct vg_tensor *attend(struct vg_graph *g, struct vg_tensor *q, struct vg_tensor *k,
                                struct vg_tensor *v, struct attention_attr attr)
{
    return VG_NODE(g, .op = &vg_op_attention,
                   .in = { q, k, v, attr.rate > 0 ? vg_step_input(g) : NULL }, VG_ATTR(attr))
        ->out[Y];
}

struct vg_tensor *vg_attention(struct vg_graph *g, struct vg_tensor *q, struct vg_tensor *k,
                               struct vg_tensor *v, int heads, float dropout_rate)
{
    return attend(g, q, k, v, (struct attention_attr) { heads, dropout_rate, false, 0 });
}

struct vg_tensor *vg_attention_packed(struct vg_graph *g, struct vg_tensor *qkv, int heads,
                                      float dropout_rate)
{
    return attend(g, qkv, qkv, qkv, (struct attention_attr) { heads, dropout_rate, true, 0 });
}
