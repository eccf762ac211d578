// target = m target + (1 - m) online over slabs: chunk.at[0] in the parameters, at[1] in the
// states.

#ifndef WG
#define WG 64
#endif

GROUP(WG)
void ema(global const real *param, global real *state, global const struct chunk *chunks,
         global const acc *m)
{
    const struct chunk c = chunks[get_group_id(0)];
    const acc keep = m[0], rest = 1 - m[0];
    param += c.at[0];
    state += c.at[1];
    each_wide(i, c)
        wide_store(keep * wide_load(state, i) + rest * wide_load(param, i), state, i);
}
