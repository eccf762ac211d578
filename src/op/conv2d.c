#include "op/conv2d.h"

#include <string.h>

#include "graph/case.h"
#include "graph/grad.h"
#include "op/conv2d_row.h"
#include "op/tile.h"

enum { X, W, SHARED };          // forward takes; SHARED: PACKED of an earlier use of w
enum { Y, PACKED };             // forward makes; PACKED: w in panels
enum { X_DY, X_W, X_SHARED };   // the data gradient takes
enum { X_DX, X_PACKED };        // and makes
enum { W_X, W_DY };             // the weight gradient takes
enum { W_DW, W_PART };          // and makes; W_PART: sums over parts of the pixels

struct shape {
    int64_t n, h, w, i;            // x
    int64_t o, kh, kw;             // w
    int64_t oh, ow, stride, pad;   // y
};

static const struct vg_source source = {
    .parts = { "common", "tile", "conv2d", "conv2d_row", "conv2d_lanes" },
    .tunables = { VG_TILE_TUNABLES },
};

static struct shape shape_of(const struct vg_tensor *x, const struct vg_tensor *w, int stride,
                             int pad)
{
    struct shape s = { .n = x->dim[0],
                       .h = x->dim[1],
                       .w = x->dim[2],
                       .i = x->dim[3],
                       .o = w->dim[0],
                       .kh = w->dim[1],
                       .kw = w->dim[2],
                       .stride = stride ? stride : 1,
                       .pad = pad };
    s.oh = (s.h + 2 * s.pad - s.kh) / s.stride + 1;
    s.ow = (s.w + 2 * s.pad - s.kw) / s.stride + 1;
    return s;
}

static struct vg_cost cost_of(const struct shape *s)
{
    const double taps = (double) (s->o * s->kh * s->kw * s->i);
    const double in = (double) (s->n * s->h * s->w * s->i),
                 pixels = (double) (s->n * s->oh * s->ow);
    return (struct vg_cost) { 2 * pixels * taps, 4 * (in + taps + pixels * (double) s->o) };
}

// ---- one pass of the kernel that is both forward and data gradient ------------------------------

struct pass {
    const struct vg_tensor *x, *packed, *y;
    int64_t n, grid_h, grid_w;                     // output pixels
    int64_t in_h, in_w, ins, step, in_y0, in_x0;   // where they read
    int64_t taps_h, taps_w;
    int64_t out_h, out_w, outs, out_step, out_y0, out_x0;   // where they are stored
};

// Rows of pixels without neighbours are one long row: no end of a row falls within a tile.
static void flatten(struct pass *c)
{
    const bool same = c->in_h == c->grid_h && c->in_w == c->grid_w && c->out_h == c->grid_h &&
                      c->out_w == c->grid_w;
    if (!same || c->taps_h != 1 || c->taps_w != 1 || c->step != 1 || c->in_y0 || c->in_x0)
        return;
    c->grid_w = c->in_w = c->out_w = c->n * c->grid_h * c->grid_w;
    c->n = c->grid_h = c->in_h = c->out_h = 1;
}

// Few channels out are summed row by row, in one of two ways: sets l's kernel, groups and constants
// and returns the tiles of a group, or 0 where neither suits.
static int64_t divide_rows(struct vg_plan *p, const struct vg_node *n, const struct pass *c,
                           struct vg_launch *l)
{
    const int64_t run = c->taps_w * c->ins, stride = c->step * c->ins;
    const struct vg_lanes v =
        vg_lanes_of(p, n, c->n, c->grid_h, c->grid_w, c->taps_h, c->outs, run, stride);
    const struct vg_row r = vg_row_of(p, n, c->grid_w, c->taps_h, c->outs, run, stride);
    if (v.tiles)
        *l = (struct vg_launch) { .kernel = "conv2d_lanes",
                                  .groups = { v.across, v.parts, (size_t) c->n },
                                  .defines = { { "STRIDE", (int) stride },
                                               { "LANE_VECS", v.vecs } } };
    else if (r.tiles)
        *l = (struct vg_launch) { .kernel = "conv2d_row",
                                  .groups = { vg_ceil_div(c->grid_w, r.pixels * r.tiles),
                                              (size_t) (c->n * c->grid_h) },
                                  .defines = { { "STRIDE", (int) stride },
                                               { "LANES_OUT", r.lanes },
                                               { "ROW_PIXELS", (int) r.pixels } } };
    return v.tiles ? v.tiles : r.tiles;
}

