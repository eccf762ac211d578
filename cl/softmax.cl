// y = softmax(scale * x) over an axis; dx = scale * (y * (dy - <dy, y>)).
//
//   x, y, dy, dx  [rows][cols], softmax over a row: softmax_rows..., the tile of rows.cl
//                 [outer][axis][inner], over the axis: softmax_axis..., the tile of columns.cl for
//                 each outer (group (i, 0, outer); the rows of the tile are the axis)
//
// The largest of scale * x is subtracted before the exponential, so that none overflows.  The
// exponential is taken once, left in y and scaled there; only the work-item that wrote it reads it.

GROUP(LX *LY)
void softmax_rows_fwd(global const real *x, global real *y, const int rows, const int cols,
                      const int per, const acc scale)
{
    local acc scratch[LX * LY];
    for (ROWS(r, per, rows)) {
        const bool live = r < rows;
        const size_t at = (size_t) r * cols;

        realv top = -INFINITY;
        if (live)
            for (ALONG(c, cols))
                top = fmax(top, scale * LOADV(x, at + c));
        const acc most = top_of_row(TOP_ACROSS(top), scratch);

        realv sum = 0;
        if (live)
            for (ALONG(c, cols)) {
                const realv e = exp(scale * LOADV(x, at + c) - most);
                sum += e;
                STOREV(e, y, at + c);
            }
        const acc part = 1 / over_row(SUM_ACROSS(sum), scratch);

        if (live)
            for (ALONG(c, cols))
                STOREV(LOADV(y, at + c) * part, y, at + c);
    }
}

GROUP(LX *LY)
void softmax_rows_bwd(global const real *y, global const real *dy, global real *dx, const int rows,
                      const int cols, const int per, const acc scale)
{
    local acc scratch[LX * LY];
    for (ROWS(r, per, rows)) {
        const bool live = r < rows;
        const size_t at = (size_t) r * cols;

        realv sum = 0;
        if (live)
            for (ALONG(c, cols))
                sum += LOADV(dy, at + c) * LOADV(y, at + c);
        const acc along = over_row(SUM_ACROSS(sum), scratch);

        if (live)
            for (ALONG(c, cols))
                STOREV(scale * LOADV(y, at + c) * (LOADV(dy, at + c) - along), dx, at + c);
    }
}

GROUP(LX *LY)
void softmax_axis_fwd(global const real *x, global real *y, const int axis, const int inner,
                      const acc scale)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, at = (size_t) get_group_id(2) * axis * inner + col;
    const bool live = col < inner;

    realv top[UNITS], part[UNITS];
    for (EACH_UNIT(u)) {
        top[u] = -INFINITY;
        part[u] = 0;
    }
    if (live)
        for (int r = TILE_LANE; r < axis; r += LY)
            for (EACH_UNIT(u))
                top[u] = fmax(top[u], scale * LOADV(x, at + (size_t) r * inner + TILE_AT(u)));
    for (EACH_UNIT(u))
        top[u] = top_over_lanes(top[u], scratch);
    if (live)
        for (int r = TILE_LANE; r < axis; r += LY)
            for (EACH_UNIT(u)) {
                const size_t i = at + (size_t) r * inner + TILE_AT(u);
                const realv e = exp(scale * LOADV(x, i) - top[u]);
                part[u] += e;
                STOREV(e, y, i);
            }
    for (EACH_UNIT(u))
        part[u] = 1 / over_lanes(part[u], scratch);
    if (live)
        for (int r = TILE_LANE; r < axis; r += LY)
            for (EACH_UNIT(u)) {
                const size_t i = at + (size_t) r * inner + TILE_AT(u);
                STOREV(LOADV(y, i) * part[u], y, i);
            }
}

GROUP(LX *LY)
void softmax_axis_bwd(global const real *y, global const real *dy, global real *dx, const int axis,
                      const int inner, const acc scale)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, at = (size_t) get_group_id(2) * axis * inner + col;
    const bool live = col < inner;

    realv along[UNITS];
    for (EACH_UNIT(u))
        along[u] = 0;
    if (live)
        for (int r = TILE_LANE; r < axis; r += LY)
            for (EACH_UNIT(u)) {
                const size_t i = at + (size_t) r * inner + TILE_AT(u);
                along[u] += LOADV(dy, i) * LOADV(y, i);
            }
    for (EACH_UNIT(u))
        along[u] = over_lanes(along[u], scratch);
    if (live)
        for (int r = TILE_LANE; r < axis; r += LY)
            for (EACH_UNIT(u)) {
                const size_t i = at + (size_t) r * inner + TILE_AT(u);
                STOREV(scale * LOADV(y, i) * (LOADV(dy, i) - along[u]), dx, i);
            }
}
