// y = (x + eps) / sum over an axis of (x + eps), of x [outer][axis][inner].  A work-item owns one
// (outer, inner) and goes down the axis; neighbours read neighbouring numbers.
//
//   x, y, dy, dx  [outer][axis][inner]
//   inv           [outer][inner]        1 / sum, kept for the backward pass
//   columns = outer * inner

#ifndef WG
#define WG 64
#endif

GROUP(WG)
void sumnorm_fwd(global const real *x, global real *y, global acc *inv, const int columns,
                 const int axis, const int inner, const acc eps)
{
    const int column = get_global_id(0);
    if (column >= columns)
        return;
    const size_t at = (size_t) (column / inner) * axis * inner + column % inner;

    acc sum = 0;
    for (int i = 0; i < axis; i++)
        sum += x[at + (size_t) i * inner] + eps;
    const acc scale = 1 / sum;
    for (int i = 0; i < axis; i++)
        y[at + (size_t) i * inner] = (x[at + (size_t) i * inner] + eps) * scale;
    inv[column] = scale;
}

GROUP(WG)
void sumnorm_bwd(global const real *y, global const acc *inv, global const real *dy,
                 global real *dx, const int columns, const int axis, const int inner)
{
    const int column = get_global_id(0);
    if (column >= columns)
        return;
    const size_t at = (size_t) (column / inner) * axis * inner + column % inner;

    acc along = 0;
    for (int i = 0; i < axis; i++)
        along += y[at + (size_t) i * inner] * dy[at + (size_t) i * inner];
    for (int i = 0; i < axis; i++)
        dx[at + (size_t) i * inner] = (dy[at + (size_t) i * inner] - along) * inv[column];
}
