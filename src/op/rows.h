#pragma once

#include "op/flat.h"

/**
 * What operators share that work on the rows of x [rows, cols]: how cl/rows.cl divides a pass.  Not
 * an operator.  They name the parts "common", "vector", "rows" and VG_FLAT_TUNABLES in their
 * source.
 */
struct vg_rows_tile {
    int64_t rows, cols;
    int vec, across, down;   // VEC, LX and LY of the kernels
    int64_t per;             // rows of a group
    size_t groups;
};

static inline struct vg_rows_tile vg_rows_of(struct vg_plan *p, const struct vg_node *n,
                                             int64_t rows, int64_t cols)
{
    enum { FEWEST = 16384 };   // elements of a group of few work-items: enough to be worth a start
    const int wg = vg_plan_tunable(p, n, "WG");
    struct vg_rows_tile t = { .rows = rows, .cols = cols, .across = 1 };

    t.vec = vg_flat_vec(cols, vg_plan_tunable(p, n, "VECTOR"));
    while (2 * t.across <= wg && (int64_t) t.across * t.vec < cols)
        t.across *= 2;
    t.down = wg / t.across;
    t.per = t.down;   // a multiple of it, so that groups do not overlap
    while (wg < 16 && 2 * t.per * cols <= FEWEST)
        t.per *= 2;
    t.groups = vg_ceil_div(rows, t.per);
    return t;
}

// clang-format off
#define VG_ROWS_DEFINES(t) { "VEC", (t).vec }, { "LX", (t).across }, { "LY", (t).down }
// clang-format on
