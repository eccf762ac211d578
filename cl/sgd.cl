// SGD with momentum over slabs: chunk.at[0] in parameters and gradients, at[1] in the states.

#ifndef WG
#define WG 64
#endif

GROUP(WG)
void sgd(global real *param, global const real *grad, global real *state,
         global const struct chunk *chunks, global const acc *lr, const acc momentum)
{
    const struct chunk c = chunks[get_group_id(0)];
    const acc rate = c.rate * lr[0];
    param += c.at[0];
    grad += c.at[0];
    state += c.at[1];

    each_wide(i, c) {
        const wide w = wide_load(param, i);
        const wide buf = momentum * wide_load(state, i) + (wide_load(grad, i) + c.decay * w);
        wide_store(buf, state, i);
        wide_store(w - rate * buf, param, i);
    }
}
