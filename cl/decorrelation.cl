// Squares off the diagonal of square matrices c [n][k][k], seen as one list of elements.
// A work-group sums a chunk of it, lossrows.cl the chunks; backward has a work-item an element.

#ifndef WG
#define WG 64   // a power of two
#endif

bool on_diagonal(const int at, const int k)
{
    return at % k == at / k % k;
}

GROUP(WG)
void decorrelation_fwd(global const real *c, global acc *part, const int elems, const int k,
                       const int chunk)
{
    local acc scratch[WG];
    const int first = get_group_id(0) * chunk, last = min(first + chunk, elems);

    acc sum = 0;
    for (int i = first + (int) get_local_id(0); i < last; i += WG)
        sum += on_diagonal(i, k) ? 0 : c[i] * c[i];
    sum = wg_sum(sum, scratch);
    if (get_local_id(0) == 0)
        part[get_group_id(0)] = sum;
}

// each = 2 / elems
GROUP(WG)
void decorrelation_bwd(global const real *c, global const acc *dloss, global real *dc,
                       const int elems, const int k, const acc each)
{
    const int i = get_global_id(0);
    if (i < elems)
        dc[i] = on_diagonal(i, k) ? 0 : dloss[0] * each * c[i];
}
