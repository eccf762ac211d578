// Batch normalisation over the columns of x [rows][cols]; the tile is that of columns.cl.
//
//   x, residual, y, dy, dresidual, dx    [rows][cols]
//   gamma, beta, mean, inv, var, ...     [cols]     inv = 1 / sqrt(var + eps)
//   mean_part, m2_part, ..._part         [splits][cols]
//
// Forward is two passes over x: batchnorm_stats leaves the mean of every split and the sum of
// squares around it, batchnorm_finish joins them (Chan, Golub, LeVeque), batchnorm_apply
// normalises.  Backward is two passes too: the sums of dy and of dy * xhat, then dx.
//
//   AFFINE   gamma and beta are there      RELU  the result is rectified
//   RESIDUAL there is one (in backward: dresidual is wanted)
//   EVAL     mean and inv come from the running values, so dx has no terms through them

#ifndef AFFINE
#define AFFINE 1
#endif
#ifndef RELU
#define RELU 0
#endif
#ifndef RESIDUAL
#define RESIDUAL 0
#endif
#ifndef EVAL
#define EVAL 0
#endif

// Sums around the first row of the split: it lies among the values, so that little cancels.
GROUP(LX *LY)
void batchnorm_stats(global const real *x, global acc *mean_part, global acc *m2_part,
                     const int rows, const int cols, const int per)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, out = (size_t) get_group_id(1) * cols + col;
    const int first = TILE_FIRST(per), last = TILE_LAST(per, rows);

    realv sum = 0, square = 0, shift = 0;
    if (col < cols) {
        shift = LOADV(x, (size_t) first * cols + col);
        for (int r = first + TILE_LANE; r < last; r += LY) {
            const realv d = LOADV(x, (size_t) r * cols + col) - shift;
            sum += d;
            square += d * d;
        }
    }
    sum = over_lanes(sum, scratch);
    square = over_lanes(square, scratch);
    if (col < cols && TILE_LANE == 0) {
        const realv off = sum / (acc) (last - first);
        STOREV(shift + off, mean_part, out);
        STOREV(fmax(square - sum * off, (realv) 0), m2_part, out);
    }
}

void track(global real *running, size_t col, realv now, acc momentum)
{
    STOREV((1 - momentum) * LOADV(running, col) + momentum * now, running, col);
}

// One split of this tile: its rows are the partial results, each of `per` rows of x but the last.
GROUP(LX *LY)
void batchnorm_finish(global const acc *mean_part, global const acc *m2_part, global acc *mean,
                      global acc *inv, global real *running_mean, global real *running_var,
                      global int *count, const int rows, const int cols, const int per,
                      const int splits, const acc eps, const acc momentum)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN;

    realv sum = 0, m2 = 0, base = 0;
    if (col < cols) {
        base = LOADV(mean_part, col);
        for (int s = TILE_LANE; s < splits; s += LY) {
            const acc held = min(per, rows - s * per);
            sum += held * (LOADV(mean_part, (size_t) s * cols + col) - base);
        }
    }
    const realv centre = base + over_lanes(sum, scratch) / (acc) rows;
    if (col < cols)
        for (int s = TILE_LANE; s < splits; s += LY) {
            const acc held = min(per, rows - s * per);
            const realv d = LOADV(mean_part, (size_t) s * cols + col) - centre;
            m2 += LOADV(m2_part, (size_t) s * cols + col) + held * d * d;
        }
    m2 = over_lanes(m2, scratch);

    if (col < cols && TILE_LANE == 0) {
        STOREV(centre, mean, col);
        STOREV(1 / sqrt(m2 / (acc) rows + eps), inv, col);
        track(running_mean, col, centre, momentum);
        track(running_var, col, m2 / (acc) (rows - 1), momentum);
    }
    if (col == 0 && TILE_LANE == 0)
        *count += 1;
}

// Evaluation: the running values as mean and inv.
GROUP(LX *LY)
void batchnorm_running(global const real *running_mean, global const real *running_var,
                       global acc *mean, global acc *inv, const int cols, const acc eps)
{
    const size_t col = TILE_COLUMN;
    if (col < cols && TILE_LANE == 0) {
        STOREV(LOADV(running_mean, col), mean, col);
        STOREV(1 / sqrt(LOADV(running_var, col) + eps), inv, col);
    }
}

