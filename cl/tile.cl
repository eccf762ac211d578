// One output tile of a product, C[m][n] = sum over k of A[m][k] B[k][n], in two shapes.
//
// VARIANT 0, register tile: a work-item is a group and keeps ROWS x COLS sums in vector registers.
//   A is read one number at a time and spread over a vector, B a vector at a time.  For CPUs.
// VARIANT 1, local tile: BM x BN outputs a group, (BM / TM) * (BN / TN) work-items, which copy BK
//   deep slices of A and B to local memory and keep TM x TN sums each.  For GPUs.
//
// B comes in panels where it is packed: panel c holds columns [c COLS, c COLS + COLS) as [K][COLS],
// zero where the matrix has no such column.

#ifndef VARIANT
#define VARIANT 0
#endif
#ifndef ROWS
#define ROWS 13     // rows of a register tile
#endif
#ifndef VECS
#define VECS 2      // vectors of 16 columns in a register tile and in a panel
#endif
#ifndef DEPTH
#define DEPTH 192   // how much of a row of A a register tile copies at a time, a multiple of 16
#endif
#ifndef PANELS
#define PANELS 8    // the most panels that use one copy
#endif
#ifndef DEPTH_W
#define DEPTH_W 128   // the same three for a product over pixels: its copies of both sides
#endif
#ifndef TILES_W
#define TILES_W 5
#endif
#ifndef PANELS_W
#define PANELS_W 2
#endif
#ifndef BM
#define BM 64
#endif
#ifndef BN
#define BN 64
#endif
#ifndef BK
#define BK 16       // a multiple of 4
#endif
#ifndef TM
#define TM 4        // multiples of 4
#endif
#ifndef TN
#define TN 4
#endif

#define COLS (16 * VECS)
#define LANES_M (BM / TM)
#define LANES_N (BN / TN)
#define LANES (LANES_M * LANES_N)
#define PAD_M (BM + 4)   // local rows, shifted so that columns spread over the banks
#define PAD_N (BN + 4)

// ---- packing -----------------------------------------------------------------------------------

#ifndef PACK
#define PACK 64   // rows of a panel that one group packs
#endif

// Rows [k0, k0 + PACK) of one panel from b(k, n) = src[n * step + k]: a work-item a column, of COLS.
inline void pack_columns(global const real *src, global real *panel, int k0, int n0, int depth,
                         int cols, int step)
{
    const int lane = get_local_id(0), n = n0 + lane;
    const bool inside = n < cols;
    global const real *from = src + (inside ? (size_t) n * step : 0);
    for (int k = k0; k < min(k0 + PACK, depth); k++)
        panel[(size_t) k * COLS + lane] = inside ? from[k] : 0;
}

// One row of a panel from n values in a row.
inline void pack_row(global const real *src, global real *row, int n)
{
    for (int c = 0; c < COLS; c += 16)
        if (c + 16 <= n)
            vstore16(vload16(0, src + c), 0, row + c);
        else
            for (int i = c; i < c + 16; i++)
                row[i] = i < n ? src[i] : 0;
}

// ---- register tile -----------------------------------------------------------------------------

// sums[r][v] += a(r) * b[v] for one k, where `a(r)` is an expression in r.
#define TILE_STEP(sums, a, b)                                                                      \
    {                                                                                              \
        real16 b_[VECS];                                                                           \
        _Pragma("unroll") for (int v = 0; v < VECS; v++) b_[v] = vload16(v, b);                    \
        _Pragma("unroll") for (int r = 0; r < ROWS; r++)                                           \
            _Pragma("unroll") for (int v = 0; v < VECS; v++)                                       \
                sums[r][v] = fma((real16) (a), b_[v], sums[r][v]);                                 \
    }

#define TILE_ZERO(sums)                                                                            \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++)                                               \
        _Pragma("unroll") for (int v = 0; v < VECS; v++) sums[r][v] = 0;

// A vector that lies anywhere: vload16 and vstore16 say the same, but some compilers make four of one.
typedef real16 __attribute__((aligned(4))) real16_any;

