// LARS over slabs in three launches: squares of w and g by chunk, a rate for each tensor, the step.
//
//   param, grad    the slabs; chunk.at[0] is the place in both
//   state          the slab; chunk.at[1] is the place of the momentum
//   norms          [chunks][2]   sums of w^2 and g^2
//   scales         [segments]    what multiplies lr
//
// Sums run in a fixed order: lanes of vectors, the tree of a group, then chunks as lanes of a
// group.

#ifndef WG
#define WG 64    // a power of two
#endif

#define ADAPTED 1

GROUP(WG)
void lars_norms(global const real *param, global const real *grad,
                global const struct chunk *chunks, global acc *norms)
{
    local acc scratch[WG];
    const struct chunk c = chunks[get_group_id(0)];
    param += c.at[0];
    grad += c.at[0];

    wide ww = 0, gg = 0;
    if (c.flags & ADAPTED)
        each_wide(i, c) {
            const wide w = wide_load(param, i), g = wide_load(grad, i);
            ww += w * w;
            gg += g * g;
        }
    const acc w_sum = wg_sum(wide_total(ww), scratch), g_sum = wg_sum(wide_total(gg), scratch);
    if (get_local_id(0) == 0) {
        norms[2 * get_group_id(0)] = w_sum;
        norms[2 * get_group_id(0) + 1] = g_sum;
    }
}

GROUP(WG)
void lars_scales(global const struct chunk *chunks, global const int2 *segments,
                 global const acc *norms, global acc *scales, const acc eta)
{
    local acc scratch[WG];
    const int2 range = segments[get_group_id(0)];   // first chunk, number of chunks
    acc w = 0, g = 0;
    for (int i = get_local_id(0); i < range.y; i += WG) {
        w += norms[2 * (range.x + i)];
        g += norms[2 * (range.x + i) + 1];
    }
    w = sqrt(wg_sum(w, scratch));
    g = sqrt(wg_sum(g, scratch));
    if (get_local_id(0) == 0)
        scales[get_group_id(0)] = chunks[range.x].flags & ADAPTED
                                      ? eta * w / (g + chunks[range.x].decay * w + 1e-8f)
                                      : 1;
}

GROUP(WG)
void lars_update(global real *param, global const real *grad, global real *state,
                 global const struct chunk *chunks, global const acc *scales,
                 global const acc *lr, const acc momentum)
{
    const struct chunk c = chunks[get_group_id(0)];
    const acc rate = scales[c.segment] * lr[0];
    param += c.at[0];
    grad += c.at[0];
    state += c.at[1];

    each_wide(i, c) {
        const wide w = wide_load(param, i);
        const wide buf =
            momentum * wide_load(state, i) + rate * (wide_load(grad, i) + c.decay * w);
        wide_store(buf, state, i);
        wide_store(w - buf, param, i);
    }
}
