// Attention on a CPU: VARIANT 1 of attention.cl, whose tensors and arguments these kernels have.
//
// A group is one work-item and owns TILE rows of one head and image (grid: tiles, heads, images):
// queries in attention_fwd and attention_bwd_q, keys in attention_bwd_kv.  It keeps them turned, a
// row a lane: [channel][set of LANES rows].  Rows of the other side come one number at a time,
// spread over a vector, so that scores, softmax and sums need nothing across lanes, and a sum over
// channels or over rows is a chain of vector fma.  The other side goes by in blocks of BLOCK rows,
// whose scores stay in private memory.
//
// Lanes past the last row repeat it and are not stored.  A tile with rows for one set alone is
// worked by half the instructions: `sets` is a constant wherever it is used.

#if VARIANT == 1

#define LANES 16
#define SETS 2
#define TILE (LANES * SETS)
#define STEP 10     // rows of the other side whose scores are summed at once
#define BLOCK 50    // rows of the other side a block, a multiple of STEP
#if HEAD % 8 == 0
#define PART 8      // channels summed at once
#elif HEAD % 4 == 0
#define PART 4
#else
#define PART 1
#endif

#define each_set OVER(v, SETS) if (v < sets)

typedef real16 tile_row[SETS];   // a channel, or a row of the other side, for all rows of a tile

// turned[c] = channel c of rows first .. first + TILE, of `count`.
inline void turn_in(tile_row *turned, global const real *from, const size_t row, const int first,
                    const int count, const int sets)
{
    for (int v = 0; v < sets; v++)
        for (int c = 0; c < HEAD; c += LANES) {
#if HEAD % LANES == 0
            real16 square[LANES];
            OVER(i, LANES)
                square[i] = *(global const turn_any *) (
                    from + min(first + v * LANES + i, count - 1) * row + c);
            turn(square);
            OVER(i, LANES)
                turned[c + i][v] = square[i];
#else
            for (int i = 0; i < min(LANES, HEAD - c); i++)
                for (int lane = 0; lane < LANES; lane++)
                    ((real *) &turned[c + i][v])[lane] =
                        from[min(first + v * LANES + lane, count - 1) * row + c + i];
#endif
        }
}

inline void turn_out(const tile_row *turned, global real *to, const size_t row, const int first,
                     const int count, const int sets)
{
    for (int v = 0; v < sets; v++) {
        const int at = first + v * LANES, rows = min(LANES, count - at);
        for (int c = 0; c < HEAD; c += LANES) {
#if HEAD % LANES == 0
            real16 square[LANES];
            OVER(i, LANES)
                square[i] = turned[c + i][v];
            turn(square);
            for (int i = 0; i < rows; i++)
                *(global turn_any *) (to + (at + i) * row + c) = square[i];
#else
            for (int i = 0; i < min(LANES, HEAD - c); i++)
                for (int lane = 0; lane < rows; lane++)
                    to[(at + lane) * row + c + i] = ((const real *) &turned[c + i][v])[lane];
#endif
        }
    }
}

// to[v] = one number a row of the tile.
inline void lanes_in(real16 *to, global const acc *from, const int first, const int count)
{
    for (int lane = 0; lane < TILE; lane++)
        ((real *) to)[lane] = from[min(first + lane, count - 1)];
}

inline void lanes_out(const real16 *from, global acc *to, const int first, const int count)
{
    for (int lane = 0; lane < min(TILE, count - first); lane++)
        to[first + lane] = ((const real *) from)[lane];
}

inline void tile_clear(tile_row *sum)
{
    for (int c = 0; c < HEAD; c++)
        for (int v = 0; v < SETS; v++)
            sum[c][v] = 0;
}

// s[b] = <row b of the other side, the tile's rows> for b = 0 .. STEP.
inline void scores_step(tile_row *s, const real *rows, const tile_row *turned, const int sets)
{
    real16 sum[STEP][SETS];
    OVER(b, STEP)
        each_set sum[b][v] = 0;
    for (int c = 0; c < HEAD; c++) {
        real16 mine[SETS];
        each_set mine[v] = turned[c][v];
        OVER(b, STEP)
            each_set sum[b][v] = fma((real16) rows[b * HEAD + c], mine[v], sum[b][v]);
    }
    OVER(b, STEP)
        each_set s[b][v] = sum[b][v];
}

// s[b] = <row first + b of `count`, the tile's rows> for the rows of a block.
inline void scores(tile_row *s, global const real *from, const size_t row, const int first,
                   const int count, const tile_row *turned, const int sets)
{
    for (int b = 0; b < BLOCK && first + b < count; b += STEP) {
        real rows[STEP * HEAD] __attribute__((aligned(64)));
        for (int i = 0; i < STEP; i++) {
            global const real *at = from + min(first + b + i, count - 1) * row;
            for (int c = 0; c < HEAD; c++)
                rows[i * HEAD + c] = at[c];
        }
        scores_step(s + b, rows, turned, sets);
    }
}

