// 2 - 2 cos of two rows.  One work-group a row; lossrows.cl takes the mean.
//
//   p, z, dp, dz  [rows][cols]
//   stat          [rows][3]      1 / max(|p|, eps), 1 / max(|z|, eps), cosine
//   loss          [rows]

#ifndef WG
#define WG 64   // work-items a row, a power of two
#endif
#ifndef HAS_DP
#define HAS_DP 1
#endif
#ifndef HAS_DZ
#define HAS_DZ 1
#endif

#define NORM_EPS ((acc) 1e-12f)

GROUP(WG)
void cosine_loss_fwd(global const real *p, global const real *z, global acc *stat,
                     global acc *loss, const int cols)
{
    local acc scratch[WG];
    const int row = get_group_id(0), lane = get_local_id(0);
    const size_t at = (size_t) row * cols;

    acc pp = 0, zz = 0;
    for (int c = lane; c < cols; c += WG) {
        pp += (acc) p[at + c] * p[at + c];
        zz += (acc) z[at + c] * z[at + c];
    }
    const acc inv_p = 1 / fmax(sqrt(wg_sum(pp, scratch)), NORM_EPS);
    const acc inv_z = 1 / fmax(sqrt(wg_sum(zz, scratch)), NORM_EPS);

    // Scaled first: a product of two tiny rows would underflow.
    acc pz = 0;
    for (int c = lane; c < cols; c += WG)
        pz += (p[at + c] * inv_p) * (z[at + c] * inv_z);
    pz = wg_sum(pz, scratch);
    if (lane == 0) {
        stat[3 * row] = inv_p;
        stat[3 * row + 1] = inv_z;
        stat[3 * row + 2] = pz;
        loss[row] = 2 - 2 * pz;
    }
}

// each = 2 / rows
GROUP(WG)
void cosine_loss_bwd(global const real *p, global const real *z, global const acc *stat,
                     global const acc *dloss, global real *dp, global real *dz, const int cols,
                     const acc each)
{
    const int row = get_group_id(0), lane = get_local_id(0);
    const size_t at = (size_t) row * cols;
    const acc inv_p = stat[3 * row], inv_z = stat[3 * row + 1], cosine = stat[3 * row + 2];
    const acc factor = -dloss[0] * each;

    // A clamped row was divided by a constant, so it has no projection term.
    const acc along_p = inv_p < 1 / NORM_EPS ? cosine : 0;
    const acc along_z = inv_z < 1 / NORM_EPS ? cosine : 0;
    for (int c = lane; c < cols; c += WG) {
        const acc u = p[at + c] * inv_p, w = z[at + c] * inv_z;
#if HAS_DP
        dp[at + c] = factor * inv_p * (w - u * along_p);
#endif
#if HAS_DZ
        dz[at + c] = factor * inv_z * (u - w * along_z);
#endif
    }
}