// Copies row[from .. from + depth) to `to` by vectors; what lies outside [0, length) reads as zero.
inline void run_copy(real16 *to, global const real *row, int from, int depth, int length)
{
    for (int j = 0; j < depth; j += 16, to++) {
        const int at = from + j;
        if (at >= 0 && at + 16 <= length) {
            *to = vload16(0, row + at);
        } else {
            *to = 0;
            for (int i = max(0, -at); i < min(16, length - at); i++)
                ((real *) to)[i] = row[at + i];
        }
    }
}

// Sums from memory, or zero at first, and back.
#define TILE_LOAD(sums, kept, fresh)                                                               \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++)                                               \
        _Pragma("unroll") for (int v = 0; v < VECS; v++) sums[r][v] = fresh ? 0 : kept[r][v];
#define TILE_SAVE(kept, sums)                                                                      \
    _Pragma("unroll") for (int r = 0; r < ROWS; r++)                                               \
        _Pragma("unroll") for (int v = 0; v < VECS; v++) kept[r][v] = sums[r][v];

// Writes one row of sums (zero: none were made), as many columns as there are; adds where asked to.
inline void row_store(global real *to, const real16 *sums, int zero, int cols, int add)
{
    if (cols >= COLS && !zero) {
        _Pragma("unroll") for (int v = 0; v < VECS; v++)
            *(global real16_any *) (to + 16 * v) = add ? vload16(v, to) + sums[v] : sums[v];
        return;
    }
    for (int c = 0; c < min(cols, COLS); c++)
        to[c] = (add ? to[c] : 0) + (zero ? 0 : ((const real *) sums)[c]);
}

// ---- local tile --------------------------------------------------------------------------------

// Row and column of a work-item's sum [i][j]: groups of 4, the groups a stride apart, so that
// neighbouring work-items read neighbouring float4s.
#define LANE_M (get_local_id(0) / LANES_N)
#define LANE_N (get_local_id(0) % LANES_N)
#define SUM_ROW(i) ((i) / 4 * 4 * LANES_M + LANE_M * 4 + (i) % 4)
#define SUM_COL(j) ((j) / 4 * 4 * LANES_N + LANE_N * 4 + (j) % 4)

#define LOCAL_ZERO(sums)                                                                           \
    _Pragma("unroll") for (int i = 0; i < TM; i++)                                                 \
        _Pragma("unroll") for (int j = 0; j < TN; j++) sums[i][j] = 0;

// sums += As^T Bs over one slice: As [BK][PAD_M], Bs [BK][PAD_N].
#define LOCAL_STEP(sums, as, bs)                                                                   \
    for (int k_ = 0; k_ < BK; k_++) {                                                              \
        real a_[TM], b_[TN];                                                                       \
        _Pragma("unroll") for (int i = 0; i < TM; i += 4)                                          \
            vstore4(vload4(0, as + k_ * PAD_M + SUM_ROW(i)), 0, a_ + i);                           \
        _Pragma("unroll") for (int j = 0; j < TN; j += 4)                                          \
            vstore4(vload4(0, bs + k_ * PAD_N + SUM_COL(j)), 0, b_ + j);                           \
        _Pragma("unroll") for (int i = 0; i < TM; i++)                                             \
            _Pragma("unroll") for (int j = 0; j < TN; j++)                                         \
                sums[i][j] = fma(a_[i], b_[j], sums[i][j]);                                        \
    }

// Four numbers row[from .. from + 4), zero outside [0, length).
inline real4 run_load4(global const real *row, long from, long length)
{
    if (from >= 0 && from + 4 <= length)
        return vload4(0, row + from);
    real4 v = 0;
    if (from >= 0 && from < length)
        v.s0 = row[from];
    if (from + 1 >= 0 && from + 1 < length)
        v.s1 = row[from + 1];
    if (from + 2 >= 0 && from + 2 < length)
        v.s2 = row[from + 2];
    if (from + 3 >= 0 && from + 3 < length)
        v.s3 = row[from + 3];
    return v;
}
