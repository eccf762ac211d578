// Convolution, channels last, directly: no patches are written out and no padded copy is made.
//
//   x   [N][H][W][I]       y   [N][OH][OW][O]       w   [O][KH][KW][I]
//
// In a row of x the KW taps of one output pixel are one run of KW * I numbers, so a pixel is KH
// runs, and a tile of ROWS pixels by COLS channels is a product whose depth is KH runs.  Forward and
// data gradient are the same kernel: the gradient of stride s is s * s convolutions of dy, one a
// phase of x, each with the taps that meet its phase, in reverse order (conv2d_pack_bwd_x lays them
// so).  Weights come packed in panels (see tile.cl), their depth ordered as the runs are.
//
// The weight gradient is a product over pixels, dw[o][kh][j] = sum over p of dy[p][o] x[run(p) + j];
// its pixels are split over groups and conv2d_reduce sums the parts in order.

// ---- packing: one group is PACK rows of one panel ----------------------------------------------

// Forward: row k of a panel is w[.][k], k over [KH][KW][I].   Groups: depth / PACK, panels.
GROUP(PACK)
void conv2d_pack_fwd(global const real *w, global real *packed, const int depth, const int outs)
{
    local real square[PACK * (PACK + 1)];
    const int n0 = get_group_id(1) * COLS;
    panel_pack(w, packed + (size_t) n0 * depth, square, get_group_id(0) * PACK, n0, depth, outs, 1,
               depth);
}

// Data gradient of one phase: rows [a][b][o] of a panel are w[o][kh0 - a step][kw0 - b step][.].
// Groups: taps_h * taps_w * outs / PACK, panels of I.
GROUP(PACK)
void conv2d_pack_bwd_x(global const real *w, global real *packed, const int outs, const int kernel_h,
                       const int kernel_w, const int ins, const int step, const int taps_h,
                       const int taps_w, const int kh0, const int kw0)
{
    const int lane = get_local_id(0), depth = taps_h * taps_w * outs;
    const int n0 = get_group_id(1) * COLS;
    for (int i = 0; i < PACK; i++) {
        const int k = get_group_id(0) * PACK + i, tap = k / outs, o = k - tap * outs;
        const int kh = kh0 - tap / taps_w * step, kw = kw0 - tap % taps_w * step;
        if (k >= depth)
            return;
        for (int c = lane; c < COLS; c += PACK)
            packed[(size_t) n0 * depth + (size_t) k * COLS + c] =
                n0 + c < ins ? w[(((size_t) o * kernel_h + kh) * kernel_w + kw) * ins + n0 + c] : 0;
    }
}

// ---- forward and data gradient -----------------------------------------------------------------

// The output is a grid of N x grid_h x grid_w pixels; pixel (n, gy, gx) reads input rows from
// gy * step + in_y0, columns from gx * step + in_x0, and is stored at row gy * out_step + out_y0,
// column gx * out_step + out_x0 of out [N][out_h][out_w][outs].
#define CONV_ARGS                                                                                  \
    global const real *x, global const real *packed, global real *y, const int pixels,             \
        const int grid_h, const int grid_w, const int in_h, const int in_w, const int ins,         \
        const int step, const int in_y0, const int in_x0, const int taps_h, const int run,         \
        const int out_h, const int out_w, const int outs, const int out_step, const int out_y0,    \
        const int out_x0

struct pixel {
    int n, gy, gx;
};

inline struct pixel pixel_at(int p, int grid_h, int grid_w)
{
    struct pixel at;
    const int row = p / grid_w;
    at.gx = p - row * grid_w;
    at.n = row / grid_h;
    at.gy = row - at.n * grid_h;
    return at;
}

inline void pixel_next(struct pixel *at, int grid_h, int grid_w)
{
    if (++at->gx < grid_w)
        return;
    at->gx = 0;
    if (++at->gy < grid_h)
        return;
    at->gy = 0;
    at->n++;
}

// Groups: [tiles of pixels in a block][panels of channels][blocks].  A block of tiles is small enough
// that its part of x stays in cache while every panel passes over it.
#define TILE_INDEX (get_group_id(2) * get_num_groups(0) + get_group_id(0))

#if VARIANT == 0

