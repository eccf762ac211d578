// Convolution where 8 channels come out at most, in short steps: lanes are neighbouring pixels.
//
// conv2d_row's vectors are the channels of one pixel; with 8 of them half of a long vector is idle,
// and each sum wants a number of x spread out.  Here a number of w meets 16 pixels of a row.
// Number k of the runs of neighbouring pixels lies STRIDE apart, so a row of x is turned into
// STRIDE planes, plane q holding the row's numbers q, q + STRIDE, q + 2 STRIDE, ...: number k of
// pixel g's run is number g + k / STRIDE of plane k % STRIDE.  A group keeps the planes of the KH
// rows that it needs and, going down some rows of pixels, turns a row once only.
//
// Forward sums in the same order as conv2d_fwd and so gives the same bits.

// LANE_VECS: vectors of pixels of a tile, 1 or 2; eight sums hardly fill a pipeline.  STRIDE <= 8.

#ifdef LANE_VECS

#define LANE_PIXELS (16 * LANE_VECS)
#define LANE_ROOM 320   // vectors of planes that a group keeps at most
#define PLANES 8        // of a row, of which STRIDE are used

// ---- turning -----------------------------------------------------------------------------------

// Eight vectors are 128 numbers of seven-bit index; weaving the first four with the last four
// rotates every index by one bit to the left.
#define WEAVE_HALF(a, b)                                                                           \
    ((real16) (a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, \
               a.s7, b.s7))

inline void weave(real16 v[8])
{
    real16 woven[8];
    OVER(i, 4)
    {
        woven[2 * i] = WEAVE_HALF(v[i].lo, v[i + 4].lo);
        woven[2 * i + 1] = WEAVE_HALF(v[i].hi, v[i + 4].hi);
    }
    OVER(i, 8) v[i] = woven[i];
}

// The planes of one row from number `from` on, `pitch` vectors each.  Three bits of an index say
// which number of a pixel, four which pixel: four rotations put the plane first.
inline void planes_of(real16 *to, global const real *row, int from, int length, int pitch)
{
    real16 flat[LANE_ROOM];
    run_copy(flat, row, from, (pitch * 16 - 1) * STRIDE + 8, length);
    for (int b = 0; b < pitch; b++) {
        const real *at = (const real *) flat + b * 16 * STRIDE;
        real16 v[8];
        OVER(i, 8)
            v[i] = (real16) (vload8(0, at + 2 * i * STRIDE), vload8(0, at + (2 * i + 1) * STRIDE));
        OVER(turn, 4) weave(v);
        OVER(q, STRIDE) to[q * pitch + b] = v[q];
    }
}

// ---- summing -----------------------------------------------------------------------------------

// kept[v][channel] += the runs of vector v of pixels in one row's planes with w [run][COLS].
inline void lanes_add(real16 kept[LANE_VECS][8], const real16 *planes, global const real *w,
                      int run, int pitch)
{
    real16 sums[LANE_VECS][8];
    const real *first = (const real *) planes, *at = first;
    OVER(v, LANE_VECS)
        OVER(c, 8) sums[v][c] = 0;
    for (int k = 0, q = 0; k < run; k++, w += COLS) {
        OVER(v, LANE_VECS)
        {
            const real16 x = vload16(v, at);
            OVER(c, 8) sums[v][c] = fma(x, (real16) w[c], sums[v][c]);
        }
        at += pitch * 16;
        if (++q == STRIDE) {
            q = 0;
            at = ++first;
        }
    }
    OVER(v, LANE_VECS)
        OVER(c, 8) kept[v][c] += sums[v][c];
}

// Writes `count` pixels that lie `pitch` apart.  Three rotations put the pixel first.
inline void lanes_store(global real *to, real16 kept[8], int count, int pitch, int outs)
{
    OVER(turn, 3) weave(kept);
    for (int p = 0; p < count; p++, to += pitch)
        if (outs == 8)
            vstore8(p % 2 ? kept[p / 2].hi : kept[p / 2].lo, 0, to);
        else
            for (int c = 0; c < outs; c++)
                to[c] = ((const real *) kept)[p * 8 + c];
}

// Groups: [tiles of a row / panels][parts of an image's rows of pixels][images].
GROUP(1)
void conv2d_lanes(CONV_ARGS)
{
    const int share = (grid_h + (int) get_num_groups(1) - 1) / (int) get_num_groups(1);
    const int gx0 = get_group_id(0) * panels * LANE_PIXELS, gy0 = get_group_id(1) * share;
    const int tiles = min(panels, (grid_w - gx0 + LANE_PIXELS - 1) / LANE_PIXELS);
    const int pitch = tiles * LANE_VECS + 1, size = PLANES * pitch;
    const int first = gy0 * step + in_y0, n = get_group_id(2);
    real16 planes[LANE_ROOM];   // of row y at place (y - first) % taps_h
    int next = first;           // to be turned

    for (int gy = gy0; gy < min(gy0 + share, grid_h); gy++) {
        const int y0 = gy * step + in_y0;
        for (next = max(next, y0); next < y0 + taps_h; next++) {
            const bool inside = next >= 0 && next < in_h;
            planes_of(planes + (next - first) % taps_h * size,
                      x + ((size_t) n * in_h + (inside ? next : 0)) * in_w * ins,
                      (gx0 * step + in_x0) * ins, inside ? in_w * ins : 0, pitch);
        }
        const size_t row = (size_t) n * out_h + gy * out_step + out_y0;
        for (int t = 0; t < tiles; t++) {
            real16 kept[LANE_VECS][8];
            OVER(v, LANE_VECS)
                OVER(c, 8) kept[v][c] = 0;
            for (int kh = 0; kh < taps_h; kh++)
                lanes_add(kept, planes + (y0 + kh - first) % taps_h * size + t * LANE_VECS,
                          packed + (size_t) kh * run * COLS, run, pitch);
            for (int v = 0, gx = gx0 + t * LANE_PIXELS; v < LANE_VECS; v++, gx += 16)
                lanes_store(y + (row * out_w + gx * out_step + out_x0) * outs, kept[v],
                            min(16, grid_w - gx), out_step * outs, outs);
        }
    }
}

#endif
