// The tile of passes over the columns of x [rows][cols]: sums over rows, and element-wise passes
// that need a few numbers a column.
//
// A work-group has LX work-items across and LY down; each holds VEC neighbouring columns (VEC
// divides cols) and goes down the rows of its split in steps of LY.  Group (i, s) has the i-th
// LX * VEC columns and rows s * per .. (s + 1) * per - 1.  Sums run in a fixed order: down the rows
// of a work-item, then a tree over LY, then the same over the splits.

#ifndef LX
#define LX 16
#define LY 4
#endif

#define TILE_COLUMN ((size_t) (get_group_id(0) * LX + get_local_id(0) % LX) * VEC)
#define TILE_LANE ((int) get_local_id(0) / LX)
#define TILE_FIRST(per) ((int) get_group_id(1) * (per))
#define TILE_LAST(per, rows) min(TILE_FIRST(per) + (per), rows)

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

    realv sum = 0;
    if (col < cols)
        for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY)
            sum += LOADV(x, (batch * rows + r) * cols + col);
    sum = over_lanes(sum, scratch);
    if (col < cols && TILE_LANE == 0)
        STOREV(sum * factor, out, to);
}
