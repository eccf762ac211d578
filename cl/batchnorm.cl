// Batch normalisation over the columns of x [rows][cols]; the tile is that of columns.cl.
//
//   x, residual, y, dy, dresidual, dx    [rows][cols]
//   gamma, beta, mean, inv, var, ...     [cols]     inv = 1 / sqrt(var + eps)
//   mean_part, m2_part, ..._part         [splits][cols]
//
// Forward is two passes over x: batchnorm_stats leaves the mean of every split and the sum of
// squares around it, batchnorm_finish joins them (Chan, Golub, LeVeque), batchnorm_apply
// normalises.  Backward is two passes too: the sums of dy and of dy * xhat, then dx.  Where the
// splits are few every group of the second pass joins them for itself, and the first group of
// rows leaves the result: a launch less.
//
//   AFFINE   gamma and beta are there      RELU  the result is rectified
//   RESIDUAL there is one (in backward: dresidual is wanted)
//   EVAL     mean and inv come from the running values, so dx has no terms through them
//   FINISH   the second pass joins the partial results

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
#ifndef FINISH
#define FINISH 0
#endif

// Sums around the mean of the split's first rows: close to its own, so that little cancels.
#define AROUND 8
#define ROW_CHAIN 32   // rows that are added one after another; longer sums are sums of such

realv first_mean(global const real *x, size_t at, int cols, int rows)
{
    realv sum = 0;
    for (int r = 0; r < rows; r++)
        sum += LOADV(x, at + (size_t) r * cols);
    return sum / (acc) rows;
}

GROUP(LX *LY)
void batchnorm_stats(global const real *x, global acc *mean_part, global acc *m2_part,
                     const int rows, const int cols, const int per)
{
    local realv scratch[LX * LY];
    const size_t col = TILE_COLUMN, out = (size_t) get_group_id(1) * cols + col;
    const int first = TILE_FIRST(per), last = TILE_LAST(per, rows);
    const bool live = col < cols;

    realv sum[UNITS], square[UNITS], shift[UNITS];
    for (EACH_UNIT(u)) {
        sum[u] = square[u] = shift[u] = 0;
        if (live)
            shift[u] = first_mean(x, (size_t) first * cols + col + TILE_AT(u), cols,
                                  min(AROUND, last - first));
    }
    if (live)
        for (int r0 = first + TILE_LANE; r0 < last; r0 += LY * ROW_CHAIN) {
            realv s[UNITS], q[UNITS];
            for (EACH_UNIT(u))
                s[u] = q[u] = 0;
            for (int r = r0; r < min(r0 + LY * ROW_CHAIN, last); r += LY)
                for (EACH_UNIT(u)) {
                    const realv d = LOADV(x, (size_t) r * cols + col + TILE_AT(u)) - shift[u];
                    s[u] += d;
                    q[u] += d * d;
                }
            for (EACH_UNIT(u)) {
                sum[u] += s[u];
                square[u] += q[u];
            }
        }
    for (EACH_UNIT(u)) {
        const realv s = over_lanes(sum[u], scratch), q = over_lanes(square[u], scratch);
        const realv off = s / (acc) (last - first);
        if (live && TILE_LANE == 0) {
            STOREV(shift[u] + off, mean_part, out + TILE_AT(u));
            STOREV(fmax(q - s * off, (realv) 0), m2_part, out + TILE_AT(u));
        }
    }
}

void track(global real *running, size_t col, realv now, acc momentum)
{
    STOREV((1 - momentum) * LOADV(running, col) + momentum * now, running, col);
}

// What joining the partial results takes and leaves, in every kernel that does it.
#define MOMENT_ARGS                                                                                \
    global const acc *mean_part, global const acc *m2_part, global acc *mean, global acc *inv,     \
        global real *running_mean, global real *running_var, global int *count, const int rows,    \
        const int cols, const int per, const int splits, const acc eps, const acc momentum
#define MOMENTS                                                                                    \
    mean_part, m2_part, mean, inv, running_mean, running_var, count, rows, cols, per, splits, eps, \
        momentum

