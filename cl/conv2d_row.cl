// Convolution where few channels come out: a tile is some pixels of one row by all channels.
//
// With 8 or 16 channels a number of x meets one vector of weights only, so that copying every
// pixel's own runs, as conv2d_fwd does, costs as much as the sums.  Neighbouring pixels share most
// of their runs: pixel g's run begins STRIDE numbers after pixel g - 1's.  So a group copies the
// KH rows that a row of pixels reads, once, and the tiles read them in place.  STRIDE is a constant
// of the program, to leave every pixel of a tile at a fixed distance from the first.
//
// Forward sums in the same order as conv2d_fwd and so gives the same bits.

// The host's constants say which kernel a program has.  STRIDE: numbers of x from a pixel to the
// next, the step times channels in.

#define ROW_ROOM 256   // vectors of x that a group copies at most

// ---- forward and data gradient -----------------------------------------------------------------

// LANES_OUT: channels out at most, 8 or 16.  ROW_PIXELS: of a tile; the host divides a row evenly,
// so that no tile is mostly waste.
#ifdef ROW_PIXELS

typedef JOIN(real, LANES_OUT) realn;
#define vloadn JOIN(vload, LANES_OUT)
#define vstoren JOIN(vstore, LANES_OUT)

// Copies what `tiles` whole tiles from pixel gx0 on read of each of taps_h rows; returns how many
// vectors a row takes.
inline int rows_copy(real16 *to, global const real *x, int n, int y0, int from, int tiles,
                     int taps_h, int run, int in_h, int length)
{
    const int pitch = ((tiles * ROW_PIXELS - 1) * STRIDE + run + 15) / 16;
    for (int kh = 0; kh < taps_h; kh++) {
        const int y = y0 + kh;
        const bool inside = y >= 0 && y < in_h;
        run_copy(to + kh * pitch, x + ((size_t) n * in_h + (inside ? y : 0)) * length, from,
                 pitch * 16, inside ? length : 0);
    }
    return pitch;
}

// Groups: [tiles of a row / panels][rows of pixels].
GROUP(1)
void conv2d_row(CONV_ARGS)
{
    const int gx0 = get_group_id(0) * panels * ROW_PIXELS, n = get_group_id(1) / grid_h;
    const int gy = get_group_id(1) - n * grid_h;
    const int tiles = min(panels, (grid_w - gx0 + ROW_PIXELS - 1) / ROW_PIXELS);
    real16 rows[ROW_ROOM];
    const int pitch = rows_copy(rows, x, n, gy * step + in_y0, (gx0 * step + in_x0) * ins, tiles,
                                taps_h, run, in_h, in_w * ins);
    const size_t row = (size_t) n * out_h + gy * out_step + out_y0;
    global real *to = y + (row * out_w + gx0 * out_step + out_x0) * outs;

    for (int t = 0; t < tiles; t++) {
        realn kept[ROW_PIXELS];
        OVER(r, ROW_PIXELS) kept[r] = 0;
        global const real *b = packed;
        for (int kh = 0; kh < taps_h; kh++) {
            const real *a = (const real *) (rows + kh * pitch) + t * ROW_PIXELS * STRIDE;
            for (int k = 0; k < run;) {
                const int end = min(k + CHAIN, run);
                realn sums[ROW_PIXELS];
                OVER(r, ROW_PIXELS) sums[r] = 0;
                for (; k < end; k++, b += COLS) {
                    const realn w = vloadn(0, b);
                    OVER(r, ROW_PIXELS) sums[r] = fma((realn) a[r * STRIDE + k], w, sums[r]);
                }
                OVER(r, ROW_PIXELS) kept[r] += sums[r];
            }
        }
        const int count = min(ROW_PIXELS, grid_w - gx0 - t * ROW_PIXELS);
        for (int r = 0; r < count; r++, to += out_step * outs)
            if (outs == LANES_OUT)
                vstoren(kept[r], 0, to);
            else
                for (int c = 0; c < outs; c++)
                    to[c] = ((const real *) &kept[r])[c];
    }
}

#endif

// ---- weight gradient ---------------------------------------------------------------------------

// A tile is TILE_O channels out by TILE_J vectors of a run, TILE_W numbers each: as many as the
// device's own vectors have.
#ifdef TILE_W

#define ROW_KEPT 384   // vectors that a group keeps at most
typedef JOIN(real, TILE_W) realw;
#define vloadw JOIN(vload, TILE_W)

// Groups: 1, taps_h, splits of `split` rows of pixels.  A group passes over its rows of pixels,
// copies the row of x that its tap meets, and adds tile by tile.  A row has CHAIN pixels at most.
GROUP(1)
void conv2d_row_bwd_w(CONV_BWD_W_ARGS)
{
    const int kh = get_group_id(1), length = in_w * ins,
              across = (run + TILE_W * TILE_J - 1) / (TILE_W * TILE_J);
    const int begin = get_group_id(2) * split, end = min(begin + split, pixels / grid_w);
    real16 xs[ROW_ROOM];
    realw kept[ROW_KEPT / (TILE_O * TILE_J)][TILE_O][TILE_J];
    for (int t = 0; t < outs / TILE_O * across; t++)
        OVER(o, TILE_O)
            OVER(j, TILE_J) kept[t][o][j] = 0;

    for (int p = begin; p < end; p++) {
        const int n = p / grid_h, iy = (p - n * grid_h) * step + in_y0 + kh;
        if (iy < 0 || iy >= in_h)
            continue;
        run_copy(xs, x + ((size_t) n * in_h + iy) * length, in_x0 * ins,
                 (grid_w - 1) * STRIDE + across * TILE_W * TILE_J, length);
        for (int t = 0; t < outs / TILE_O * across; t++) {
            const real *b = (const real *) xs + t % across * TILE_W * TILE_J;
            global const real *d = dy + (size_t) p * grid_w * outs + t / across * TILE_O;
            realw sums[TILE_O][TILE_J];
            OVER(o, TILE_O)
                OVER(j, TILE_J) sums[o][j] = 0;
            for (int q = 0; q < grid_w; q++, b += STRIDE, d += outs) {
                realw b_[TILE_J];
                OVER(j, TILE_J) b_[j] = vloadw(j, b);
                OVER(o, TILE_O)
                    OVER(j, TILE_J) sums[o][j] =
                        fma((realw) d[o], b_[j], sums[o][j]);
            }
            OVER(o, TILE_O)
                OVER(j, TILE_J) kept[t][o][j] += sums[o][j];
        }
    }

    part += (size_t) get_group_id(2) * outs * taps_h * run;
    for (int o = 0; o < outs; o++) {
        global real *to = part + ((size_t) o * taps_h + kh) * run;
        for (int j = 0; j < run; j++) {
            const int t = o / TILE_O * across + j / (TILE_W * TILE_J);
            to[j] = ((const real *) kept[t][o % TILE_O])[j % (TILE_W * TILE_J)];
        }
    }
}

#endif
