// y = log K + sum p log p of one vector p [k]: one work-group forward, a work-item an element
// backward.

#ifndef WG
#define WG 64   // a power of two
#endif

GROUP(WG)
void mean_entropy_fwd(global const real *p, global acc *y, const int k, const acc log_k)
{
    local acc scratch[WG];
    acc sum = 0;
    for (int i = get_local_id(0); i < k; i += WG)
        sum += p[i] * log(p[i]);
    sum = wg_sum(sum, scratch);
    if (get_local_id(0) == 0)
        y[0] = log_k + sum;
}

GROUP(WG)
void mean_entropy_bwd(global const real *p, global const acc *dy, global real *dp, const int k)
{
    const int i = get_global_id(0);
    if (i < k)
        dp[i] = dy[0] * (log(p[i]) + 1);
}