static int pass_emit(struct vg_plan *p, const struct vg_node *n, struct pass c)
{
    const int64_t pixels = c.n * c.grid_h * c.grid_w, run = c.taps_w * c.ins;
    const struct vg_tiles t =
        vg_tiles_of(p, n, pixels, c.outs, c.taps_h * run, c.ins * c.step * c.step);
    struct vg_launch l = { .kernel = "conv2d_fwd",
                           .groups = { (size_t) t.block, t.across, t.blocks } };
    const int64_t tiles = divide_rows(p, n, &c, &l);
    if (!tiles)
        flatten(&c);
    const struct vg_arg args[] = {
        vg_arg(c.x),          vg_arg(c.packed),     vg_arg(c.y),
        vg_arg_int(pixels),   vg_arg_int(c.grid_h), vg_arg_int(c.grid_w),
        vg_arg_int(c.in_h),   vg_arg_int(c.in_w),   vg_arg_int(c.ins),
        vg_arg_int(c.step),   vg_arg_int(c.in_y0),  vg_arg_int(c.in_x0),
        vg_arg_int(c.taps_h), vg_arg_int(run),      vg_arg_int(c.out_h),
        vg_arg_int(c.out_w),  vg_arg_int(c.outs),   vg_arg_int(c.out_step),
        vg_arg_int(c.out_y0), vg_arg_int(c.out_x0), vg_arg_int(tiles ? tiles : t.panels),
    };
    memcpy(l.args, args, sizeof args);
    return vg_plan_launch(p, n, &l);
}

static size_t panels_of(struct vg_plan *p, const struct vg_node *n, int64_t cols)
{
    return vg_ceil_div(cols, 16 * vg_plan_tunable(p, n, "VECS"));
}

// Groups that pack by columns, padded to whole panels.
static size_t columns_of(struct vg_plan *p, const struct vg_node *n, int64_t cols)
{
    const int64_t width = (int64_t) panels_of(p, n, cols) * 16 * vg_plan_tunable(p, n, "VECS");
    return vg_ceil_div(width, vg_plan_tunable(p, n, "WG"));
}

// ---- forward ------------------------------------------------------------------------------------

struct conv2d_attr {
    int stride, pad;
};

static int fwd_check(struct vg_graph *g, const struct vg_tensor *x, const struct vg_tensor *w,
                     const struct conv2d_attr *a)
{
    VG_REQUIRE(g, x->rank == 4, VG_ERR_SHAPE, "conv2d: x is %s, wanted [N, H, W, I]",
               vg_shape_text(g, x));
    VG_REQUIRE(g, w->rank == 4 && w->dim[3] == x->dim[3], VG_ERR_SHAPE,
               "conv2d: w is %s, wanted [O, KH, KW, %lld]", vg_shape_text(g, w),
               (long long) x->dim[3]);
    VG_REQUIRE(g, a->stride >= 0, VG_ERR_VALUE, "conv2d: the stride is %d, wanted >= 1", a->stride);
    VG_REQUIRE(g, a->pad >= 0, VG_ERR_VALUE, "conv2d: the padding is %d, wanted >= 0", a->pad);
    VG_REQUIRE(g, w->dim[1] <= x->dim[1] + 2 * a->pad && w->dim[2] <= x->dim[2] + 2 * a->pad,
               VG_ERR_SHAPE, "conv2d: w %s is larger than x %s padded by %d", vg_shape_text(g, w),
               vg_shape_text(g, x), a->pad);
    return VG_OK;
}

static int fwd_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct conv2d_attr *a = n->attr;
    int rc = VG_OK;
    VG_TRY(fwd_check(g, n->in[X], n->in[W], a));
    const struct shape s = shape_of(n->in[X], n->in[W], a->stride, a->pad);
    n->out[Y] = vg_temp(g, 4, (int64_t[]) { s.n, s.oh, s.ow, s.o });
    if (!n->in[SHARED])
        n->out[PACKED] = vg_temp(g, 1, (int64_t[]) { vg_tile_packed_room(s.kh * s.kw * s.i, s.o) });
out:
    return rc;
}

