// Convolution, channels last, directly: no patches are written out and no padded copy is made.
//
//   x   [N][H][W][I]       y   [N][OH][OW][O]       w   [O][KH][KW][I]
//
// In a row of x the KW taps of one output pixel are one run of KW * I numbers, so a pixel is KH
// runs, and a tile of pixels by channels is a product whose depth is KH runs.  Forward and data
// gradient are the same kernel: the gradient of stride s is s * s convolutions of dy, one for each
// phase of x, with the taps that meet the phase in reverse order (conv2d_pack_bwd_x lays them so).
// Weights come packed in panels (see tile.cl), their depth ordered as the runs are.
//
// The weight gradient is a product over pixels: dw[o][kh][j] is the sum of dy[p][o] x[run(p) + j].
// The pixels are split over groups and conv2d_reduce sums the parts in order.

// ---- packing -----------------------------------------------------------------------------------

// Forward: row k of a panel is w[.][k], k over [KH][KW][I]; a work-item a column.
// Groups: panels * COLS / WG, depth / PACK.
GROUP(WG)
void conv2d_pack_fwd(global const real *w, global real *packed, const int depth, const int outs)
{
    const int n = get_global_id(0);
    if (n < (outs + COLS - 1) / COLS * COLS)
        pack_column(w, packed, get_group_id(1) * PACK, n, depth, outs, depth);
}