// The partial results of the vector of columns at col joined: each split has `per` rows but the
// last.  Work-items with `keep` leave the result.
void join_moments(MOMENT_ARGS, const size_t col, const bool keep, local realv *scratch,
                  realv *centre, realv *scale)
{
    const bool live = col < cols;
    realv sum = 0, m2 = 0, base = 0;
    if (live) {
        base = LOADV(mean_part, col);
        for (int s = TILE_LANE; s < splits; s += LY) {
            const acc held = min(per, rows - s * per);
            sum += held * (LOADV(mean_part, (size_t) s * cols + col) - base);
        }
    }
    *centre = base + over_lanes(sum, scratch) / (acc) rows;
    if (live)
        for (int s = TILE_LANE; s < splits; s += LY) {
            const acc held = min(per, rows - s * per);
            const realv d = LOADV(mean_part, (size_t) s * cols + col) - *centre;
            m2 += LOADV(m2_part, (size_t) s * cols + col) + held * d * d;
        }
    m2 = over_lanes(m2, scratch);
    *scale = 1 / sqrt(m2 / (acc) rows + eps);

    if (live && keep) {
        STOREV(*centre, mean, col);
        STOREV(*scale, inv, col);
        track(running_mean, col, *centre, momentum);
        track(running_var, col, m2 / (acc) (rows - 1), momentum);
        if (col == 0)
            *count += 1;
    }
}

GROUP(LX *LY)
void batchnorm_finish(MOMENT_ARGS)
{
    local realv scratch[LX * LY];
    realv centre, scale;
    for (EACH_UNIT(u))
        join_moments(MOMENTS, TILE_COLUMN + TILE_AT(u), TILE_LANE == 0, scratch, &centre, &scale);
}

// Evaluation: the running values as mean and inv.
GROUP(LX *LY)
void batchnorm_running(global const real *running_mean, global const real *running_var,
                       global acc *mean, global acc *inv, const int cols, const acc eps)
{
    for (EACH_UNIT(u)) {
        const size_t col = TILE_COLUMN + TILE_AT(u);
        if (col < cols && TILE_LANE == 0) {
            STOREV(LOADV(running_mean, col), mean, col);
            STOREV(1 / sqrt(LOADV(running_var, col) + eps), inv, col);
        }
    }
}

GROUP(LX *LY)
void batchnorm_apply(global const real *x, global const real *residual, global const real *gamma,
                     global const real *beta, global real *y, MOMENT_ARGS)
{
    const size_t col = TILE_COLUMN;
    const int last = TILE_LAST(per, rows);
    realv centre[UNITS], scale[UNITS], offset[UNITS];
#if FINISH
    local realv scratch[LX * LY];
    for (EACH_UNIT(u))
        join_moments(MOMENTS, col + TILE_AT(u), TILE_LANE == 0 && get_group_id(1) == 0, scratch,
                     &centre[u], &scale[u]);
#endif
    if (col >= cols)
        return;

    for (EACH_UNIT(u)) {
        const size_t c = col + TILE_AT(u);
#if !FINISH
        centre[u] = LOADV(mean, c);
        scale[u] = LOADV(inv, c);
#endif
        offset[u] = 0;
#if AFFINE
        scale[u] *= LOADV(gamma, c);
        offset[u] = LOADV(beta, c);
#endif
    }
    for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY)
        for (EACH_UNIT(u)) {
            const size_t at = (size_t) r * cols + col + TILE_AT(u);
            realv v = (LOADV(x, at) - centre[u]) * scale[u] + offset[u];
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
    const bool live = col < cols;

    realv sum[UNITS], along[UNITS], centre[UNITS];
    for (EACH_UNIT(u)) {
        sum[u] = along[u] = 0;
        centre[u] = live ? LOADV(mean, col + TILE_AT(u)) : (realv) 0;
    }
    if (live)
        for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY)
            for (EACH_UNIT(u)) {
                const size_t at = (size_t) r * cols + col + TILE_AT(u);
                const realv d = masked(y, dy, at, true);
                sum[u] += d;
                along[u] += d * (LOADV(x, at) - centre[u]);
#if RESIDUAL
                STOREV(d, dresidual, at);
#endif
            }
    for (EACH_UNIT(u)) {
        const realv dbeta = over_lanes(sum[u], scratch), dgamma = over_lanes(along[u], scratch);
        if (live && TILE_LANE == 0) {
            STOREV(dbeta, dbeta_part, out + TILE_AT(u));
            STOREV(dgamma * LOADV(inv, col + TILE_AT(u)), dgamma_part, out + TILE_AT(u));
        }
    }
}