static int fwd_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct conv2d_attr *a = n->attr;
    const struct shape s = shape_of(n->in[X], n->in[W], a->stride, a->pad);
    const int64_t depth = s.kh * s.kw * s.i;
    int rc = VG_OK;

    if (!n->in[SHARED])
        VG_TRY(VG_LAUNCH(p, n, .kernel = "conv2d_pack_fwd",
                         .groups = { columns_of(p, n, s.o), vg_ceil_div(depth, VG_TILE_PACK) },
                         .args = { vg_arg(n->in[W]), vg_arg(n->out[PACKED]), vg_arg_int(depth),
                                   vg_arg_int(s.o) }));
    VG_TRY(pass_emit(p, n,
                     (struct pass) {
                         .x = n->in[X],
                         .packed = n->in[SHARED] ? n->in[SHARED] : n->out[PACKED],
                         .y = n->out[Y],
                         .n = s.n,
                         .grid_h = s.oh,
                         .grid_w = s.ow,
                         .in_h = s.h,
                         .in_w = s.w,
                         .ins = s.i,
                         .step = s.stride,
                         .in_y0 = -s.pad,
                         .in_x0 = -s.pad,
                         .taps_h = s.kh,
                         .taps_w = s.kw,
                         .out_h = s.oh,
                         .out_w = s.ow,
                         .outs = s.o,
                         .out_step = 1,
                     }));
out:
    return rc;
}

static struct vg_cost fwd_cost(const struct vg_node *n)
{
    const struct conv2d_attr *a = n->attr;
    const struct shape s = shape_of(n->in[X], n->in[W], a->stride, a->pad);
    return cost_of(&s);
}

// ---- data gradient ------------------------------------------------------------------------------

// Along one side: the pixels f, f + stride, ... of x meet the taps first, first - stride, ...
// (`taps` of them) at y's f0, f0 + 1, ... for pixel f, one further for each next pixel.
struct phase {
    int64_t pixels, taps, first, f0;
};

static struct phase phase_of(int64_t f, int64_t length, int64_t kernel, int64_t stride, int64_t pad)
{
    const int64_t least = (f + pad) % stride;
    struct phase ph = { .pixels = (int64_t) vg_ceil_div(length - f, stride) };
    if (least >= kernel)
        return ph;
    ph.taps = (kernel - 1 - least) / stride + 1;
    ph.first = least + (ph.taps - 1) * stride;
    ph.f0 = (f + pad - ph.first) / stride;
    return ph;
}

static int phase_emit(struct vg_plan *p, const struct vg_node *n, int64_t fy, int64_t fx)
{
    const struct shape *s = n->attr;
    struct phase v = phase_of(fy, s->h, s->kh, s->stride, s->pad);
    struct phase h = phase_of(fx, s->w, s->kw, s->stride, s->pad);
    const int64_t depth = v.taps * h.taps * s->o;
    int rc = VG_OK;

    if (v.pixels == 0 || h.pixels == 0)
        return VG_OK;
    if (depth == 0)   // no tap meets this phase: the pass writes zeros
        v.taps = h.taps = 0;
    else if (!n->in[X_SHARED])
        VG_TRY(VG_LAUNCH(p, n, .kernel = "conv2d_pack_bwd_x",
                         .groups = { vg_ceil_div(depth, vg_plan_tunable(p, n, "WG")),
                                     panels_of(p, n, s->i) },
                         .args = { vg_arg(n->in[X_W]), vg_arg(n->out[X_PACKED]), vg_arg_int(s->o),
                                   vg_arg_int(s->kh), vg_arg_int(s->kw), vg_arg_int(s->i),
                                   vg_arg_int(s->stride), vg_arg_int(v.taps), vg_arg_int(h.taps),
                                   vg_arg_int(v.first), vg_arg_int(h.first) }));
    VG_TRY(pass_emit(p, n,
                     (struct pass) {
                         .x = n->in[X_DY],
                         .packed = n->in[X_SHARED] ? n->in[X_SHARED] : n->out[X_PACKED],
                         .y = n->out[X_DX],
                         .n = s->n,
                         .grid_h = v.pixels,
                         .grid_w = h.pixels,
                         .in_h = s->oh,
                         .in_w = s->ow,
                         .ins = s->o,
                         .step = 1,
                         .in_y0 = v.f0,
                         .in_x0 = h.f0,
                         .taps_h = v.taps,
                         .taps_w = h.taps,
                         .out_h = s->h,
                         .out_w = s->w,
                         .outs = s->i,
                         .out_step = s->stride,
                         .out_y0 = fy,
                         .out_x0 = fx,
                     }));
out:
    return rc;
}

static int bwd_x_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct shape *s = n->attr;
    const int64_t taps = (int64_t) (vg_ceil_div(s->kh, s->stride) * vg_ceil_div(s->kw, s->stride));
    n->out[X_DX] = vg_temp(g, 4, (int64_t[]) { s->n, s->h, s->w, s->i });
    if (!n->in[X_SHARED])
        n->out[X_PACKED] = vg_temp(g, 1, (int64_t[]) { vg_tile_packed_room(taps * s->o, s->i) });
    return VG_OK;
}

