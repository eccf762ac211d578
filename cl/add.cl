// y = a + b, b repeated over the leading dimensions of a.
//
//   a, y  [rows][cols]
//   b     [rows][cols] (add_fwd) or [cols] (add_fwd_row)
//
// add_fwd passes over the flat tensor (vector.cl); add_fwd_row uses the tile of columns.cl, so that
// b stays in registers.  The gradient of a repeated b is columns_sum.

GROUP(WG)
void add_fwd(global const real *a, global const real *b, global real *y, const int elems)
{
    for (EACH(at, elems))
        STOREV(LOADV(a, at) + LOADV(b, at), y, at);
}

GROUP(LX *LY)
void add_fwd_row(global const real *restrict a, global const real *restrict b,
                 global real *restrict y, const int rows, const int cols, const int per)
{
    const size_t col = TILE_COLUMN;
    const int last = TILE_LAST(per, rows);
    if (col >= cols)
        return;

    for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY)
        for (EACH_UNIT(u)) {
            const size_t at = (size_t) r * cols + col + TILE_AT(u);
            STOREV(LOADV(a, at) + LOADV(b, col + TILE_AT(u)), y, at);
        }
}
