// Rows to mean 0 and variance 1, then scaled and shifted.
//
//   x, y, dy, dx          [rows][cols]
//   gamma, beta           [cols]
//   mean, inv             [rows]           inv = 1 / sqrt(var + eps), kept for backward
//   dgamma_, dbeta_part   [splits][cols]
//
// layernorm_fwd and layernorm_bwd use the tile of rows.cl, layernorm_bwd_sums that of columns.cl,
// whose second stage is columns_sum.  The variance is summed around the mean, in a second pass over
// a row that lies in cache.

#ifndef AFFINE
#define AFFINE 1
#endif

GROUP(LX *LY)
void layernorm_fwd(global const real *x, global const real *gamma, global const real *beta,
                   global real *y, global acc *mean, global acc *inv, const int rows,
                   const int cols, const int per, const acc eps)
{
    local acc scratch[LX * LY];
    for (ROWS(r, per, rows)) {
        const bool live = r < rows;
        const size_t at = (size_t) r * cols;

        realv sum = 0, square = 0;
        if (live)
            for (ALONG(c, cols))
                sum += LOADV(x, at + c);
        const acc centre = over_row(SUM_ACROSS(sum), scratch) / cols;
        if (live)
            for (ALONG(c, cols)) {
                const realv d = LOADV(x, at + c) - centre;
                square += d * d;
            }
        const acc scale = 1 / sqrt(over_row(SUM_ACROSS(square), scratch) / cols + eps);

        if (live)
            for (ALONG(c, cols)) {
                realv v = (LOADV(x, at + c) - centre) * scale;
#if AFFINE
                v = v * LOADV(gamma, c) + LOADV(beta, c);
#endif
                STOREV(v, y, at + c);
            }
        if (live && ROW_LANE == 0) {
            mean[r] = centre;
            inv[r] = scale;
        }
    }
}

realv scaled(global const real *dy, global const real *gamma, size_t at, int c)
{
#if AFFINE
    return LOADV(dy, at + c) * LOADV(gamma, c);
#else
    return LOADV(dy, at + c);
#endif
}

GROUP(LX *LY)
void layernorm_bwd(global const real *x, global const real *dy, global const real *gamma,
                   global const acc *mean, global const acc *inv, global real *dx, const int rows,
                   const int cols, const int per)
{
    local acc scratch[LX * LY];
    for (ROWS(r, per, rows)) {
        const bool live = r < rows;
        const size_t at = (size_t) r * cols;
        const acc centre = live ? mean[r] : 0, scale = live ? inv[r] : 0;

        realv sum = 0, along = 0;
        if (live)
            for (ALONG(c, cols)) {
                const realv d = scaled(dy, gamma, at, c);
                sum += d;
                along += d * (LOADV(x, at + c) - centre);
            }
        const acc off = over_row(SUM_ACROSS(sum), scratch) / cols;
        const acc slope = over_row(SUM_ACROSS(along), scratch) * scale * scale / cols;

        if (live)
            for (ALONG(c, cols)) {
                const realv d = scaled(dy, gamma, at, c) - off;
                STOREV((d - (LOADV(x, at + c) - centre) * slope) * scale, dx, at + c);
            }
    }
}

GROUP(LX *LY)
void layernorm_bwd_sums(global const real *x, global const real *dy, global const acc *mean,
                        global const acc *inv, global acc *dgamma_part, global acc *dbeta_part,
                        const int rows, const int cols, const int per)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, out = (size_t) get_group_id(1) * cols + col;
    const int last = TILE_LAST(per, rows);
    const bool live = col < cols;

    realv sum[UNITS], along[UNITS];
    for (EACH_UNIT(u))
        sum[u] = along[u] = 0;
    if (live)
        for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY) {
            const acc centre = mean[r], scale = inv[r];
            for (EACH_UNIT(u)) {
                const size_t at = (size_t) r * cols + col + TILE_AT(u);
                const realv d = LOADV(dy, at);
                sum[u] += d;
                along[u] += d * ((LOADV(x, at) - centre) * scale);
            }
        }
    for (EACH_UNIT(u)) {
        const realv dbeta = over_lanes(sum[u], scratch), dgamma = over_lanes(along[u], scratch);
        if (live && TILE_LANE == 0) {
            STOREV(dbeta, dbeta_part, out + TILE_AT(u));
            STOREV(dgamma, dgamma_part, out + TILE_AT(u));
        }
    }
}