GROUP(1)
void conv2d_fwd(CONV_ARGS)
{
    const int first = TILE_INDEX * ROWS, n0 = get_group_id(1) * COLS;
    const int rows = min(ROWS, pixels - first), length = in_w * ins;
    if (rows <= 0)
        return;
    global const real *b = packed + (size_t) n0 * taps_h * run;
    real a[ROWS * DEPTH] __attribute__((aligned(64)));
    int row_at[ROWS], y_at[ROWS], from[ROWS];
    real16 sums[ROWS][VECS];
    TILE_ZERO(sums)

    struct pixel at = pixel_at(first, grid_h, grid_w);
    for (int r = 0; r < ROWS; r++) {
        y_at[r] = r < rows ? at.gy * step + in_y0 : -taps_h;
        row_at[r] = at.n * in_h + y_at[r];
        from[r] = (at.gx * step + in_x0) * ins;
        pixel_next(&at, grid_h, grid_w);
    }

    for (int kh = 0; kh < taps_h; kh++) {
        bool any = false;
        for (int r = 0; r < ROWS; r++)
            any |= y_at[r] + kh >= 0 && y_at[r] + kh < in_h;
        if (!any) {
            b += (size_t) run * COLS;
            continue;
        }
        for (int j = 0; j < run; j += DEPTH) {
            const int depth = min(DEPTH, run - j);
            for (int r = 0; r < ROWS; r++) {
                const bool inside = y_at[r] + kh >= 0 && y_at[r] + kh < in_h;
                run_copy(a + r * DEPTH, x + (size_t) (inside ? row_at[r] + kh : 0) * length,
                         from[r] + j, depth, inside ? length : 0);
            }
            for (int k = 0; k < depth; k++, b += COLS)
                TILE_STEP(sums, a[r * DEPTH + k], b)
        }
    }

    at = pixel_at(first, grid_h, grid_w);
    _Pragma("unroll") for (int r = 0; r < ROWS; r++) {
        const size_t row = (size_t) at.n * out_h + at.gy * out_step + out_y0;
        if (r < rows)
            row_store(y + (row * out_w + at.gx * out_step + out_x0) * outs + n0, sums[r], outs - n0,
                      0);
        pixel_next(&at, grid_h, grid_w);
    }
}

#else

// A work-item copies a float4 of a run at a time.
GROUP(LANES)
void conv2d_fwd(CONV_ARGS)
{
    local real as[BK * PAD_M] __attribute__((aligned(16)));
    local real bs[BK * PAD_N] __attribute__((aligned(16)));
    const int lane = get_local_id(0), first = TILE_INDEX * BM, n0 = get_group_id(1) * BN;
    const int length = in_w * ins, depth = taps_h * run;
    if (first >= pixels)
        return;
    real sums[TM][TN];
    LOCAL_ZERO(sums)

    for (int kh = 0; kh < taps_h; kh++)
        for (int j0 = 0; j0 < run; j0 += BK) {
            for (int i = lane; i < BM * BK / 4; i += LANES) {
                const int m = i / (BK / 4), j = i % (BK / 4) * 4;
                const struct pixel at = pixel_at(first + m, grid_h, grid_w);
                const int row = at.gy * step + in_y0 + kh;
                const bool inside = first + m < pixels && row >= 0 && row < in_h;
                const real4 v = run_load4(x + ((size_t) at.n * in_h + row) * length,
                                          (at.gx * step + in_x0) * ins + j0 + j,
                                          inside ? length : 0);
                as[j * PAD_M + m] = v.s0;
                as[(j + 1) * PAD_M + m] = v.s1;
                as[(j + 2) * PAD_M + m] = v.s2;
                as[(j + 3) * PAD_M + m] = v.s3;
            }
            for (int i = lane; i < BN * BK / 4; i += LANES) {
                const int k = i / (BN / 4), n = i % (BN / 4) * 4, panel = (n0 + n) / COLS;
                real4 v = 0;
                if (j0 + k < run && panel * COLS < outs)
                    v = vload4(0, packed + ((size_t) panel * depth + kh * run + j0 + k) * COLS +
                                      (n0 + n) % COLS);
                vstore4(v, 0, bs + k * PAD_N + n);
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            LOCAL_STEP(sums, as, bs)
            barrier(CLK_LOCAL_MEM_FENCE);
        }

    _Pragma("unroll") for (int i = 0; i < TM; i++) {
        const int p = first + SUM_ROW(i);
        const struct pixel at = pixel_at(p, grid_h, grid_w);
        const size_t row = (size_t) at.n * out_h + at.gy * out_step + out_y0;
        global real *to = y + (row * out_w + at.gx * out_step + out_x0) * outs + n0;
        _Pragma("unroll") for (int j = 0; j < TN; j++)
            if (p < pixels && n0 + SUM_COL(j) < outs)
                to[SUM_COL(j)] = sums[i][j];
    }
}

#endif

// ---- weight gradient ---------------------------------------------------------------------------

#define CONV_BWD_W_ARGS                                                                            \
    global const real *x, global const real *dy, global real *part, const int pixels,              \
        const int grid_h, const int grid_w, const int in_h, const int in_w, const int ins,         \
        const int step, const int in_y0, const int in_x0, const int taps_h, const int run,         \
        const int outs, const int split, const int add

#if VARIANT == 0

// One pixel whose window or whose rows of dy are cut off; sums stay in memory.
inline void edge_step(real16 (*sums)[VECS], global const real *d, int rows, global const real *xs,
                      int from, int length)
{
    real b[COLS];
    if (from + COLS <= 0 || from >= length)
        return;
    run_copy(b, xs, from, COLS, length);
    for (int r = 0; r < min(rows, ROWS); r++)
        for (int v = 0; v < VECS; v++)
            sums[r][v] = fma((real16) d[r], vload16(v, b), sums[r][v]);
}

// Groups: outs / ROWS, taps_h * (run / COLS), splits of `split` pixels.  part [splits][O][KH][run].
GROUP(1)
void conv2d_bwd_w(CONV_BWD_W_ARGS)
{
    const int runs = (run + COLS - 1) / COLS, kh = get_group_id(1) / runs;
    const int o0 = get_group_id(0) * ROWS, j0 = (get_group_id(1) - kh * runs) * COLS;
    const int begin = get_group_id(2) * split, end = min(begin + split, pixels);
    const int length = in_w * ins, stride = step * ins;
    // The pixels at which ROWS numbers of dy can be read from o0 without leaving it.
    const int dy_whole = ((long) pixels * outs - o0 - ROWS + outs) / outs;
    real16 sums[ROWS][VECS], edge[ROWS][VECS];
    TILE_ZERO(sums)
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECS; v++)
            edge[r][v] = 0;

    for (int p = begin, next; p < end; p = next) {
        const struct pixel at = pixel_at(p, grid_h, grid_w);
        const int row = at.gy * step + in_y0 + kh;
        next = min(end, p + grid_w - at.gx);
        if (row < 0 || row >= in_h)
            continue;

        // Pixels whose window lies within the row go through registers, the few others apart.
        global const real *xs = x + ((size_t) at.n * in_h + row) * length;
        const int from = (at.gx * step + in_x0) * ins + j0;
        const int low = clamp((stride - 1 - from) / stride, 0, next - p);
        const int high = clamp(min((length - COLS - from + stride) / stride, dy_whole - p), low,
                               next - p);
        for (int q = 0; q < low; q++)
            edge_step(edge, dy + (size_t) (p + q) * outs + o0, outs - o0, xs, from + q * stride,
                      length);
        global const real *d = dy + (size_t) (p + low) * outs + o0, *b = xs + from + low * stride;
        for (int q = low; q < high; q++, d += outs, b += stride)
            TILE_STEP(sums, d[r], b)
        for (int q = high; q < next - p; q++)
            edge_step(edge, dy + (size_t) (p + q) * outs + o0, outs - o0, xs, from + q * stride,
                      length);
    }

    global real *to = part + (size_t) get_group_id(2) * outs * taps_h * run;
    _Pragma("unroll") for (int r = 0; r < ROWS; r++)
        if (o0 + r < outs)
{
            _Pragma("unroll") for (int v = 0; v < VECS; v++) sums[r][v] += edge[r][v];
            row_store(to + ((size_t) (o0 + r) * taps_h + kh) * run + j0, sums[r], run - j0, add);
        }
}

