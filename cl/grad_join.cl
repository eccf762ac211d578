// grad = grad + second over slabs: chunk.at[0] in the gradients, at[1] in the states.

#ifndef WG
#define WG 64
#endif

GROUP(WG)
void grad_join(global real *grad, global const real *second, global const struct chunk *chunks)
{
    const struct chunk c = chunks[get_group_id(0)];
    grad += c.at[0];
    second += c.at[1];
    each_wide(i, c)
        wide_store(wide_load(grad, i) + wide_load(second, i), grad, i);
}
