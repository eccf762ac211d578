#pragma once

#include "op/flat.h"

/**
 * What operators share that work on the columns of x [rows, cols]: how cl/columns.cl divides a
 * pass, and sums over the rows.  Not an operator.
 *
 * A sum over rows runs in two stages of fixed order: every split of rows gives a row of partial
 * sums, then these are summed.  Operators that use it name the parts "common", "vector", "columns"
 * and the tunables of VG_COLUMN_TUNABLES in their source.
 */
enum { VG_COLUMN_SPLITS = 512, VG_COLUMN_ROWS = 16 };   // most splits; fewest rows of one

// clang-format off
#define VG_COLUMN_TUNABLES                                                                         \
    VG_FLAT_TUNABLES, { "ACROSS", 128, 1, { 1, 4, 16, 64, 128 } },                                 \
    { "SPLITS", 64, 512, { 4, 16, 64, 128, 256, 512 } }
// clang-format on

struct vg_columns {
    int64_t rows, cols;
    int vec, across, down, units;   // VEC, LX, LY and UNITS of the kernels
    int64_t per;                    // rows of a split
    size_t chunks, splits;          // groups across the columns and down the rows
    size_t batch;                   // how many x lie behind one another; 0 is one
};

// Rows that the partial sums of `rows` rows need at most, whatever the tunables.
static inline int64_t vg_columns_room(int64_t rows)
{
    const int64_t most = (int64_t) vg_ceil_div(rows, VG_COLUMN_ROWS);
    return most < VG_COLUMN_SPLITS ? most : VG_COLUMN_SPLITS;
}

// The most units, up to `most`, with which groups of `width` columns a unit divide cols.
static inline int vg_columns_units(int64_t cols, int64_t width, int most)
{
    int units = most;
    while (units > 1 && cols % (width * units) != 0)
        units--;
    return units;
}

static inline struct vg_columns vg_columns_of(struct vg_plan *p, const struct vg_node *n,
                                              int64_t rows, int64_t cols)
{
    const int wg = vg_plan_tunable(p, n, "WG"), splits = vg_plan_tunable(p, n, "SPLITS");
    struct vg_columns c = { .rows = rows, .cols = cols, .across = 1 };

    c.vec = vg_flat_vec(cols, vg_plan_tunable(p, n, "VECTOR"));
    while (2 * c.across <= wg && (int64_t) c.across * c.vec < cols)
        c.across *= 2;
    c.down = wg / c.across;
    c.units = vg_columns_units(cols, (int64_t) c.across * c.vec, vg_plan_tunable(p, n, "ACROSS"));
    c.chunks = vg_ceil_div(cols, (int64_t) c.across * c.units * c.vec);

    const int64_t room = vg_columns_room(rows);
    c.per = (int64_t) vg_ceil_div(rows, splits < room ? splits : room);
    c.splits = vg_ceil_div(rows, c.per);
    return c;
}

// The second stage: all splits in one.
static inline struct vg_columns vg_columns_gather(struct vg_columns c)
{
    c.rows = c.per = (int64_t) c.splits;
    c.splits = 1;
    return c;
}

// clang-format off
#define VG_COLUMN_GROUPS(c) { (c).chunks, (c).splits, (c).batch }
#define VG_COLUMN_DEFINES(c)                                                                       \
    { "VEC", (c).vec }, { "LX", (c).across }, { "LY", (c).down }, { "UNITS", (c).units }
// clang-format on

// One stage: out[s][c] = factor * the sum over the rows of split s.
static inline int vg_columns_sum_stage(struct vg_plan *p, const struct vg_node *n,
                                       struct vg_columns c, const struct vg_tensor *x,
                                       const struct vg_tensor *out, double factor)
{
    return VG_LAUNCH(p, n, .kernel = "columns_sum", .groups = VG_COLUMN_GROUPS(c),
                     .defines = { VG_COLUMN_DEFINES(c) },
                     .args = { vg_arg(x), vg_arg(out), vg_arg_int(c.rows), vg_arg_int(c.cols),
                               vg_arg_int(c.per), vg_arg_float(factor) });
}

// out[c] = factor * sum over rows of x[r][c]; part has vg_columns_room(rows) rows (of each of
// batch).
static inline int vg_columns_sum(struct vg_plan *p, const struct vg_node *n, struct vg_columns c,
                                 const struct vg_tensor *x, const struct vg_tensor *part,
                                 const struct vg_tensor *out, double factor)
{
    int rc = VG_OK;
    if (c.splits == 1)
        return vg_columns_sum_stage(p, n, c, x, out, factor);
    VG_TRY(vg_columns_sum_stage(p, n, c, x, part, 1));
    VG_TRY(vg_columns_sum_stage(p, n, vg_columns_gather(c), part, out, factor));
out:
    return rc;
}
