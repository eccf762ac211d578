// Two tensors one behind the other along an axis, and its gradient.
//
//   a, da  [outer][first][inner]     b, db  [outer][second][inner]
//   y, dy  [outer][first + second][inner]
//
// An outer piece is first * inner numbers of a, then second * inner of b: head and tail here.  Flat
// passes (vector.cl) over what is written; VEC divides inner.

GROUP(WG)
void concat_fwd(global const real *a, global const real *b, global real *y, const int elems,
                const int head, const int tail)
{
    for (EACH(at, elems)) {
        const uint whole = head + tail, outer = (uint) at / whole, place = (uint) at % whole;
        const realv v = place < (uint) head ? LOADV(a, (size_t) outer * head + place)
                                            : LOADV(b, (size_t) outer * tail + (place - head));
        STOREV(v, y, at);
    }
}

// One of the two: `length` numbers of every piece, from `begin` on.
GROUP(WG)
void concat_bwd(global const real *dy, global real *dx, const int elems, const int whole,
                const int begin, const int length)
{
    for (EACH(at, elems)) {
        const uint outer = (uint) at / (uint) length, place = (uint) at % (uint) length;
        STOREV(LOADV(dy, (size_t) outer * whole + begin + place), dx, at);
    }
}