// sum = shrink * sum + the rows of a block, each times its weight.
inline void gather(tile_row *sum, global const real *from, const size_t row, const int rows,
                   const tile_row *weight, const real16 *shrink, const int sets)
{
    for (int c0 = 0; c0 < HEAD; c0 += PART) {
        real16 part[PART][SETS];
        OVER(c, PART)
            each_set part[c][v] = 0;
        for (int b = 0; b < rows; b++) {
            global const real *at = from + b * row + c0;
            real16 w[SETS];
            each_set w[v] = weight[b][v];
            OVER(c, PART)
                each_set part[c][v] = fma((real16) at[c], w[v], part[c][v]);
        }
        OVER(c, PART)
            each_set sum[c0 + c][v] = fma(sum[c0 + c][v], shrink[v], part[c][v]);
    }
}

// 0 or 1 / (1 - rate) for the scores number element + lane * stride.
inline real16 keep(const struct mask m, const uint element, const uint stride)
{
#if DROPOUT
    const uint16 lane = (uint16) (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const real16 drawn = JOIN(JOIN(convert_, REAL), 16)(
        rng_uniform16(m.key0, m.key1, m.step_no, m.stream, element + lane * stride));
    return select((real16) 0, (real16) (1 / (1 - m.rate)), drawn >= m.rate);
#else
    return 1;
#endif
}

// The first row of a group's tile, and how it is worked: by both sets, or by one alone.
#define TILE_FIRST (int) (get_group_id(0) * TILE)
#define BY_SETS(count, call)                                                                       \
    if ((count) - TILE_FIRST > LANES)                                                              \
        call(SETS);                                                                                \
    else                                                                                           \
        call(1);

struct head {
    global const real *q, *k, *v;   // the head's first channels in the image's first row
    size_t width, row, at;          // between rows; the head's first channel within a row of y
    size_t row0;                    // the head's first row in lse and delta
    int queries, keys;
    acc scale;
};

inline struct head head_at(global const real *q, global const real *k, global const real *v,
                           const int queries, const int keys, const int heads, const acc scale)
{
    const int which = get_group_id(1), n = get_group_id(2);
    struct head h;
    h.width = (size_t) heads * HEAD;
    h.row = ROW_OF(h.width);
    h.at = (size_t) n * queries * h.width + which * HEAD;
    h.row0 = ((size_t) n * heads + which) * queries;
    h.q = q + (size_t) n * queries * h.row + which * HEAD;
    h.k = k + (size_t) n * keys * h.row + K_OF(h.width) + which * HEAD;
    h.v = v + (size_t) n * keys * h.row + V_OF(h.width) + which * HEAD;
    h.queries = queries;
    h.keys = keys;
    h.scale = scale;
    return h;
}

// ---- forward -----------------------------------------------------------------------------------

// Scores of a block to weights: p = exp(s - the new top), masked; what was summed so far is to be
// multiplied by shrink.
inline void soften(tile_row *p, const int rows, const struct head h, const struct mask m,
                   const int i, const int first, real16 *top, real16 *weight, real16 *shrink,
                   const int sets)
{
    for (int v = 0; v < sets; v++) {
        real16 high = top[v], sum = 0;
        for (int b = 0; b < rows; b++) {
            p[b][v] *= h.scale;
            high = fmax(high, p[b][v]);
        }
        shrink[v] = exp(top[v] - high);
        top[v] = high;
        for (int b = 0; b < rows; b++) {
            const real16 e = exp(p[b][v] - high);
            sum += e;
            p[b][v] = e * keep(m, (h.row0 + i + v * LANES) * h.keys + first + b, h.keys);
        }
        weight[v] = fma(weight[v], shrink[v], sum);
    }
}

inline void fwd_tile(const struct head h, const struct mask m, const int i, global real *y,
                     global acc *lse, const int sets)
{
    tile_row mine[HEAD], sum[HEAD], p[BLOCK];
    real16 top[SETS], weight[SETS], shrink[SETS];
    turn_in(mine, h.q, h.row, i, h.queries, sets);
    tile_clear(sum);
    for (int v = 0; v < SETS; v++) {
        top[v] = -INFINITY;
        weight[v] = 0;
    }
    for (int first = 0; first < h.keys; first += BLOCK) {
        const int rows = min(BLOCK, h.keys - first);
        scores(p, h.k, h.row, first, h.keys, mine, sets);
        soften(p, rows, h, m, i, first, top, weight, shrink, sets);
        gather(sum, h.v + first * h.row, h.row, rows, p, shrink, sets);
    }
    for (int v = 0; v < sets; v++) {
        for (int c = 0; c < HEAD; c++)
            sum[c][v] /= weight[v];
        top[v] += log(weight[v]);
    }
    turn_out(sum, y + h.at, h.width, i, h.queries, sets);
    lanes_out(top, lse + h.row0, i, h.queries);
}

GROUP(1)
void attention_fwd(ATTENTION_FWD_ARGS)
{
    const struct mask m = MASK;
    const struct head h = head_at(q, k, v, queries, keys, heads, scale);
#define CALL(sets) fwd_tile(h, m, TILE_FIRST, y, lse, sets)
    BY_SETS(queries, CALL)
#undef CALL
}

// ---- backward ----------------------------------------------------------------------------------

inline void bwd_q_tile(const struct head h, const struct mask m, const int i,
                       global const real *y, global const acc *lse, global const real *dy,
                       global real *dq, global acc *delta, const int sets)
{
    tile_row mine[HEAD], arrived[HEAD], sum[HEAD], ds[BLOCK], dp[BLOCK];
    real16 along[SETS], norm[SETS], one[SETS];
    turn_in(arrived, dy + h.at, h.width, i, h.queries, sets);
    turn_in(mine, y + h.at, h.width, i, h.queries, sets);
    for (int v = 0; v < sets; v++) {
        along[v] = 0;
        one[v] = 1;
        for (int c = 0; c < HEAD; c++)
            along[v] = fma(arrived[c][v], mine[c][v], along[v]);
    }
    lanes_out(along, delta + h.row0, i, h.queries);
#if HAS_DQ
    lanes_in(norm, lse + h.row0, i, h.queries);
    turn_in(mine, h.q, h.row, i, h.queries, sets);
    tile_clear(sum);
    for (int first = 0; first < h.keys; first += BLOCK) {
        const int rows = min(BLOCK, h.keys - first);
        scores(ds, h.k, h.row, first, h.keys, mine, sets);
        scores(dp, h.v, h.row, first, h.keys, arrived, sets);
        for (int v = 0; v < sets; v++)
            for (int b = 0; b < rows; b++) {
                const uint element = (h.row0 + i + v * LANES) * h.keys + first + b;
                ds[b][v] = exp(h.scale * ds[b][v] - norm[v]) *
                           (dp[b][v] * keep(m, element, h.keys) - along[v]);
            }
        gather(sum, h.k + first * h.row, h.row, rows, ds, one, sets);
    }
    for (int c = 0; c < HEAD; c++)
        for (int v = 0; v < sets; v++)
            sum[c][v] *= h.scale;
    turn_out(sum, dq, h.row, i, h.queries, sets);
#endif
}

GROUP(1)
void attention_bwd_q(ATTENTION_BWD_ARGS)
{
    const struct mask m = MASK;
    const struct head h = head_at(q, k, v, queries, keys, heads, scale);
#define CALL(sets) bwd_q_tile(h, m, TILE_FIRST, y, lse, dy, dq + (h.q - q), delta, sets)
    BY_SETS(queries, CALL)
#undef CALL
}

inline void bwd_kv_tile(const struct head h, const struct mask m, const int j,
                        global const acc *lse, global const real *dy, global real *dk,
                        global real *dv, global const acc *delta, const int sets)
{
    tile_row mine[HEAD], value[HEAD], sum_k[HEAD], sum_v[HEAD], p[BLOCK], ds[BLOCK];
    real16 one[SETS];
    turn_in(mine, h.k, h.row, j, h.keys, sets);
    turn_in(value, h.v, h.row, j, h.keys, sets);
    tile_clear(sum_k);
    tile_clear(sum_v);
    for (int v = 0; v < SETS; v++)
        one[v] = 1;
    dy += h.at;
    for (int first = 0; first < h.queries; first += BLOCK) {
        const int rows = min(BLOCK, h.queries - first);
        scores(p, h.q, h.row, first, h.queries, mine, sets);
        scores(ds, dy, h.width, first, h.queries, value, sets);
        for (int v = 0; v < sets; v++)
            for (int b = 0; b < rows; b++) {
                const size_t at = h.row0 + first + b;
                const real16 e = exp(h.scale * p[b][v] - lse[at]);
                const real16 kept = keep(m, at * h.keys + j + v * LANES, 1);
                p[b][v] = e * kept;
                ds[b][v] = e * (ds[b][v] * kept - delta[at]);
            }
#if HAS_DK
        gather(sum_k, h.q + first * h.row, h.row, rows, ds, one, sets);
#endif
#if HAS_DV
        gather(sum_v, dy + first * h.width, h.width, rows, p, one, sets);
#endif
    }
#if HAS_DK
    for (int c = 0; c < HEAD; c++)
        for (int v = 0; v < sets; v++)
            sum_k[c][v] *= h.scale;
    turn_out(sum_k, dk, h.row, j, h.keys, sets);
#endif
#if HAS_DV
    turn_out(sum_v, dv, h.row, j, h.keys, sets);
#endif
}

GROUP(1)
void attention_bwd_kv(ATTENTION_BWD_ARGS)
{
    const struct mask m = MASK;
    const struct head h = head_at(q, k, v, queries, keys, heads, scale);
#define CALL(sets)                                                                                 \
    bwd_kv_tile(h, m, TILE_FIRST, lse, dy, dk + (h.k - k), dv + (h.v - v), delta, sets)
    BY_SETS(keys, CALL)
#undef CALL
}

#endif
