#pragma once

#include "graph/plan.h"

/**
 * What operators share that are products of tiles: how cl/tile.cl divides one.  Not an operator.
 * They name the parts "common", "tile" and VG_TILE_TUNABLES in their source.
 *
 * VARIANT 1 is the register tile of ROWS x 16 VECS for CPUs, 2 the local tile of SIDE x SIDE.
 */
// clang-format off
#define VG_TILE_TUNABLES                                                                           \
    { "WG", 32, 128, { 16, 32, 64, 128, 256 } },                                                   \
    { "VARIANT", 1, 2, { 1, 2 } },                                                                 \
    { "ROWS", 13, 13, { 6, 8, 12, 13, 14 } },                                                      \
    { "VECS", 2, 2, { 1, 2, 4 } },                                                                 \
    { "DEPTH", 256, 256, { 64, 128, 256, 512 } },                                                  \
    { "SIDE", 64, 64, { 16, 32, 64, 128 } },                                                       \
    { "EACH", 4, 4, { 4, 8 } }
// clang-format on

enum {   // as cl/tile.cl has them
    VG_TILE_PACK = 64,
    VG_TILE_PANELS = 24,
};

// Numbers that the packed panels of a [depth][cols] matrix need at most, whatever the tunables.
static inline int64_t vg_tile_packed_room(int64_t depth, int64_t cols)
{
    enum { WIDEST = 64 };
    return depth * (int64_t) vg_ceil_div(cols, WIDEST) * WIDEST;
}

// An earlier use of the weight w, whose packed panels serve again.  A small weight is packed faster
// than its launch begins; what a large one costs is nothing beside its product, while its panels
// would take memory through a whole branch.
static inline const struct vg_node *vg_tile_earlier(const struct vg_graph *g,
                                                    const struct vg_op *op, int input,
                                                    const struct vg_tensor *w)
{
    enum { MOST_ELEMS = 65536 };
    return vg_elems(w) <= MOST_ELEMS ? vg_graph_earlier(g, op, input, w) : NULL;
}

// The panels that node n made or took over; NULL without one.
static inline struct vg_tensor *vg_tile_panels_of(const struct vg_node *n, int out, int shared)
{
    return !n ? NULL : n->in[shared] ? n->in[shared] : n->out[out];
}

enum { VG_TILE_GROUPS = 512 };   // that a plan asks for at most

static inline int64_t vg_tile_groups(struct vg_plan *p)
{
    const int64_t wanted = 8 * (int64_t) vg_plan_dev(p)->info.compute_units;
    return wanted < VG_TILE_GROUPS ? wanted : VG_TILE_GROUPS;
}

// Into how many parts a depth is split where a product is fewer tiles than the groups wanted.
static inline int64_t vg_tile_splits(int64_t tiles, int64_t depth, int64_t groups)
{
    enum { SHORTEST = 256, MOST = 64 };
    int64_t splits = (int64_t) vg_ceil_div(groups, tiles);
    splits = splits < MOST ? splits : MOST;
    splits = splits < depth / SHORTEST ? splits : depth / SHORTEST;
    return splits > 1 ? splits : 1;
}

// The most parts of `count` products of rows x cols, whatever the tunables and the device.
static inline int64_t vg_tile_splits_room(int64_t rows, int64_t cols, int64_t depth, int64_t count)
{
    enum { SIDE = 64 };
    const int64_t tiles = (int64_t) (vg_ceil_div(rows, SIDE) * vg_ceil_div(cols, SIDE)) * count;
    return vg_tile_splits(tiles, depth, VG_TILE_GROUPS);
}

struct vg_tiles {
    bool local;                   // VARIANT 2
    int64_t tile_rows, columns;   // of an output tile; columns of a packed panel
    int64_t block, panels;        // tiles of rows that go together; panels of a group
    size_t across, blocks;        // groups along the columns; blocks of tiles
};

// The least number, at most `most`, that divides `all` into as few shares as `most` would.
static inline int64_t vg_even_share(int64_t all, int64_t most)
{
    return (int64_t) vg_ceil_div(all, (int64_t) vg_ceil_div(all, most < all ? most : all));
}

// The panels that a copied slice of A serves: many, since a copy waits for A while B streams, if
// need be from a cache that all cores share; but no fewer groups than the device has use for.
static inline int64_t vg_tile_panels(int64_t panels, int64_t tiles, int64_t groups)
{
    int64_t n = panels < VG_TILE_PANELS ? panels : VG_TILE_PANELS;
    while (n > 1 && tiles * (int64_t) vg_ceil_div(panels, n) < groups)
        n--;
    return vg_even_share(panels, n);
}

// Tiles of A that stay in cache while all of B passes over them; one if B stays there itself.
// row_elems: what a row of the tile reads of A that no other row reads.
static inline int64_t vg_tile_block(int64_t depth, int64_t cols, int64_t row_elems,
                                    int64_t tile_rows, int64_t tiles)
{
    enum { CACHE_BYTES = 384 << 10 };
    if (depth * cols * 4 <= CACHE_BYTES / 2)
        return 1;
    const int64_t n = CACHE_BYTES / (4 * row_elems * tile_rows);
    return vg_even_share(tiles, n < 1 ? 1 : n);   // launched are whole blocks
}

static inline struct vg_tiles vg_tiles_of(struct vg_plan *p, const struct vg_node *n, int64_t rows,
                                          int64_t cols, int64_t depth, int64_t row_elems)
{
    struct vg_tiles t = { .local = vg_plan_tunable(p, n, "VARIANT") == 2, .panels = 1 };
    const int64_t side = vg_plan_tunable(p, n, "SIDE");
    t.columns = 16 * vg_plan_tunable(p, n, "VECS");
    t.tile_rows = t.local ? side : vg_plan_tunable(p, n, "ROWS");
    const int64_t tiles = (int64_t) vg_ceil_div(rows, t.tile_rows);
    t.block = vg_tile_block(depth, cols, row_elems, t.tile_rows, tiles);
    if (!t.local)
        t.panels = vg_tile_panels((int64_t) vg_ceil_div(cols, t.columns), tiles, vg_tile_groups(p));
    t.across = vg_ceil_div(cols, t.local ? side : t.columns * t.panels);
    t.blocks = vg_ceil_div(tiles, t.block);
    return t;
}
