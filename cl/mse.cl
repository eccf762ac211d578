// Mean squared difference.  One work-group a row; lossrows.cl takes the sum.
//
//   x, target, dx  [rows][cols]
//   loss           [rows]        sums of squares of rows

#ifndef WG
#define WG 64   // work-items a row, a power of two
#endif

GROUP(WG)
void mse_fwd(global const real *x, global const real *target, global acc *loss, const int cols)
{
    local acc scratch[WG];
    const int row = get_group_id(0), lane = get_local_id(0);
    const size_t at = (size_t) row * cols;

    acc square = 0;
    for (int c = lane; c < cols; c += WG) {
        const acc d = x[at + c] - target[at + c];
        square += d * d;
    }
    square = wg_sum(square, scratch);
    if (lane == 0)
        loss[row] = square;
}

// each = 2 / (rows cols)
GROUP(WG)
void mse_bwd(global const real *x, global const real *target, global const acc *dloss,
             global real *dx, const int cols, const acc each)
{
    const int row = get_group_id(0), lane = get_local_id(0);
    const size_t at = (size_t) row * cols;
    const acc factor = dloss[0] * each;

    for (int c = lane; c < cols; c += WG)
        dx[at + c] = factor * (x[at + c] - target[at + c]);
}
