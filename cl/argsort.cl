// Where every number of a row stands among the others: one work-item a number counts those before
// it.  Rows are short (patches of an image), so that counting is as good as sorting, and it needs
// no exchange between work-items.
//
//   x      [rows][cols]
//   order  [rows][cols]   the place in x of the k-th smallest
//   rank   [rows][cols]   how many of the row come before x[r][c]; of equals the first comes first

#ifndef WG
#define WG 64
#endif

GROUP(WG)
void argsort(global const real *x, global int *order, global int *rank, const int rows,
             const int cols)
{
    const int at = get_global_id(0), row = at / cols, col = at % cols;
    if (row >= rows)
        return;
    global const real *mine = x + (size_t) row * cols;
    const real value = mine[col];

    int before = 0;
    for (int c = 0; c < col; c++)
        before += mine[c] <= value;
    for (int c = col + 1; c < cols; c++)
        before += mine[c] < value;
    rank[at] = before;
    order[(size_t) row * cols + before] = col;
}
