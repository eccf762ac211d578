// Sinkhorn's scaling as factors: y[r][k] = probs[r][k] a[k] b[r].
//
//   probs, y  [rows][COLS]
//   factor    [COLS]          a
//   part      [parts][COLS]   sums over blocks of rows
//
// An iteration is two launches.  sinkhorn_part: a group takes a block of rows, a work-item every
// WG-th of them; b[r] follows from a at once, so the rows' factors are never stored.
// sinkhorn_factor: a group a column adds up the blocks.  All in a fixed order.

#ifndef WG
#define WG 64     // a power of two
#endif
#ifndef COLS
#define COLS 8
#endif
#ifndef FIRST
#define FIRST 0   // the first iteration, where b = 1
#endif

acc row_factor(global const real *row, global const acc *factor)
{
#if FIRST
    return 1;
#else
    acc sum = 0;
    for (int k = 0; k < COLS; k++)
        sum += row[k] * factor[k];
    return 1 / sum;
#endif
}

GROUP(WG)
void sinkhorn_part(global const real *probs, global real *y, global const acc *factor,
                   global acc *part, const int rows, const int block, const int parts)
{
    local acc scratch[WG];
    const int lane = get_local_id(0);
    const int first = get_group_id(0) * block, last = min(first + block, rows);

    acc sum[COLS];
    for (int k = 0; k < COLS; k++)
        sum[k] = 0;
    for (int r = first + lane; r < last; r += WG) {
        global const real *row = probs + (size_t) r * COLS;
        const acc scale = row_factor(row, factor);
        for (int k = 0; k < COLS; k++)
            sum[k] += row[k] * scale;
    }
    for (int k = 0; k < COLS; k++) {
        const acc all = wg_sum(sum[k], scratch);
        if (lane == 0)
            part[(size_t) get_group_id(0) * COLS + k] = all;
    }
}

GROUP(WG)
void sinkhorn_factor(global const real *probs, global real *y, global acc *factor,
                     global const acc *part, const int rows, const int block, const int parts)
{
    local acc scratch[WG];
    const int k = get_group_id(0);
    acc sum = 0;
    for (int i = get_local_id(0); i < parts; i += WG)
        sum += part[(size_t) i * COLS + k];
    sum = wg_sum(sum, scratch);
    if (get_local_id(0) == 0)
        factor[k] = 1 / sum;
}

GROUP(WG)
void sinkhorn_apply(global const real *probs, global real *y, global const acc *factor,
                    global const acc *part, const int rows, const int block, const int parts)
{
    const int r = get_global_id(0);
    if (r >= rows)
        return;
    global const real *row = probs + (size_t) r * COLS;
    const acc scale = row_factor(row, factor);
    for (int k = 0; k < COLS; k++)
        y[(size_t) r * COLS + k] = row[k] * factor[k] * scale;
}
