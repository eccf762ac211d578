// Products of row-major matrices in all four transpose forms, batched:
//
//   C[b][m][n] = alpha * sum over k of A[b](m, k) B[b](k, n) + bias[n]
//
// A is read in place: A(m, k) = a[m * a_row + k * a_col], where one of the two steps is 1.  B is
// read by panels of COLS columns: B(k, n) = b[n / COLS * b_panel + k * b_row + n % COLS].  A
// row-major B whose width is a multiple of COLS is such a thing in place (b_panel = COLS, b_row =
// its width); any other is packed first (b_panel = depth * COLS, b_row = COLS).
//
// A long depth over few tiles is split: each group sums `split` values of k into its own part, and
// matmul_reduce sums the parts in order.

// Packs B(k, n) = b[n * step + k].
#if VARIANT == 1

// Squares are turned in registers.  Groups: panels, depth / PACK, batches.
GROUP(1)
void matmul_pack_columns(global const real *b, global real *packed, const int depth, const int cols,
                         const int step, const int b_batch)
{
    const int n0 = get_group_id(0) * COLS, k0 = get_group_id(1) * PACK;
    const size_t batch = get_group_id(2), width = get_num_groups(0) * COLS;
    b += batch * b_batch;
    packed += batch * width * depth;
    for (int n = n0; n < n0 + COLS; n += 16)
        for (int k = k0; k < min(k0 + PACK, depth); k += 16)
            turn_square(b + (size_t) n * step + k, step, cols - n, depth - k,
                        packed + (size_t) n0 * depth + (size_t) k * COLS + n - n0, COLS);
}

#else

// A work-item a column.  Groups: panels * COLS / WG, depth / PACK, batches.
GROUP(WG)
void matmul_pack_columns(global const real *b, global real *packed, const int depth, const int cols,
                         const int step, const int b_batch)
{
    const int n = get_global_id(0), width = (cols + COLS - 1) / COLS * COLS;
    const size_t batch = get_group_id(2);
    if (n < width)
        pack_column(b + batch * b_batch, packed + batch * width * depth, get_group_id(1) * PACK, n,
                    depth, cols, step);
}

#endif

// Packs B(k, n) = b[k * step + n], a work-item a row.  Groups: depth / WG, panels, batches.
GROUP(WG)
void matmul_pack_rows(global const real *b, global real *packed, const int depth, const int cols,
                      const int step, const int b_batch)
{
    const int n0 = get_group_id(1) * COLS, k = get_global_id(0);
    const size_t panel = get_group_id(2) * get_num_groups(1) + get_group_id(1);
    if (k < depth)
        pack_row(b + (size_t) get_group_id(2) * b_batch + (size_t) k * step + n0,
                 packed + (panel * depth + k) * COLS, cols - n0);
}

// Groups: [tiles of rows in a block][panels][blocks, splits, batches].  A block of tiles is small
// enough that its part of A stays in cache while every panel passes over it.  With splits, part s
// of batch i is at c + (i * splits + s) * rows * cols and is neither scaled nor given the bias.
#define MATMUL_ARGS                                                                                \
    global const real *a, global const real *b, global real *c, global const real *bias,           \
        const int rows, const int cols, const int depth, const int a_row, const int a_col,         \
        const int b_panel, const int b_row, const int a_batch, const int b_batch,                  \
        const int c_batch, const int c_row, const int blocks, const int splits, const int split,   \
        const real alpha, const int has_bias, const int panels

struct part {
    int tile, k0, k1;
    size_t batch, at;   // which batch, and where its C begins
};

inline struct part part_at(int blocks, int splits, int split, int depth, int c_batch, int rows,
                           int cols)
{
    struct part p;
    const int z = get_group_id(2), block = z % blocks, s = z / blocks % splits;
    p.tile = block * get_num_groups(0) + get_group_id(0);
    p.batch = z / blocks / splits;
    p.k0 = s * split;
    p.k1 = min(p.k0 + split, depth);
    p.at = splits > 1 ? (p.batch * splits + s) * rows * cols : p.batch * c_batch;
    return p;
}

#if VARIANT == 1

