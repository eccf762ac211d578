#pragma once

#include "op/tile.h"

/**
 * Which convolutions cl/conv2d_row.cl takes, and how it divides them.  Not an operator.
 *
 * Its kernels are for register tiles (VARIANT 1) and few channels out, where runs of neighbouring
 * pixels overlap: `stride` numbers of x lie between the beginnings of two runs of `run` numbers.
 */

enum {   // as cl/conv2d_row.cl has them
    VG_ROW_ROOM = 256,
    VG_ROW_TILES = 32,
    VG_ROW_TILE_O = 4,
    VG_ROW_TILE_J = 24,
    VG_ROW_CHAIN = 128,   // of cl/tile.cl
};

enum { VG_ROW_MOST_OUTS = 16 };

static inline bool vg_row_suits(struct vg_plan *p, const struct vg_node *n, int64_t outs,
                                int64_t run, int64_t stride)
{
    return vg_plan_tunable(p, n, "VARIANT") == 1 && outs <= VG_ROW_MOST_OUTS && stride < run;
}

// Vectors of x that the runs of `pixels` neighbours are in.
static inline int64_t vg_row_vectors(int64_t pixels, int64_t run, int64_t stride)
{
    return (int64_t) vg_ceil_div((pixels - 1) * stride + run, 16);
}

struct vg_row {
    int lanes;               // LANES_OUT
    int64_t pixels, tiles;   // of a tile, of a group; no tiles: conv2d_fwd serves better
};

// Of one pass whose rows have `width` pixels and read taps_h rows.  A tile keeps as many sums as
// conv2d_fwd's does, or fewer where a row divides evenly so; with few sums the chains of fma would
// wait for each other, and conv2d_fwd takes its pixels across rows.
static inline struct vg_row vg_row_of(struct vg_plan *p, const struct vg_node *n, int64_t width,
                                      int64_t taps_h, int64_t outs, int64_t run, int64_t stride)
{
    enum { FEWEST_SUMS = 8 };   // vectors of them
    struct vg_row r = { .lanes = outs <= 8 ? 8 : 16 };
    const int64_t most = vg_plan_tunable(p, n, "ROWS") * 16 / r.lanes;
    int64_t tiles = (int64_t) vg_ceil_div(width, most);
    r.pixels = (int64_t) vg_ceil_div(width, tiles);
    if (!vg_row_suits(p, n, outs, run, stride) || r.pixels < FEWEST_SUMS)
        return r;
    while (tiles && taps_h * vg_row_vectors(tiles * r.pixels, run, stride) > VG_ROW_ROOM)
        tiles--;
    r.tiles = tiles;
    return r;
}

// Rows of pixels in a part of the weight gradient's sum, for at most `room` parts; 0:
// conv2d_bwd_w serves better.
static inline int64_t vg_row_split(struct vg_plan *p, const struct vg_node *n, int64_t rows,
                                   int64_t width, int64_t taps_h, int64_t outs, int64_t run,
                                   int64_t stride, int64_t room)
{
    const int64_t across = (int64_t) vg_ceil_div(run, VG_ROW_TILE_J);
    if (!vg_row_suits(p, n, outs, run, stride) || outs % VG_ROW_TILE_O || width > VG_ROW_CHAIN ||
        outs / VG_ROW_TILE_O * across > VG_ROW_TILES ||
        vg_row_vectors(width, across * VG_ROW_TILE_J, stride) > VG_ROW_ROOM)
        return 0;
    const int64_t wanted = vg_tile_splits(taps_h, rows * width, vg_tile_groups(p));
    return (int64_t) vg_ceil_div(rows, wanted < room ? wanted : room);
}
