#pragma once

#include "op/tile.h"

/**
 * Which convolutions cl/conv2d_row.cl and cl/conv2d_lanes.cl take, and how they divide them.  Not
 * an operator.
 *
 * Their kernels are for register tiles (VARIANT 1) and few channels out, where runs of neighbouring
 * pixels overlap: `stride` numbers of x lie between the beginnings of two runs of `run` numbers.
 */

enum {   // as cl/conv2d_lanes.cl has them
    VG_LANE_ROOM = 320,
    VG_LANE_PLANES = 8,
    VG_LANES = 16,   // pixels of a tile
};

enum {   // as cl/conv2d_row.cl has them
    VG_ROW_ROOM = 256,
    VG_ROW_KEPT = 384,
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

struct vg_lanes {
    int vecs;               // LANE_VECS
    int64_t tiles;          // of a group; 0: conv2d_row or conv2d_fwd serves better
    size_t across, parts;   // groups along a row; of an image's rows
};

// Of one pass over `images` of height x width pixels whose rows read taps_h rows.  Where vectors
// are shorter, those of conv2d_row are full.
static inline struct vg_lanes vg_lanes_of(struct vg_plan *p, const struct vg_node *n,
                                          int64_t images, int64_t height, int64_t width,
                                          int64_t taps_h, int64_t outs, int64_t run, int64_t stride)
{
    enum { MOST_ROWS = 8 };   // of a part: of the rows turned, few are then turned twice
    const int64_t all = (int64_t) vg_ceil_div(width, VG_LANES);
    struct vg_lanes l = { .vecs = all % 2 ? 1 : 2 };
    if (!vg_row_suits(p, n, outs, run, stride) || vg_plan_dev(p)->info.vector < VG_LANES ||
        outs > VG_LANE_PLANES || stride > VG_LANE_PLANES || run > VG_ROW_CHAIN ||
        run > VG_LANES * stride || 3 * all * VG_LANES > 5 * width)
        return l;
    const int64_t room = (VG_LANE_ROOM / (VG_LANE_PLANES * taps_h) - 1) / l.vecs;
    if (room < 1)
        return l;
    l.tiles = vg_even_share(all / l.vecs, room);
    l.across = vg_ceil_div(all / l.vecs, l.tiles);
    l.parts = vg_ceil_div(height, MOST_ROWS);
    while ((int64_t) (l.across * l.parts) * images < vg_tile_groups(p) &&
           (int64_t) l.parts < height)
        l.parts++;
    return l;
}

struct vg_row_sums {
    int64_t split;            // rows of pixels in a part; 0: conv2d_bwd_w serves better
    int wide, outs, across;   // TILE_W, TILE_O, TILE_J
};

// How the weight gradient's sum is divided, into at most `room` parts.  A tile fills most of the
// registers, of which there are more where they are long.
static inline struct vg_row_sums vg_row_sums_of(struct vg_plan *p, const struct vg_node *n,
                                                int64_t rows, int64_t width, int64_t taps_h,
                                                int64_t outs, int64_t run, int64_t stride,
                                                int64_t room)
{
    enum { MOST_VECTORS = 3 };
    const bool wide = vg_plan_dev(p)->info.vector >= 16 && outs % 8 == 0;
    struct vg_row_sums s = { .wide = wide ? 16 : 8, .outs = wide ? 8 : 4 };
    s.across = (int) vg_even_share((int64_t) vg_ceil_div(run, s.wide), MOST_VECTORS);
    const int64_t tile = s.wide * s.across, tiles = (int64_t) vg_ceil_div(run, tile);
    if (!vg_row_suits(p, n, outs, run, stride) || outs % s.outs || width > VG_ROW_CHAIN ||
        outs * tiles * s.across > VG_ROW_KEPT ||
        vg_row_vectors(width, tiles * tile, stride) > VG_ROW_ROOM)
        return s;
    const int64_t wanted = vg_tile_splits(taps_h, rows * width, vg_tile_groups(p));
    s.split = (int64_t) vg_ceil_div(rows, wanted < room ? wanted : room);
    return s;
}