static int bwd_x_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct shape *s = n->attr;
    int rc = VG_OK;
    for (int64_t fy = 0; fy < s->stride; fy++)
        for (int64_t fx = 0; fx < s->stride; fx++)
            VG_TRY(phase_emit(p, n, fy, fx));
out:
    return rc;
}

static struct vg_cost bwd_cost(const struct vg_node *n)
{
    return cost_of(n->attr);
}

static const struct vg_op conv2d_bwd_x = {
    .name = "conv2d_bwd_x",
    .source = &source,
    .infer = bwd_x_infer,
    .emit = bwd_x_emit,
    .cost = bwd_cost,
};

// ---- weight gradient ----------------------------------------------------------------------------

static int bwd_w_infer(struct vg_graph *g, struct vg_node *n)
{
    const struct shape *s = n->attr;
    const int64_t run = s->kw * s->i, count = s->o * s->kh * run;
    const int64_t room = vg_tile_splits_room(s->o, run, s->n * s->oh * s->ow, s->kh);
    n->out[W_DW] = vg_temp(g, 4, (int64_t[]) { s->o, s->kh, s->kw, s->i });
    n->out[W_PART] = room > 1 ? vg_temp(g, 2, (int64_t[]) { room, count }) : NULL;
    return VG_OK;
}

// How the sums are divided: groups down O, across the taps and I, along the pixels.
struct division {
    int64_t tiles, panels;   // of a group of the register tile
    size_t down, across, splits;
    int64_t split;             // pixels of a part, or rows of them
    struct vg_row_sums rows;   // with a split: conv2d_row_bwd_w
};

static struct division division_of(struct vg_plan *p, const struct vg_node *n)
{
    enum { KEPT = 64, MOST_PANELS = 8 };   // KEPT as cl/conv2d.cl has it
    const struct shape *s = n->attr;
    const int64_t pixels = s->n * s->oh * s->ow, run = s->kw * s->i;
    const int64_t room = n->out[W_PART] ? n->out[W_PART]->dim[0] : 1;
    struct division d = { .tiles = 1, .panels = 1, .across = (size_t) s->kh, .down = 1 };

    d.rows = vg_row_sums_of(p, n, s->n * s->oh, s->ow, s->kh, s->o, run, s->stride * s->i, room);
    d.split = d.rows.split;
    if (d.split) {
        d.splits = vg_ceil_div(s->n * s->oh, d.split);
        return d;
    }
    if (vg_plan_tunable(p, n, "VARIANT") == 2) {
        const int side = vg_plan_tunable(p, n, "SIDE");
        d.down = vg_ceil_div(s->o, side);
        d.across = (size_t) s->kh * vg_ceil_div(run, side);
    } else {
        const int64_t down = (int64_t) vg_ceil_div(s->o, vg_plan_tunable(p, n, "ROWS"));
        const int64_t across = s->kh * (int64_t) panels_of(p, n, run);
        d.panels = vg_even_share(across, MOST_PANELS);
        d.tiles = vg_even_share(down, KEPT / d.panels);
        d.down = vg_ceil_div(down, d.tiles);
        d.across = vg_ceil_div(across, d.panels);
    }
    const int64_t wanted = vg_tile_splits((int64_t) (d.down * d.across), pixels, vg_tile_groups(p));
    d.split = (int64_t) vg_ceil_div(pixels, wanted < room ? wanted : room);
    d.splits = vg_ceil_div(pixels, d.split);
    return d;
}

static int division_emit(struct vg_plan *p, const struct vg_node *n, const struct division *d)
{
    const struct shape *s = n->attr;
    const struct vg_tensor *out = n->out[d->splits > 1 ? W_PART : W_DW];
    const int64_t pixels = s->n * s->oh * s->ow, run = s->kw * s->i;
    const bool flat = s->kh == 1 && s->kw == 1 && s->stride == 1 && s->pad == 0;
    struct vg_launch l = {
        .kernel = "conv2d_bwd_w",
        .groups = { d->down, d->across, d->splits },
        .args = { vg_arg(n->in[W_X]), vg_arg(n->in[W_DY]), vg_arg(out), vg_arg_int(pixels),
                  vg_arg_int(flat ? 1 : s->oh), vg_arg_int(flat ? pixels : s->ow),
                  vg_arg_int(flat ? 1 : s->h), vg_arg_int(flat ? pixels : s->w), vg_arg_int(s->i),
                  vg_arg_int(s->stride), vg_arg_int(-s->pad), vg_arg_int(-s->pad),
                  vg_arg_int(s->kh), vg_arg_int(run), vg_arg_int(s->o), vg_arg_int(d->split),
                  vg_arg_int(d->tiles), vg_arg_int(d->panels) },
    };
    if (d->rows.split) {
        const struct vg_define defines[] = { { "STRIDE", (int) (s->stride * s->i) },
                                             { "TILE_W", d->rows.wide },
                                             { "TILE_O", d->rows.outs },
                                             { "TILE_J", d->rows.across } };
        l.kernel = "conv2d_row_bwd_w";
        memcpy(l.defines, defines, sizeof defines);
    }
    return vg_plan_launch(p, n, &l);
}

