// Rows begin .. end - 1 of an axis, as a copy, and its gradient.
//
//   x, dx  [outer][axis][inner]     y, dy  [outer][kept][inner]      kept = end - begin
//
// Flat passes (vector.cl) over what is written; VEC divides inner.

GROUP(WG)
void slice_fwd(global const real *x, global real *y, const int elems, const int axis,
               const int kept, const int inner, const int begin)
{
    for (EACH(at, elems)) {
        const uint row = (uint) at / (uint) inner, col = (uint) at % (uint) inner;
        const size_t from = (size_t) (row / (uint) kept) * axis + begin + row % (uint) kept;
        STOREV(LOADV(x, from * inner + col), y, at);
    }
}

GROUP(WG)
void slice_bwd(global const real *dy, global real *dx, const int elems, const int axis,
               const int kept, const int inner, const int begin)
{
    for (EACH(at, elems)) {
        const uint row = (uint) at / (uint) inner, col = (uint) at % (uint) inner;
        const int place = (int) (row % (uint) axis) - begin;
        realv v = 0;
        if (place >= 0 && place < kept)
            v = LOADV(dy, ((size_t) (row / (uint) axis) * kept + place) * inner + col);
        STOREV(v, dx, at);
    }
}