// Data gradient of one phase: rows [a][b][o] of a panel are w[o][kh0 - a step][kw0 - b step][.]; a
// work-item a row.  Groups: taps_h * taps_w * outs / WG, panels of I.
GROUP(WG)
void conv2d_pack_bwd_x(global const real *w, global real *packed, const int outs,
                       const int kernel_h, const int kernel_w, const int ins, const int step,
                       const int taps_h, const int taps_w, const int kh0, const int kw0)
{
    const int n0 = get_group_id(1) * COLS, depth = taps_h * taps_w * outs, k = get_global_id(0);
    const int tap = k / outs, o = k - tap * outs;
    const int kh = kh0 - tap / taps_w * step, kw = kw0 - tap % taps_w * step;
    if (k < depth)
        pack_row(w + (((size_t) o * kernel_h + kh) * kernel_w + kw) * ins + n0,
                 packed + (size_t) n0 * depth + (size_t) k * COLS, ins - n0);
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
        const int out_x0, const int panels

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

// Groups: [tiles of pixels in a block][panels of channels][blocks].  A block of tiles is small
// enough that its part of x stays in cache while every panel passes over it.
#define TILE_INDEX (get_group_id(2) * get_num_groups(0) + get_group_id(0))

#if defined(STRIDE)   // a program for rows of pixels sums as conv2d_row or conv2d_lanes has it
#elif VARIANT == 1

struct tile {
    int y[ROWS], row[ROWS], from[ROWS];   // the run's input row in its image and in x, its column
};

// Copies [j, j + depth) of the runs of a tile's pixels in input row kh; false if all of it is zero.
inline bool tile_copy(real16 *slice, const struct tile *t, global const real *x, int kh, int j,
                      int depth, int in_h, int length)
{
    bool any = false;
    for (int r = 0; r < ROWS; r++) {
        const bool inside = t->y[r] + kh >= 0 && t->y[r] + kh < in_h;
        any |= inside;
        run_copy(slice + r * (DEPTH / 16), x + (size_t) (inside ? t->row[r] + kh : 0) * length,
                 t->from[r] + j, depth, inside ? length : 0);
    }
    return any;
}

// A group takes one tile and up to `panels` panels, so that a copied slice of x serves them all;
// sums of panels that wait lie in `kept`.
GROUP(1)
void conv2d_fwd(CONV_ARGS)
{
    const int first = TILE_INDEX * ROWS, rows = min(ROWS, pixels - first), length = in_w * ins;
    const int panel0 = get_group_id(1) * panels;
    const int count = min(panels, (outs + COLS - 1) / COLS - panel0);
    if (rows <= 0)
        return;
    const size_t panel_elems = (size_t) taps_h * run * COLS;
    packed += panel0 * panel_elems;
    real16 slice[ROWS * DEPTH / 16], kept[PANELS][ROWS][VECS];
    const real *a = (const real *) slice;
    struct tile t;

    struct pixel at = pixel_at(first, grid_h, grid_w);
    for (int r = 0; r < ROWS; r++) {
        t.y[r] = r < rows ? at.gy * step + in_y0 : -taps_h;
        t.row[r] = at.n * in_h + t.y[r];
        t.from[r] = (at.gx * step + in_x0) * ins;
        pixel_next(&at, grid_h, grid_w);
    }

    bool fresh = true;
    for (int kh = 0; kh < taps_h; kh++)
        for (int j = 0; j < run; j += DEPTH) {
            const int depth = min(DEPTH, run - j);
            if (!tile_copy(slice, &t, x, kh, j, depth, in_h, length))
                break;
            for (int p = 0; p < count; p++) {
                global const real *b = packed + p * panel_elems + ((size_t) kh * run + j) * COLS;
                for (int k = 0; k < depth;) {
                    const int end = min(k + CHAIN, depth);
                    const bool first = fresh && k == 0;
                    real16 sums[ROWS][VECS];
                    TILE_ZERO(sums)
                    for (; k < end; k++, b += COLS)
                        TILE_STEP(sums, a[r * DEPTH + k], b)
                    TILE_ADD(kept[p], sums, first)
                }
            }
            fresh = false;
        }

    at = pixel_at(first, grid_h, grid_w);
    for (int r = 0; r < rows; r++) {
        const size_t row = (size_t) at.n * out_h + at.gy * out_step + out_y0;
        global real *to = y + (row * out_w + at.gx * out_step + out_x0) * outs;
        for (int p = 0; p < count; p++)
            row_store(to + (panel0 + p) * COLS, kept[p][r], fresh, outs - (panel0 + p) * COLS);
        pixel_next(&at, grid_h, grid_w);
    }
}

#else

// A work-item copies a float4 of a run at a time.
GROUP(LANES)
void conv2d_fwd(CONV_ARGS)
{
    local real as[SLICE * PITCH] __attribute__((aligned(16)));
    local real bs[SLICE * PITCH] __attribute__((aligned(16)));
    const int lane = get_local_id(0), first = TILE_INDEX * SIDE, n0 = get_group_id(1) * SIDE;
    const int length = in_w * ins, depth = taps_h * run;
    if (first >= pixels)
        return;
    real sums[EACH][EACH];
    LOCAL_ZERO(sums)

    for (int kh = 0; kh < taps_h; kh++)
        for (int j0 = 0; j0 < run; j0 += SLICE) {
            for (int i = lane; i < SIDE * SLICE / 4; i += LANES) {
                const int m = i / (SLICE / 4), j = i % (SLICE / 4) * 4;
                const struct pixel at = pixel_at(first + m, grid_h, grid_w);
                const int row = at.gy * step + in_y0 + kh;
                const bool inside = first + m < pixels && row >= 0 && row < in_h;
                const real4 v = run_load4(x + ((size_t) at.n * in_h + row) * length,
                                          (at.gx * step + in_x0) * ins + j0 + j,
                                          inside ? length : 0);
                as[j * PITCH + m] = v.s0;
                as[(j + 1) * PITCH + m] = v.s1;
                as[(j + 2) * PITCH + m] = v.s2;
                as[(j + 3) * PITCH + m] = v.s3;
            }
            for (int i = lane; i < SIDE * SLICE / 4; i += LANES) {
                const int k = i / (SIDE / 4), n = i % (SIDE / 4) * 4, panel = (n0 + n) / COLS;
                real4 v = 0;
                if (j0 + k < run && panel * COLS < outs)
                    v = vload4(0, packed + ((size_t) panel * depth + kh * run + j0 + k) * COLS +
                                      (n0 + n) % COLS);
                vstore4(v, 0, bs + k * PITCH + n);
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            LOCAL_STEP(sums, as, bs)
            barrier(CLK_LOCAL_MEM_FENCE);
        }

    OVER(i, EACH) {
        const int p = first + SUM_ROW(i);
        const struct pixel at = pixel_at(p, grid_h, grid_w);
        const size_t row = (size_t) at.n * out_h + at.gy * out_step + out_y0;
        global real *to = y + (row * out_w + at.gx * out_step + out_x0) * outs + n0;
        OVER(j, EACH)
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
        const int outs, const int split, const int tiles, const int panels

#if defined(STRIDE)
#elif VARIANT == 1

#define KEPT_W 64     // the most tiles of sums that a group keeps
#define COPY_X 1024   // vectors of x and of dy that it copies at a time, and a row to spare
#define COPY_D 640

// Groups: outs / (ROWS tiles), taps_h * (run / COLS) / panels, splits of `split` pixels.  A group
// copies what some pixels hold for all its tiles of dy, as [tile][pixel][16], and panels of x, as
// [panel][pixel][COLS], then passes over the copies tile by tile.  tiles * panels <= KEPT_W.
GROUP(1)
void conv2d_bwd_w(CONV_BWD_W_ARGS)
{
    const int o0 = get_group_id(0) * tiles * ROWS, down = min(tiles, (outs - o0 + ROWS - 1) / ROWS);
    const int runs = (run + COLS - 1) / COLS, panel0 = get_group_id(1) * panels;
    const int across = min(panels, taps_h * runs - panel0), length = in_w * ins;
    const int begin = get_group_id(2) * split, end = min(begin + split, pixels);
    const int step_p = min(COPY_X / (panels * VECS), COPY_D / tiles), pitch = step_p + 1;
    real16 xs[COPY_X + KEPT_W * VECS], ds[COPY_D + KEPT_W], kept[KEPT_W][ROWS][VECS];

    struct pixel at = pixel_at(begin, grid_h, grid_w);
    for (int p0 = begin; p0 < end; p0 += step_p) {
        const int depth = min(step_p, end - p0);
        for (int q = 0; q < depth; q++) {
            const int from = (at.gx * step + in_x0) * ins;
            int kh = panel0 / runs, j = (panel0 - kh * runs) * COLS;
            for (int c = 0; c < across; c++) {
                const int row = at.gy * step + in_y0 + kh;
                const bool inside = row >= 0 && row < in_h;
                run_copy(xs + (c * pitch + q) * VECS,
                         x + ((size_t) at.n * in_h + (inside ? row : 0)) * length, from + j, COLS,
                         inside ? length : 0);
                j += COLS;
                if (j >= run) {
                    j = 0;
                    kh++;
                }
            }
            for (int t = 0; t < down; t++)
                run_copy(ds + t * pitch + q, dy, (p0 + q) * outs + o0 + t * ROWS, 16,
                         pixels * outs);
            pixel_next(&at, grid_h, grid_w);
        }
        for (int t = 0; t < down; t++)
            for (int c = 0; c < across; c++) {
                const real *d = (const real *) (ds + t * pitch);
                const real *b = (const real *) (xs + c * pitch * VECS);
                real16 sums[ROWS][VECS];
                TILE_ZERO(sums)
                for (int q = 0; q < depth; q++, b += COLS)
                    TILE_STEP(sums, d[q * 16 + r], b)
                TILE_ADD(kept[t * across + c], sums, p0 == begin)
            }
    }

    part += (size_t) get_group_id(2) * outs * taps_h * run;
    for (int o = o0; o < min(o0 + down * ROWS, outs); o++)
        for (int c = 0; c < across; c++) {
            const int t = (o - o0) / ROWS, r = (o - o0) % ROWS;
            const int kh = (panel0 + c) / runs, j = (panel0 + c - kh * runs) * COLS;
            row_store(part + ((size_t) o * taps_h + kh) * run + j, kept[t * across + c][r], 0,
                      run - j);
        }
}

#else

// Groups: outs / SIDE, taps_h * (run / SIDE), splits.
GROUP(LANES)
void conv2d_bwd_w(CONV_BWD_W_ARGS)
{
    local real as[SLICE * PITCH] __attribute__((aligned(16)));
    local real bs[SLICE * PITCH] __attribute__((aligned(16)));
    const int lane = get_local_id(0);
    const int runs = (run + SIDE - 1) / SIDE, kh = get_group_id(1) / runs;
    const int o0 = get_group_id(0) * SIDE, j0 = (get_group_id(1) - kh * runs) * SIDE;
    const int begin = get_group_id(2) * split, end = min(begin + split, pixels);
    const int length = in_w * ins;
    real sums[EACH][EACH];
    LOCAL_ZERO(sums)

    for (int p0 = begin; p0 < end; p0 += SLICE) {
        for (int i = lane; i < SIDE * SLICE / 4; i += LANES) {
            const int p = p0 + i / (SIDE / 4), m = i % (SIDE / 4) * 4;
            vstore4(run_load4(dy + (size_t) p * outs, o0 + m, p < end ? outs : 0), 0,
                    as + (p - p0) * PITCH + m);
        }
        for (int i = lane; i < SIDE * SLICE / 4; i += LANES) {
            const int p = p0 + i / (SIDE / 4), n = i % (SIDE / 4) * 4;
            const struct pixel at = pixel_at(p, grid_h, grid_w);
            const int row = at.gy * step + in_y0 + kh;
            const bool inside = p < end && row >= 0 && row < in_h;
            vstore4(run_load4(x + ((size_t) at.n * in_h + row) * length,
                              (at.gx * step + in_x0) * ins + j0 + n, inside ? length : 0),
                    0, bs + (p - p0) * PITCH + n);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        LOCAL_STEP(sums, as, bs)
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    global real *to = part + (size_t) get_group_id(2) * outs * taps_h * run;
    OVER(i, EACH)
        OVER(j, EACH) {
            const int o = o0 + SUM_ROW(i), c = j0 + SUM_COL(j);
            const size_t at = ((size_t) o * taps_h + kh) * run + c;
            if (o < outs && c < run)
                to[at] = sums[i][j];
        }
}

#endif

// dw = the parts in order.  Groups: count / WG.
GROUP(WG)
void conv2d_reduce(global const real *part, global real *dw, const int count, const int splits)
{
    const int at = get_global_id(0), from = min(at, count - 1);
    acc sum = 0;
    for (int s = 0; s < splits; s++)
        sum += part[(size_t) s * count + from];
    if (at < count)
        dw[at] = sum;
}
