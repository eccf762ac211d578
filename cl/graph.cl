// The passes the graph brings itself: a sum of two gradients, a copy, and zeros.
//
//   a, b, out  [elems]   out may be a (a sum in place)
//
// A work-item takes ELEMS neighbours.

#ifndef WG
#define WG 64
#endif
#define ELEMS 4

GROUP(WG)
void graph_sum(global const real *a, global const real *b, global real *out, const int elems)
{
    const int at = get_global_id(0) * ELEMS;
    if (at + ELEMS <= elems) {
        vstore4(vload4(0, a + at) + vload4(0, b + at), 0, out + at);
        return;
    }
    for (int i = at; i < elems; i++)
        out[i] = a[i] + b[i];
}

GROUP(WG)
void graph_copy(global const real *a, global const real *unused, global real *out, const int elems)
{
    const int at = get_global_id(0) * ELEMS;
    if (at + ELEMS <= elems) {
        vstore4(vload4(0, a + at), 0, out + at);
        return;
    }
    for (int i = at; i < elems; i++)
        out[i] = a[i];
}

GROUP(WG)
void graph_clear(global real *out, const int elems)
{
    const int at = get_global_id(0) * ELEMS;
    if (at + ELEMS <= elems) {
        vstore4((real4)(0), 0, out + at);
        return;
    }
    for (int i = at; i < elems; i++)
        out[i] = 0;
}