static int bwd_w_emit(struct vg_plan *p, const struct vg_node *n)
{
    const struct division d = division_of(p, n);
    const int64_t count = vg_elems(n->out[W_DW]);
    int rc = VG_OK;

    VG_TRY(division_emit(p, n, &d));
    if (d.splits > 1)
        VG_TRY(VG_LAUNCH(p, n, .kernel = "conv2d_reduce",
                         .groups = { vg_ceil_div(count, vg_plan_tunable(p, n, "WG")) },
                         .args = { vg_arg(n->out[W_PART]), vg_arg(n->out[W_DW]), vg_arg_int(count),
                                   vg_arg_int((int64_t) d.splits) }));
out:
    return rc;
}

static const struct vg_op conv2d_bwd_w = {
    .name = "conv2d_bwd_w",
    .source = &source,
    .infer = bwd_w_infer,
    .emit = bwd_w_emit,
    .cost = bwd_cost,
};

// ---- the operator -------------------------------------------------------------------------------

// With a stride the phases share one place in turn, and nothing of it lasts.
static bool lasts(const struct vg_node *n)
{
    return n && ((const struct shape *) n->attr)->stride == 1;
}

static struct vg_tensor *data_gradient(struct vg_graph *g, struct vg_tensor *dy,
                                       struct vg_tensor *w, const struct shape *s)
{
    const struct vg_node *before = vg_tile_earlier(g, &conv2d_bwd_x, X_W, w);
    struct vg_tensor *shared =
        s->stride == 1 && lasts(before) ? vg_tile_panels_of(before, X_PACKED, X_SHARED) : NULL;
    return VG_NODE(g, .op = &conv2d_bwd_x, .in = { dy, w, shared }, VG_ATTR(*s))->out[X_DX];
}

static int fwd_grad(struct vg_graph *g, const struct vg_node *n)
{
    const struct conv2d_attr *a = n->attr;
    struct vg_tensor *x = n->in[X], *w = n->in[W], *dy = vg_grad_of(g, n->out[Y]);
    const struct shape s = shape_of(x, w, a->stride, a->pad);

    if (w->needs_grad)
        vg_grad_add(g, w, VG_NODE(g, .op = &conv2d_bwd_w, .in = { x, dy }, VG_ATTR(s))->out[W_DW]);
    if (x->needs_grad)
        vg_grad_add(g, x, data_gradient(g, dy, w, &s));
    return vg_graph_status(g);
}

static struct vg_tensor *from_case(struct vg_graph *g, const struct vg_case *c)
{
    const struct vg_conv2d_opts o = { .stride = (int) vg_case_int(g, c, "stride", 1),
                                      .pad = (int) vg_case_int(g, c, "pad", 0) };
    struct vg_tensor *x = vg_case_input(g, c, "x");
    return vg_conv2d(g, x, vg_case_input(g, c, "w"), &o);
}

const struct vg_op vg_op_conv2d = {
    .name = "conv2d",
    .source = &source,
    .infer = fwd_infer,
    .emit = fwd_emit,
    .grad = fwd_grad,
    .cost = fwd_cost,
    .from_case = from_case,
};

struct vg_tensor *vg_conv2d(struct vg_graph *g, struct vg_tensor *x, struct vg_tensor *w,
                            const struct vg_conv2d_opts *o)
{
    const struct conv2d_attr attr = { o ? o->stride : 1, o ? o->pad : 0 };
    struct vg_tensor *shared =
        vg_tile_panels_of(vg_tile_earlier(g, &vg_op_conv2d, W, w), PACKED, SHARED);
    return VG_NODE(g, .op = &vg_op_conv2d, .in = { x, w, shared }, VG_ATTR(attr))->out[Y];
}