// Both sums of the vector of columns at col; work-items with `keep` leave them.
void join_sums(global const acc *dbeta_part, global const acc *dgamma_part, global real *dbeta,
               global real *dgamma, const int cols, const int splits, const size_t col,
               const bool keep, local realv *scratch, realv *sum, realv *along)
{
    *sum = *along = 0;
    if (col < cols)
        for (int s = TILE_LANE; s < splits; s += LY) {
            *sum += LOADV(dbeta_part, (size_t) s * cols + col);
            *along += LOADV(dgamma_part, (size_t) s * cols + col);
        }
    *sum = over_lanes(*sum, scratch);
    *along = over_lanes(*along, scratch);
    if (col < cols && keep) {
        STOREV(*sum, dbeta, col);
        STOREV(*along, dgamma, col);
    }
}

GROUP(LX *LY)
void batchnorm_bwd_finish(global const acc *dbeta_part, global const acc *dgamma_part,
                          global real *dbeta, global real *dgamma, const int cols,
                          const int splits)
{
    local realv scratch[LX * LY];
    realv sum, along;
    for (EACH_UNIT(u))
        join_sums(dbeta_part, dgamma_part, dbeta, dgamma, cols, splits, TILE_COLUMN + TILE_AT(u),
                  TILE_LANE == 0, scratch, &sum, &along);
}

// With a residual dy is dresidual, which is masked already.
GROUP(LX *LY)
void batchnorm_bwd_apply(global const real *x, global const real *y, global const real *dy,
                         global const acc *mean, global const acc *inv, global const real *gamma,
                         global const acc *dbeta_part, global const acc *dgamma_part,
                         global real *dbeta, global real *dgamma, global real *dx, const int rows,
                         const int cols, const int per, const int splits)
{
    const size_t col = TILE_COLUMN;
    const int last = TILE_LAST(per, rows);
    realv centre[UNITS], scale[UNITS], off[UNITS], slope[UNITS];
#if FINISH
    local realv scratch[LX * LY];
    for (EACH_UNIT(u))
        join_sums(dbeta_part, dgamma_part, dbeta, dgamma, cols, splits, col + TILE_AT(u),
                  TILE_LANE == 0 && get_group_id(1) == 0, scratch, &off[u], &slope[u]);
#endif
    if (col >= cols)
        return;

    // slope: xhat * dgamma / rows as a multiple of x - mean
    for (EACH_UNIT(u)) {
        const size_t c = col + TILE_AT(u);
#if !FINISH
        off[u] = LOADV(dbeta, c);
        slope[u] = LOADV(dgamma, c);
#endif
        centre[u] = LOADV(mean, c);
        scale[u] = LOADV(inv, c);
        off[u] = off[u] / (acc) rows;
        slope[u] = scale[u] * slope[u] / (acc) rows;
#if AFFINE
        scale[u] *= LOADV(gamma, c);
#endif
    }
    for (int r = TILE_FIRST(per) + TILE_LANE; r < last; r += LY)
        for (EACH_UNIT(u)) {
            const size_t at = (size_t) r * cols + col + TILE_AT(u);
            realv d = masked(y, dy, at, !RESIDUAL);
#if !EVAL
            d = d - off[u] - (LOADV(x, at) - centre[u]) * slope[u];
#endif
            STOREV(d * scale[u], dx, at);
        }
}
