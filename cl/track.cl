// state = keep * state + rest * x, rest = 1 - keep.  A work-item an element.

#ifndef WG
#define WG 256
#endif

GROUP(WG)
void track(global real *state, global const real *x, const int elems, const acc keep,
           const acc rest)
{
    const int i = get_global_id(0);
    if (i < elems)
        state[i] = keep * state[i] + rest * x[i];
}
