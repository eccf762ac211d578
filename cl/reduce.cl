// Sums and maxima over a work-group, as a tree in local memory: the order is fixed, so a device
// gives the same bits on every run.  WG is the work-group size, a power of two.

#ifndef WG
#define WG 64
#endif

// Every work-item gets the sum of all v.  scratch holds WG values and is free again on return.
acc wg_sum(acc v, local acc *scratch)
{
    const int lane = get_local_id(0);
    scratch[lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_wg = WG / 2; half_wg > 0; half_wg /= 2) {
        if (lane < half_wg)
            scratch[lane] += scratch[lane + half_wg];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const acc sum = scratch[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

// The same for the largest v.
acc wg_max(acc v, local acc *scratch)
{
    const int lane = get_local_id(0);
    scratch[lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_wg = WG / 2; half_wg > 0; half_wg /= 2) {
        if (lane < half_wg)
            scratch[lane] = fmax(scratch[lane], scratch[lane + half_wg]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const acc top = scratch[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return top;
}
