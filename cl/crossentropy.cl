// Cross entropy of rows against labels or, with SOFT, against a distribution.
//
//   x, target, dx  [rows][cols]   logits; p = softmax(scale * x)
//   label          [rows]
//   lse            [rows]         log(sum exp(scale * x)), kept for the backward pass
//   loss, hit      [rows]         what lossrows.cl sums up
//
// A row belongs to LANES work-items: 1 where rows are short, all WG of a group otherwise.

#ifndef WG
#define WG 64      // work-items a group, a power of two
#endif
#ifndef LANES
#define LANES WG   // 1 or WG
#endif
#ifndef SOFT
#define SOFT 0
#endif

#if LANES == 1
#define ROW get_global_id(0)
#define LANE 0
#define row_sum(v, scratch) (v)
#define row_max(v, scratch) (v)
#else
#define ROW get_group_id(0)
#define LANE get_local_id(0)
#define row_sum(v, scratch) wg_sum(v, scratch)
#define row_max(v, scratch) wg_max(v, scratch)
#endif

GROUP(WG)
void crossentropy_fwd(global const real *x, global const int *label, global const real *target,
                      global acc *lse, global acc *loss, global int *hit, const int rows,
                      const int cols, const acc scale)
{
    local acc scratch[WG];
    const int row = ROW, lane = LANE;
    if (row >= rows)   // with LANES > 1 there is a group a row and none left over
        return;
    x += (size_t) row * cols;

    acc top = -INFINITY;
    for (int c = lane; c < cols; c += LANES)
        top = fmax(top, scale * x[c]);
    top = row_max(top, scratch);

    acc sum = 0;
    for (int c = lane; c < cols; c += LANES)
        sum += exp(scale * x[c] - top);
    const acc rest = log(row_sum(sum, scratch));

#if SOFT
    target += (size_t) row * cols;
    acc cross = 0;
    for (int c = lane; c < cols; c += LANES)
        cross += target[c] * (rest - (scale * x[c] - top));
    cross = row_sum(cross, scratch);
    if (lane == 0)
        loss[row] = cross;
#else
    const int mine = label[row];
    const bool valid = mine >= 0 && mine < cols;
    const acc logit = valid ? x[mine] : NAN;
    acc beaten = 0;   // by how many logits; an equal one counts if it stands before
    for (int c = lane; c < cols; c += LANES)
        beaten += x[c] > logit || (x[c] == logit && c < mine) ? 1 : 0;
    beaten = row_sum(beaten, scratch);
    if (lane == 0) {
        loss[row] = rest - (scale * logit - top);
        hit[row] = valid && beaten == 0;
    }
#endif
    if (lane == 0)
        lse[row] = top + rest;
}

// each = scale / rows
GROUP(WG)
void crossentropy_bwd(global const real *x, global const int *label, global const real *target,
                      global const acc *lse, global const acc *dloss, global real *dx,
                      const int rows, const int cols, const acc scale, const acc each)
{
    const int row = ROW, lane = LANE;
    if (row >= rows)
        return;
    const size_t at = (size_t) row * cols;
    const acc norm = lse[row], factor = dloss[0] * each;

#if SOFT
    local acc scratch[WG];
    acc mass = 0;
    for (int c = lane; c < cols; c += LANES)
        mass += target[at + c];
    mass = row_sum(mass, scratch);
    for (int c = lane; c < cols; c += LANES)
        dx[at + c] = factor * (exp(scale * x[at + c] - norm) * mass - target[at + c]);
#else
    const int mine = label[row];
    const bool valid = mine >= 0 && mine < cols;
    for (int c = lane; c < cols; c += LANES)
        dx[at + c] = valid ? factor * (exp(scale * x[at + c] - norm) - (c == mine ? 1 : 0)) : 0;
#endif
}
