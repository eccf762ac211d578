// AdamW over slabs: chunk.at[0] in parameters and gradients, at[1] and at[2] the places of m and v
// in the states.  rest1 = 1 - beta1, rest2 = 1 - beta2, rounded once.

#ifndef WG
#define WG 64
#endif

GROUP(WG)
void adamw(global real *param, global const real *grad, global real *state,
           global const struct chunk *chunks, global const acc *lr, global const acc *m_scale,
           global const acc *v_scale, const acc beta1, const acc rest1, const acc beta2,
           const acc rest2, const acc eps)
{
    const struct chunk c = chunks[get_group_id(0)];
    const acc rate = c.rate * lr[0], step_size = rate * m_scale[0], stretch = v_scale[0];
    const acc kept = 1 - rate * c.decay;
    param += c.at[0];
    grad += c.at[0];
    global real *first = state + c.at[1], *second = state + c.at[2];

    each_wide(i, c) {
        const wide g = wide_load(grad, i);
        const wide m = beta1 * wide_load(first, i) + rest1 * g;
        const wide v = beta2 * wide_load(second, i) + rest2 * g * g;
        const wide w = wide_load(param, i);
        wide_store(m, first, i);
        wide_store(v, second, i);
        wide_store(w * kept - step_size * m / (stretch * sqrt(v) + eps), param, i);
    }
}
