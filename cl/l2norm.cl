// Unit length along an axis: y = x / max(|x|, eps).
//
// l2norm_fwd and l2norm_bwd are for the last axis, one work-group a row:
//
//   x, y, dy, dx  [rows][cols]  contiguous
//   inv           [rows]        1 / max(|x|, eps), kept for the backward pass
//
// l2norm_axis_fwd and l2norm_axis_bwd for another.  A work-item has one of the rows = outer * inner
// and goes down the axis; neighbours read neighbouring numbers.
//
//   x, y, dy, dx  [outer][cols][inner]
//   inv           [outer][inner]
//
// Sums run in a fixed order, so a device gives the same bits on every run.

#ifndef WG
#define WG 64   // work-items per row, a power of two
#endif

GROUP(WG)
void l2norm_fwd(global const real *x, global real *y, global acc *inv, const int cols,
                const acc eps, const int rows, const int inner)
{
    local acc scratch[WG];
    const int row = get_group_id(0), lane = get_local_id(0);
    const size_t at = (size_t) row * cols;

    acc square = 0;
    for (int c = lane; c < cols; c += WG)
        square += (acc) x[at + c] * x[at + c];
    const acc scale = 1 / fmax(sqrt(wg_sum(square, scratch)), eps);

    for (int c = lane; c < cols; c += WG)
        y[at + c] = x[at + c] * scale;
    if (lane == 0)
        inv[row] = scale;
}

GROUP(WG)
void l2norm_bwd(global const real *y, global const acc *inv, global const real *dy,
                global real *dx, const int cols, const acc eps, const int rows, const int inner)
{
    local acc scratch[WG];
    const int row = get_group_id(0), lane = get_local_id(0);
    const size_t at = (size_t) row * cols;

    acc proj = 0;
    for (int c = lane; c < cols; c += WG)
        proj += (acc) y[at + c] * dy[at + c];
    proj = wg_sum(proj, scratch);

    // A clamped row was divided by a constant, so it has no projection term.
    const acc scale = inv[row], along = scale < 1 / eps ? proj : 0;
    for (int c = lane; c < cols; c += WG)
        dx[at + c] = (dy[at + c] - y[at + c] * along) * scale;
}

GROUP(WG)
void l2norm_axis_fwd(global const real *x, global real *y, global acc *inv, const int cols,
                     const acc eps, const int rows, const int inner)
{
    const int row = get_global_id(0);
    if (row >= rows)
        return;
    const size_t at = (size_t) (row / inner) * cols * inner + row % inner;

    acc square = 0;
    for (int c = 0; c < cols; c++)
        square += x[at + (size_t) c * inner] * x[at + (size_t) c * inner];
    const acc scale = 1 / fmax(sqrt(square), eps);

    for (int c = 0; c < cols; c++)
        y[at + (size_t) c * inner] = x[at + (size_t) c * inner] * scale;
    inv[row] = scale;
}

GROUP(WG)
void l2norm_axis_bwd(global const real *y, global const acc *inv, global const real *dy,
                     global real *dx, const int cols, const acc eps, const int rows,
                     const int inner)
{
    const int row = get_global_id(0);
    if (row >= rows)
        return;
    const size_t at = (size_t) (row / inner) * cols * inner + row % inner;

    acc proj = 0;
    for (int c = 0; c < cols; c++)
        proj += y[at + (size_t) c * inner] * dy[at + (size_t) c * inner];

    const acc scale = inv[row], along = scale < 1 / eps ? proj : 0;
    for (int c = 0; c < cols; c++)
        dx[at + (size_t) c * inner] =
            (dy[at + (size_t) c * inner] - y[at + (size_t) c * inner] * along) * scale;
}
