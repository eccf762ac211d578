// Rows of x in an order of their own for every image, and the gradient.
//
//   x, dx           [n][rows][cols]     x [rows][cols] where SHARED: the same for all images
//   y, dy           [n][count][cols]
//   index, inverse  [n][rows]           permutations; inverse[n][index[n][j]] = j
//
// y's row j is x's row index[begin + j].  Backward asks for every row of x where it went, so that
// no two work-items write to one place.  Flat passes (vector.cl) over what is written; VEC divides
// cols.

#ifndef SHARED
#define SHARED 0
#endif

GROUP(WG)
void gather_fwd(global const real *x, global const int *index, global real *y, const int elems,
                const int rows, const int cols, const int begin, const int count)
{
    for (EACH(at, elems)) {
        const uint row = (uint) at / (uint) cols, col = (uint) at % (uint) cols;
        const uint n = row / (uint) count, j = row % (uint) count;
        const uint from = index[n * rows + begin + j] + (SHARED ? 0 : n * rows);
        STOREV(LOADV(x, (size_t) from * cols + col), y, at);
    }
}

GROUP(WG)
void gather_bwd(global const real *dy, global const int *inverse, global real *dx, const int elems,
                const int rows, const int cols, const int begin, const int count)
{
    for (EACH(at, elems)) {
        const uint row = (uint) at / (uint) cols, col = (uint) at % (uint) cols;
        const int j = inverse[row] - begin;
        realv v = 0;
        if (j >= 0 && j < count)
            v = LOADV(dy, ((size_t) (row / (uint) rows) * count + j) * cols + col);
        STOREV(v, dx, at);
    }
}
