// The last stage of a loss: numbers of rows to one.  One work-group; each work-item sums every
// WG-th number, then the tree of wg_sum, so that the order is fixed.

#ifndef WG
#define WG 64
#endif

// out = scale * sum of rows[0 .. count-1]
GROUP(WG)
void lossrows_sum(global const acc *rows, global acc *out, const int count, const acc scale)
{
    local acc scratch[WG];
    acc sum = 0;
    for (int r = get_local_id(0); r < count; r += WG)
        sum += rows[r];
    sum = wg_sum(sum, scratch);
    if (get_local_id(0) == 0)
        out[0] = scale * sum;
}

// out = sum of rows[0 .. count-1], whole numbers
GROUP(WG)
void lossrows_count(global const int *rows, global int *out, const int count)
{
    local int scratch[WG];
    const int lane = get_local_id(0);
    int sum = 0;
    for (int r = lane; r < count; r += WG)
        sum += rows[r];
    scratch[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_wg = WG / 2; half_wg > 0; half_wg /= 2) {
        if (lane < half_wg)
            scratch[lane] += scratch[lane + half_wg];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane == 0)
        out[0] = scratch[0];
}