// A group takes one tile and up to `panels` panels, so that a copied slice of A serves them all;
// sums of panels that wait lie in `kept`.  The slice is [ROWS][DEPTH], or [DEPTH][16] if A is
// turned.
GROUP(1)
void matmul(MATMUL_ARGS)
{
    const struct part p = part_at(blocks, splits, split, depth, c_batch, rows, cols);
    const int m0 = p.tile * ROWS, panel0 = get_group_id(1) * panels, m1 = min(m0 + ROWS, rows);
    const int count = min(panels, (cols + COLS - 1) / COLS - panel0);
    if (m0 >= rows)
        return;
    a += p.batch * a_batch;
    b += p.batch * b_batch + (size_t) panel0 * b_panel;
    real16 slice[ROWS * DEPTH / 16 + DEPTH], kept[PANELS][ROWS][VECS];
    const real *flat = (const real *) slice;

    for (int k0 = p.k0; k0 < p.k1; k0 += DEPTH) {
        const int n = min(DEPTH, p.k1 - k0);
        if (a_col == 1)
            for (int m = m0; m < m1; m++)
                run_copy(slice + (m - m0) * (DEPTH / 16), a + (size_t) m * a_row, k0, n, depth);
        else
            for (int k = 0; k < n; k++)
                run_copy(slice + k, a + (size_t) (k0 + k) * a_col, m0, 16, rows);
        for (int c = 0; c < count; c++) {
            global const real *at = b + (size_t) c * b_panel + (size_t) k0 * b_row;
            for (int k = 0; k < n;) {
                const int end = min(k + CHAIN, n);
                const bool first = k0 == p.k0 && k == 0;
                real16 sums[ROWS][VECS];
                TILE_ZERO(sums)
                if (a_col == 1)
                    for (; k < end; k++, at += b_row)
                        TILE_STEP(sums, flat[r * DEPTH + k], at)
                else
                    for (; k < end; k++, at += b_row)
                        TILE_STEP(sums, flat[k * 16 + r], at)
                TILE_ADD(kept[c], sums, first)
            }
        }
    }

    for (int i = 0; i < count; i++) {
        const int n0 = (panel0 + i) * COLS, n = min(COLS, cols - n0);
        real16 shift[VECS];
        for (int v = 0; v < VECS; v++)
            run_copy(shift + v, bias, n0 + 16 * v, 16, has_bias ? cols : 0);
        for (int m = m0; m < m1; m++) {
            real16 row[VECS];
            for (int v = 0; v < VECS; v++)
                row[v] = splits > 1 ? kept[i][m - m0][v]
                                    : fma((real16) alpha, kept[i][m - m0][v], shift[v]);
            row_store(c + p.at + (size_t) m * c_row + n0, row, 0, n);
        }
    }
}

#else

GROUP(LANES)
void matmul(MATMUL_ARGS)
{
    local real as[SLICE * PITCH] __attribute__((aligned(16)));
    local real bs[SLICE * PITCH] __attribute__((aligned(16)));
    const struct part p = part_at(blocks, splits, split, depth, c_batch, rows, cols);
    const int lane = get_local_id(0), m0 = p.tile * SIDE, n0 = get_group_id(1) * SIDE;
    if (m0 >= rows)
        return;
    a += p.batch * a_batch;
    b += p.batch * b_batch;
    real sums[EACH][EACH];
    LOCAL_ZERO(sums)

    for (int k0 = p.k0; k0 < p.k1; k0 += SLICE) {
        for (int i = lane; i < SIDE * SLICE / 4; i += LANES) {
            if (a_col == 1) {
                const int m = i / (SLICE / 4), k = i % (SLICE / 4) * 4;
                const real4 v = run_load4(a + (size_t) (m0 + m) * a_row, k0 + k,
                                          m0 + m < rows ? p.k1 : 0);
                as[k * PITCH + m] = v.s0;
                as[(k + 1) * PITCH + m] = v.s1;
                as[(k + 2) * PITCH + m] = v.s2;
                as[(k + 3) * PITCH + m] = v.s3;
            } else {
                const int k = i / (SIDE / 4), m = i % (SIDE / 4) * 4;
                vstore4(run_load4(a + (size_t) (k0 + k) * a_col, m0 + m, k0 + k < p.k1 ? rows : 0),
                        0, as + k * PITCH + m);
            }
        }
        for (int i = lane; i < SIDE * SLICE / 4; i += LANES) {
            const int k = i / (SIDE / 4), n = i % (SIDE / 4) * 4, panel = (n0 + n) / COLS;
            real4 v = 0;
            if (k0 + k < p.k1 && panel * COLS < cols)
                v = vload4(0, b + (size_t) panel * b_panel + (size_t) (k0 + k) * b_row +
                                  (n0 + n) % COLS);
            vstore4(v, 0, bs + k * PITCH + n);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        LOCAL_STEP(sums, as, bs)
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    c += p.at;
    OVER(i, EACH)
        OVER(j, EACH) {
            const int m = m0 + SUM_ROW(i), n = n0 + SUM_COL(j);
            if (m >= rows || n >= cols)
                continue;
            real v = sums[i][j];
            if (splits == 1)
                v = fma(alpha, v, has_bias ? bias[n] : 0);
            const size_t at = (size_t) m * c_row + n;
            c[at] = v;
        }
}

#endif

// C = alpha * the parts in order + bias.  Groups: rows * cols / WG, batches.
GROUP(WG)
void matmul_reduce(global const real *part, global real *c, global const real *bias, const int rows,
                   const int cols, const int c_batch, const int c_row, const int splits,
                   const real alpha, const int has_bias)
{
    const int i = get_global_id(0), m = i / cols, n = i - m * cols;
    const size_t batch = get_group_id(1), at = batch * c_batch + (size_t) m * c_row + n;
    if (m >= rows)
        return;
    acc sum = 0;
    for (int s = 0; s < splits; s++)
        sum += part[((batch * splits + s) * rows + m) * cols + n];
    c[at] = fma(alpha, sum, has_bias ? bias[n] : 0);
}
