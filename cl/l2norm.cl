// Rows to unit length: y = x / max(|x|, eps).  One work-group a row.
//
//   x, y, dy, dx  [rows][cols]  contiguous
//   inv           [rows]        1 / max(|x|, eps), kept for the backward pass
//
// Sums run in a fixed order, so a device gives the same bits on every run.

#ifndef WG
#define WG 64   // work-items per row, a power of two
#endif

GROUP(WG)
void l2norm_fwd(global const real *x, global real *y, global acc *inv, const int cols,
                const acc eps)
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
                global real *dx, const int cols, const acc eps)
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
