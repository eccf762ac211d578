// Largest value of every window, channels last.
//
//   x, dx  [images][high][wide][cols]         y, dy, which  [images][out_high][out_wide][cols]
//
// A work-item has VEC neighbouring channels of one place; a group goes over SPAN numbers of the
// output (forward) or of the input (backward) as vector.cl has it.  `which` is the place of the
// largest in its window, row by row; the first of equal ones.  Backward gathers: an input asks the
// windows it lies in whether they chose it, so nothing is added to twice at a time.

#ifndef KERNEL
#define KERNEL 3
#define STRIDE 2
#define PAD 1
#endif

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
    for (EACH(at, elems)) {
        PLACE(at, out_high, out_wide);
        realv top = -INFINITY;
        intv chosen = -1;
        for (int i = 0; i < KERNEL; i++)
            for (int j = 0; j < KERNEL; j++) {
                const int r = h * STRIDE - PAD + i, c = w * STRIDE - PAD + j;
                if (r < 0 || r >= high || c < 0 || c >= wide)
                    continue;
                const realv v = LOADV(x, ((image * high + r) * wide + c) * cols + col);
                // Not a number wins and stays; the first value wins over none.
                const intv wins = v > top || v != v || chosen < 0;
                chosen = wins ? (intv) (i * KERNEL + j) : chosen;
                top = wins ? v : top;
            }
        STOREV(top, y, at);
        STOREVI(chosen, which, at);
    }
}

GROUP(WG)
void maxpool_bwd(global const int *which, global const real *dy, global real *dx, const int elems,
                 const int high, const int wide, const int out_high, const int out_wide,
                 const int cols)
{
    for (EACH(at, elems)) {
        PLACE(at, high, wide);
        // Windows that cover h: those with o * STRIDE - PAD <= h < o * STRIDE - PAD + KERNEL.
        const int first_r = max(0, (h + PAD - KERNEL + STRIDE) / STRIDE);
        const int first_c = max(0, (w + PAD - KERNEL + STRIDE) / STRIDE);
        const int last_r = min(out_high - 1, (h + PAD) / STRIDE);
        const int last_c = min(out_wide - 1, (w + PAD) / STRIDE);
        realv sum = 0;
        for (int r = first_r; r <= last_r; r++)
            for (int c = first_c; c <= last_c; c++) {
                const int here = (h + PAD - r * STRIDE) * KERNEL + w + PAD - c * STRIDE;
                const size_t from = ((image * out_high + r) * out_wide + c) * cols + col;
                sum += LOADVI(which, from) == here ? LOADV(dy, from) : (realv) 0;
            }
        STOREV(sum, dx, at);
    }
}