GROUP(LX *LY)
void batchnorm_apply(global const real *x, global const real *residual, global const acc *mean,
                     global const acc *inv, global const real *gamma, global const real *beta,
                     global real *y, const int rows, const int cols, const int per)
{
    const size_t col = TILE_COLUMN;
    const int last = TILE_LAST(per, rows);
    if (col >= cols)
        return;

    const realv centre = LOADV(mean, col);
#if AFFINE
    const realv scale = LOADV(inv, col) * LOADV(gamma, col), offset = LOADV(beta, col);
#else
    const realv scale = LOADV(inv, col), offset = 0;
#endif
    for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY) {
        const size_t at = (size_t) r * cols + col;
        realv v = (LOADV(x, at) - centre) * scale + offset;
#if RESIDUAL
        v += LOADV(residual, at);
#endif
#if RELU
        v = v < 0 ? (realv) 0 : v;
#endif
        STOREV(v, y, at);
    }
}

realv masked(global const real *y, global const real *dy, size_t at, bool mask)
{
#if RELU
    if (mask)
        return LOADV(y, at) <= 0 ? (realv) 0 : LOADV(dy, at);
#endif
    return LOADV(dy, at);
}

// The sums of a split over dy, masked, and over dy * xhat.  Where the residual wants a gradient it
// is the masked dy, written on the way.
GROUP(LX *LY)
void batchnorm_bwd_sums(global const real *x, global const real *y, global const real *dy,
                        global const acc *mean, global const acc *inv, global acc *dbeta_part,
                        global acc *dgamma_part, global real *dresidual, const int rows,
                        const int cols, const int per)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, out = (size_t) get_group_id(1) * cols + col;
    const int last = TILE_LAST(per, rows);

    realv sum = 0, along = 0, scale = 0;
    if (col < cols) {
        const realv centre = LOADV(mean, col);
        scale = LOADV(inv, col);
        for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY) {
            const size_t at = (size_t) r * cols + col;
            const realv d = masked(y, dy, at, true);
            sum += d;
            along += d * (LOADV(x, at) - centre);
#if RESIDUAL
            STOREV(d, dresidual, at);
#endif
        }
    }
    sum = over_lanes(sum, scratch);
    along = over_lanes(along, scratch);
    if (col < cols && TILE_LANE == 0) {
        STOREV(sum, dbeta_part, out);
        STOREV(along * scale, dgamma_part, out);
    }
}

// Both second stages at once.
GROUP(LX *LY)
void batchnorm_bwd_finish(global const acc *dbeta_part, global const acc *dgamma_part,
                          global real *dbeta, global real *dgamma, const int cols,
                          const int splits)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN;

    realv sum = 0, along = 0;
    if (col < cols)
        for (int s = TILE_LANE; s < splits; s += LY) {
            sum += LOADV(dbeta_part, (size_t) s * cols + col);
            along += LOADV(dgamma_part, (size_t) s * cols + col);
        }
    sum = over_lanes(sum, scratch);
    along = over_lanes(along, scratch);
    if (col < cols && TILE_LANE == 0) {
        STOREV(sum, dbeta, col);
        STOREV(along, dgamma, col);
    }
}

// With a residual dy is dresidual, which is masked already.
GROUP(LX *LY)
void batchnorm_bwd_apply(global const real *x, global const real *y, global const real *dy,
                         global const acc *mean, global const acc *inv, global const real *gamma,
                         global const real *dbeta, global const real *dgamma, global real *dx,
                         const int rows, const int cols, const int per)
{
    const size_t col = TILE_COLUMN;
    const int last = TILE_LAST(per, rows);
    if (col >= cols)
        return;

    const realv centre = LOADV(mean, col);
    realv scale = LOADV(inv, col);
#if !EVAL
    // xhat * dgamma / rows as a multiple of x - mean
    const realv off = LOADV(dbeta, col) / (acc) rows;
    const realv slope = scale * LOADV(dgamma, col) / (acc) rows;
#endif
#if AFFINE
    scale *= LOADV(gamma, col);
#endif
    for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY) {
        const size_t at = (size_t) r * cols + col;
        realv d = masked(y, dy, at, !RESIDUAL);
#if !EVAL
        d = d - off - (LOADV(x, at) - centre) * slope;
#endif
        STOREV(d * scale, dx, at);
    }
}