#else

// Groups: outs / BM, taps_h * (run / BN), splits.
GROUP(LANES)
void conv2d_bwd_w(CONV_BWD_W_ARGS)
{
    local real as[BK * PAD_M] __attribute__((aligned(16)));
    local real bs[BK * PAD_N] __attribute__((aligned(16)));
    const int lane = get_local_id(0);
    const int runs = (run + BN - 1) / BN, kh = get_group_id(1) / runs;
    const int o0 = get_group_id(0) * BM, j0 = (get_group_id(1) - kh * runs) * BN;
    const int begin = get_group_id(2) * split, end = min(begin + split, pixels);
    const int length = in_w * ins;
    real sums[TM][TN];
    LOCAL_ZERO(sums)

    for (int p0 = begin; p0 < end; p0 += BK) {
        for (int i = lane; i < BM * BK / 4; i += LANES) {
            const int p = p0 + i / (BM / 4), m = i % (BM / 4) * 4;
            vstore4(run_load4(dy + (size_t) p * outs, o0 + m, p < end ? outs : 0), 0,
                    as + (p - p0) * PAD_M + m);
        }
        for (int i = lane; i < BN * BK / 4; i += LANES) {
            const int p = p0 + i / (BN / 4), n = i % (BN / 4) * 4;
            const struct pixel at = pixel_at(p, grid_h, grid_w);
            const int row = at.gy * step + in_y0 + kh;
            const bool inside = p < end && row >= 0 && row < in_h;
            vstore4(run_load4(x + ((size_t) at.n * in_h + row) * length,
                              (at.gx * step + in_x0) * ins + j0 + n, inside ? length : 0),
                    0, bs + (p - p0) * PAD_N + n);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        LOCAL_STEP(sums, as, bs)
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    global real *to = part + (size_t) get_group_id(2) * outs * taps_h * run;
    _Pragma("unroll") for (int i = 0; i < TM; i++)
        _Pragma("unroll") for (int j = 0; j < TN; j++) {
            const int o = o0 + SUM_ROW(i), c = j0 + SUM_COL(j);
            const size_t at = ((size_t) o * taps_h + kh) * run + c;
            if (o < outs && c < run)
                to[at] = add ? to[at] + sums[i][j] : sums[i][j];
        }
}

#endif

// dw (+)= the parts in order.  Groups: count / REDUCE.
#define REDUCE 256

GROUP(REDUCE)
void conv2d_reduce(global const real *part, global real *dw, const int count, const int splits,
                   const int add)
{
    const int at = get_global_id(0);
    if (at >= count)
        return;
    acc sum = add ? dw[at] : 0;
    for (int s = 0; s < splits; s++)
        sum += part[(size_t) s * count + at];
    dw[at] = sum;
}
