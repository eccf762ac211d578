// The tile of passes over the rows of x [rows][cols], where a row gives a few numbers of its own.
//
// A work-group has LX work-items along a row and LY rows at a time; each goes along its row in
// steps of LX * VEC (VEC divides cols).  Group i has rows i * per .. (i + 1) * per - 1, per a
// multiple of LY:
//
//     for (ROWS(r, per, rows)) {      the same number of turns for every work-item, so that
//         const bool live = r < rows;  sums over a row can meet at barriers; r may be past the end
//
// Sums run in a fixed order: along the steps of a work-item, then a tree over LX.

#ifndef LX
#define LX 16
#define LY 4
#endif

#define ROW_LANE ((int) get_local_id(0) % LX)
#define ROWS(r, per, rows)                                                                         \
    int r = (int) get_group_id(0) * (per) + (int) get_local_id(0) / LX,                            \
        r##_turns = (min((per), (rows) - (int) get_group_id(0) * (per)) + LY - 1) / LY;            \
    r##_turns > 0;                                                                                 \
    r += LY, r##_turns--
#define ALONG(c, cols) int c = ROW_LANE * VEC; c < (cols); c += LX * VEC

// Every work-item gets the sum over its row of the work-items' v.  scratch holds LX * LY values.
acc over_row(acc v, local acc *scratch)
{
#if LX > 1
    const int lane = get_local_id(0), first = lane - lane % LX;
    scratch[lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int beside = LX / 2; beside > 0; beside /= 2) {
        if (lane % LX < beside)
            scratch[lane] += scratch[lane + beside];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    v = scratch[first];
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    return v;
}

// The same for the largest.
acc top_of_row(acc v, local acc *scratch)
{
#if LX > 1
    const int lane = get_local_id(0), first = lane - lane % LX;
    scratch[lane] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int beside = LX / 2; beside > 0; beside /= 2) {
        if (lane % LX < beside)
            scratch[lane] = fmax(scratch[lane], scratch[lane + beside]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    v = scratch[first];
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    return v;
}

// out[r] = factor * the sum of x[r].
GROUP(LX *LY)
void rows_sum(global const real *x, global real *out, const int rows, const int cols,
              const int per, const acc factor)
{
    local acc scratch[LX * LY];
    for (ROWS(r, per, rows)) {
        const bool live = r < rows;
        realv sum = 0;
        if (live)
            for (ALONG(c, cols))
                sum += LOADV(x, (size_t) r * cols + c);
        const acc whole = over_row(SUM_ACROSS(sum), scratch);
        if (live && ROW_LANE == 0)
            out[r] = whole * factor;
    }
}
