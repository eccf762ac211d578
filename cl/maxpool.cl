// Largest value of every window, channels last.
//
//   x, dx  [images][high][wide][cols]         y, dy, which  [images][out_high][out_wide][cols]
//
// A work-item has UNITS times VEC neighbouring channels of one place (together they divide cols); a
// group goes over SPAN numbers of the output (forward) or of the input (backward).  `which` is the
// place of the largest in its window, row by row; the first of equal ones.  Backward gathers: an
// input asks the windows it lies in whether they chose it, so nothing is added to twice at a time.

#ifndef KERNEL
#define KERNEL 3
#define STRIDE 2
#define PAD 1
#endif
#ifndef UNITS
#define UNITS 1
#endif

#define EACH_PLACE(at, elems)                                                                      \
    size_t at = (size_t) get_group_id(0) * SPAN + get_local_id(0) * VEC * UNITS,                   \
           at##_end = min((size_t) (get_group_id(0) + 1) * SPAN, (size_t) (elems));                \
    at < at##_end;                                                                                 \
    at += WG * VEC * UNITS
#define EACH_UNIT(u) int u = 0; u < UNITS; u++

// Takes the place of a number in a tensor apart; tensors have fewer than 2^31 of them.
#define PLACE(at, rows, columns)                                                                   \
    const uint pixel = (uint) (at) / (uint) cols;                                                  \
    const int col = (uint) (at) % (uint) cols, w = pixel % (uint) (columns);                       \
    const int h = pixel / (uint) (columns) % (uint) (rows);                                        \
    const size_t image = pixel / (uint) (columns) / (uint) (rows)

GROUP(WG)
void maxpool_fwd(global const real *x, global real *y, global int *which, const int elems,
                 const int high, const int wide, const int out_high, const int out_wide,
                 const int cols)
{
    for (EACH_PLACE(at, elems)) {
        PLACE(at, out_high, out_wide);
        const int top_r = h * STRIDE - PAD, top_c = w * STRIDE - PAD;
        const int first_i = max(0, -top_r), last_i = min(KERNEL, high - top_r);
        const int first_j = max(0, -top_c), last_j = min(KERNEL, wide - top_c);

        realv top[UNITS];
        intv chosen[UNITS];
        for (EACH_UNIT(u)) {
            top[u] = -INFINITY;
            chosen[u] = first_i * KERNEL + first_j;   // where all are -INFINITY
        }
        for (int i = first_i; i < last_i; i++)
            for (int j = first_j; j < last_j; j++) {
                const size_t from = ((image * high + top_r + i) * wide + top_c + j) * cols + col;
                for (EACH_UNIT(u)) {
                    const realv v = LOADV(x, from + u * VEC);
                    const truthv wins = v > top[u] || v != v;   // not a number: wins and stays
                    chosen[u] = CONVERT_INTV(wins) ? (intv) (i * KERNEL + j) : chosen[u];
                    top[u] = wins ? v : top[u];
                }
            }
        for (EACH_UNIT(u)) {
            STOREV(top[u], y, at + u * VEC);
            STOREVI(chosen[u], which, at + u * VEC);
        }
    }
}

GROUP(WG)
void maxpool_bwd(global const int *which, global const real *dy, global real *dx, const int elems,
                 const int high, const int wide, const int out_high, const int out_wide,
                 const int cols)
{
    for (EACH_PLACE(at, elems)) {
        PLACE(at, high, wide);
        // Windows that cover h: those with o * STRIDE - PAD <= h < o * STRIDE - PAD + KERNEL.
        const int first_r = max(0, (h + PAD - KERNEL + STRIDE) / STRIDE);
        const int first_c = max(0, (w + PAD - KERNEL + STRIDE) / STRIDE);
        const int last_r = min(out_high - 1, (h + PAD) / STRIDE);
        const int last_c = min(out_wide - 1, (w + PAD) / STRIDE);

        realv sum[UNITS];
        for (EACH_UNIT(u))
            sum[u] = 0;
        for (int r = first_r; r <= last_r; r++)
            for (int c = first_c; c <= last_c; c++) {
                const int here = (h + PAD - r * STRIDE) * KERNEL + w + PAD - c * STRIDE;
                const size_t from = ((image * out_high + r) * out_wide + c) * cols + col;
                for (EACH_UNIT(u))
                    sum[u] += CONVERT_TRUTHV(LOADVI(which, from + u * VEC) == here)
                                  ? LOADV(dy, from + u * VEC)
                                  : (realv) 0;
            }
        for (EACH_UNIT(u))
            STOREV(sum[u], dx, at + u * VEC);
    }
}
