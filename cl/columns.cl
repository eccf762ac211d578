// The tile of passes over the columns of x [rows][cols]: sums over rows, and element-wise passes
// that need a few numbers a column.
//
// A work-group has LX work-items across and LY down.  Each holds UNITS times VEC neighbouring
// columns, the u-th TILE_AT(u) behind TILE_COLUMN, and goes down the rows of its split in steps of
// LY; VEC divides cols, and where UNITS is not 1 the columns of a group do.  Group (i, s) has the
// i-th LX * UNITS * VEC columns and rows s * per .. (s + 1) * per - 1.  A GPU has many work-items
// across and one unit, a CPU one work-item with many units, so that both read long pieces of a row.
//
// Sums run in a fixed order: down the rows of a work-item, then a tree over LY, then the same over
// the splits.

#ifndef LX
#define LX 16
#define LY 4
#endif
#ifndef UNITS
#define UNITS 1
#endif

#define TILE_COLUMN ((size_t) (get_group_id(0) * LX * UNITS + get_local_id(0) % LX) * VEC)
#define TILE_AT(u) ((u) *LX * VEC)
#define TILE_LANE ((int) get_local_id(0) / LX)
#define TILE_FIRST(per) ((int) get_group_id(1) * (per))
#define TILE_LAST(per, rows) min(TILE_FIRST(per) + (per), rows)
#define EACH_UNIT(u) int u = 0; u < UNITS; u++

// Every work-item gets the sum over the LY of its columns.  scratch holds LX * LY values.
realv over_lanes(realv v, local realv *scratch)
{
#if LY > 1
    const int lane = get_local_id(0);
    scratch[lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int below = LY / 2; below > 0; below /= 2) {
        if (lane < below * LX)
            scratch[lane] += scratch[lane + below * LX];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    v = scratch[lane % LX];
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    return v;
}

// The same for the largest.
realv top_over_lanes(realv v, local realv *scratch)
{
#if LY > 1
    const int lane = get_local_id(0);
    scratch[lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int below = LY / 2; below > 0; below /= 2) {
        if (lane < below * LX)
            scratch[lane] = fmax(scratch[lane], scratch[lane + below * LX]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    v = scratch[lane % LX];
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    return v;
}

// out[s][c] = factor * the sum of x[r][c] over the rows of split s; group (i, s, b) does it for the
// b-th of several x and out that lie behind one another.
GROUP(LX *LY)
void columns_sum(global const real *x, global real *out, const int rows, const int cols,
                 const int per, const acc factor)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, batch = get_group_id(2);
    const size_t to = (batch * get_num_groups(1) + get_group_id(1)) * cols + col;
    const int last = TILE_LAST(per, rows);
    const bool live = col < cols;

    realv sum[UNITS];
    for (EACH_UNIT(u))
        sum[u] = 0;
    if (live)
        for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY)
            for (EACH_UNIT(u))
                sum[u] += LOADV(x, (batch * rows + r) * cols + col + TILE_AT(u));
    for (EACH_UNIT(u)) {
        const realv whole = over_lanes(sum[u], scratch);
        if (live && TILE_LANE == 0)
            STOREV(whole * factor, out, to + TILE_AT(u));
    }
}
