// One output tile of a product, C[m][n] = sum over k of A[m][k] B[k][n], in two shapes.
//
// VARIANT 1, register tile: a work-item is a group and keeps ROWS x COLS sums in vector registers.
//   A is read one number at a time and spread over a vector, B a vector at a time.  For CPUs.
// VARIANT 2, local tile: SIDE x SIDE outputs a group, whose LANES work-items copy slices of A and B
//   to local memory and keep EACH x EACH sums each.  For GPUs.
//
// B comes in panels where it is packed: panel c holds columns [c COLS, c COLS + COLS) as [K][COLS],
// zero where the matrix has no such column.

#ifndef VARIANT
#define VARIANT 2
#endif
#ifndef ROWS
#define ROWS 13     // rows of a register tile
#endif
#ifndef VECS
#define VECS 2      // vectors of 16 columns in a register tile and in a panel
#endif
#ifndef DEPTH
#define DEPTH 256   // how much of a row of A a register tile copies at a time, a multiple of 16
#endif
#define PANELS 24   // the most panels that use one copy
#ifndef SIDE
#define SIDE 64     // rows and columns of a local tile
#endif
#ifndef EACH
#define EACH 4      // rows and columns of it that a work-item sums, a multiple of 4
#endif
#define SLICE 16    // depth of the slices in local memory

#define COLS (16 * VECS)
#define ACROSS (SIDE / EACH)
#define LANES (ACROSS * ACROSS)
#define PITCH (SIDE + 4)   // of rows in local memory, so that columns spread over the banks

// ---- packing -----------------------------------------------------------------------------------

#ifndef WG
#define WG 32     // work-items of a group that packs or sums parts
#endif
#define PACK 64   // rows of a column that one work-item packs

// Rows [k0, k0 + PACK) of column n from b(k, n) = src[n * step + k]; zero from column `cols` on.
inline void pack_column(global const real *src, global real *packed, int k0, int n, int depth,
                        int cols, int step)
{
    global const real *from = src + (n < cols ? (size_t) n * step : 0);
    global real *panel = packed + (size_t) (n / COLS) * depth * COLS + n % COLS;
    for (int k = k0; k < min(k0 + PACK, depth); k++)
        panel[(size_t) k * COLS] = n < cols ? from[k] : 0;
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

// The most terms that are added one after another.  A longer sum is one of such sums, so that its
// rounding error grows with the fourth root of the length at best, not with the square root; each
// costs an addition, a load and a store a vector.  Half as many terms cost more time and no longer
// show in a net's outputs, whose error is then that of the stored activations.
#define CHAIN 128

// sums[r][v] += a(r) * b[v] for one k, where `a(r)` is an expression in r.
#define TILE_STEP(sums, a, b)                                                                      \
    {                                                                                              \
        real16 b_[VECS];                                                                           \
        OVER(v, VECS) b_[v] = vload16(v, b);                                                       \
        OVER(r, ROWS)                                                                              \
            OVER(v, VECS)                                                                          \
                sums[r][v] = fma((real16) (a), b_[v], sums[r][v]);                                 \
    }

#define TILE_ZERO(sums)                                                                            \
    OVER(r, ROWS)                                                                                  \
        OVER(v, VECS) sums[r][v] = 0;

// A vector that lies anywhere.  vload16 and vstore16 say the same, but PoCL makes several of one.
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

// kept += sums, or = sums at first.
#define TILE_ADD(kept, sums, fresh)                                                                \
    OVER(r, ROWS)                                                                                  \
        OVER(v, VECS)                                                                              \
            kept[r][v] = fresh ? sums[r][v] : kept[r][v] + sums[r][v];

// Writes one row of sums, as many columns as there are; zero: none were made.
inline void row_store(global real *to, const real16 *sums, int zero, int cols)
{
    if (cols >= COLS && !zero) {
        OVER(v, VECS)
            *(global real16_any *) (to + 16 * v) = sums[v];
        return;
    }
    for (int c = 0; c < min(cols, COLS); c++)
        to[c] = zero ? 0 : ((const real *) sums)[c];
}

// ---- local tile --------------------------------------------------------------------------------

// Row and column of a work-item's sum [i][j]: groups of 4, the groups a stride apart, so that
// neighbouring work-items read neighbouring float4s.
#define SUM_ROW(i) ((i) / 4 * 4 * ACROSS + get_local_id(0) / ACROSS * 4 + (i) % 4)
#define SUM_COL(j) ((j) / 4 * 4 * ACROSS + get_local_id(0) % ACROSS * 4 + (j) % 4)

#define LOCAL_ZERO(sums)                                                                           \
    OVER(i, EACH)                                                                                  \
        OVER(j, EACH) sums[i][j] = 0;

// sums += As^T Bs over one slice: both [SLICE][PITCH].
#define LOCAL_STEP(sums, as, bs)                                                                   \
    for (int k_ = 0; k_ < SLICE; k_++) {                                                           \
        real a_[EACH], b_[EACH];                                                                   \
        _Pragma("unroll") for (int i = 0; i < EACH; i += 4)                                        \
            vstore4(vload4(0, as + k_ * PITCH + SUM_ROW(i)), 0, a_ + i);                           \
        _Pragma("unroll") for (int j = 0; j < EACH; j += 4)                                        \
            vstore4(vload4(0, bs + k_ * PITCH + SUM_COL(j)), 0, b_ + j);                           \
        OVER(i, EACH)                                                                              \
            OVER(j, EACH)                                                                          \
                sums[i][j] = fma(a_[i], b_[j], sums[i][j]);                                        \
    }

// Four numbers row[from .. from + 4), zero outside [0, length).
inline real4 run_load4(global const real *row, int from, int length)
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
