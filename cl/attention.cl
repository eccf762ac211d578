// Attention by heads: p = softmax(<q, k> / sqrt(d)), y = p v.  No score is written to memory.
//
//   q, y, dy, dq  [n][queries][heads * HEAD]
//   k, v, dk, dv  [n][keys][heads * HEAD]
//   lse, delta    [n][heads][queries]          log(sum exp score), <dy, y>
//
// A work-item owns one row of one head and image (grid: rows, heads, images): a query in
// attention_fwd and attention_bwd_q, a key in attention_bwd_kv.  It holds the row in registers as
// vectors and goes over the other side BLOCK rows at a time, all work-items of a group over the same
// rows in step.  The softmax keeps a running maximum: what was summed so far is scaled down when a
// block brings a larger score.  Backward computes the scores again: p = exp(score - lse).

#ifndef WG
#define WG 64     // rows a group
#endif
#ifndef WIDE
#define WIDE 4    // floats a vector at most
#endif
#ifndef HEAD
#define HEAD 32   // channels a head
#endif
#ifndef DROPOUT
#define DROPOUT 0
#endif
#ifndef HAS_DQ
#define HAS_DQ 1
#endif
#ifndef HAS_DK
#define HAS_DK 1
#endif
#ifndef HAS_DV
#define HAS_DV 1
#endif

#if WIDE >= 16 && HEAD % 16 == 0
#define VEC 16
typedef real16 vec;
#define load(p) vload16(0, p)
#define store(v, p) vstore16(v, 0, p)
#elif WIDE >= 8 && HEAD % 8 == 0
#define VEC 8
typedef real8 vec;
#define load(p) vload8(0, p)
#define store(v, p) vstore8(v, 0, p)
#elif WIDE >= 4 && HEAD % 4 == 0
#define VEC 4
typedef real4 vec;
#define load(p) vload4(0, p)
#define store(v, p) vstore4(v, 0, p)
#else
#define VEC 1
typedef real vec;
#define load(p) (*(p))
#define store(v, p) (*(p) = (v))
#endif

#define VECS (HEAD / VEC)
#define BLOCK 8

acc total(const vec v)
{
#if VEC == 16
    const real8 a = v.lo + v.hi;
    const real4 b = a.lo + a.hi;
    return (b.x + b.z) + (b.y + b.w);
#elif VEC == 8
    const real4 b = v.lo + v.hi;
    return (b.x + b.z) + (b.y + b.w);
#elif VEC == 4
    return (v.x + v.z) + (v.y + v.w);
#else
    return v;
#endif
}

void row_load(vec *row, global const real *from)
{
#pragma unroll
    for (int c = 0; c < VECS; c++)
        row[c] = load(from + c * VEC);
}

void row_store(const vec *row, const acc scale, global real *to)
{
#pragma unroll
    for (int c = 0; c < VECS; c++)
        store(row[c] * scale, to + c * VEC);
}

// row += scale * from
void row_add(vec *row, const acc scale, global const real *from)
{
#pragma unroll
    for (int c = 0; c < VECS; c++)
        row[c] += scale * load(from + c * VEC);
}

acc row_dot(const vec *row, global const real *with)
{
    vec sum = row[0] * load(with);
#pragma unroll
    for (int c = 1; c < VECS; c++)
        sum += row[c] * load(with + c * VEC);
    return total(sum);
}

struct mask {
    uint key0, key1, step_no, stream;
    float rate;
};

// 0 or 1 / (1 - rate) for score number `element`.
acc mask_at(const struct mask m, const uint element)
{
#if DROPOUT
    return rng_uniform(m.key0, m.key1, m.step_no, m.stream, element) >= m.rate ? 1 / (1 - m.rate)
                                                                              : 0;
#else
    return 1;
#endif
}

#if DROPOUT
#define MASK { key0, key1, step_no[0], stream, rate }
#else
#define MASK { 0, 0, 0, 0, 0 }
#endif

GROUP(WG)
void attention_fwd(global const real *q, global const real *k, global const real *v, global real *y,
                   global acc *lse, const int queries, const int keys, const int heads,
                   const acc scale, global const int *step_no, const int key0, const int key1,
                   const int stream, const float rate)
{
    const int i = get_global_id(0), head = get_group_id(1), n = get_group_id(2);
    if (i >= queries)
        return;
    const struct mask m = MASK;
    const size_t width = (size_t) heads * HEAD;
    const size_t row = ((size_t) n * heads + head) * queries + i;
    const size_t at = ((size_t) n * queries + i) * width + head * HEAD;
    k += (size_t) n * keys * width + head * HEAD;
    v += (size_t) n * keys * width + head * HEAD;

    vec mine[VECS], sum[VECS];
    row_load(mine, q + at);
    for (int c = 0; c < VECS; c++)
        sum[c] = 0;

    acc top = -INFINITY, weight = 0;
    for (int first = 0; first < keys; first += BLOCK) {
        acc p[BLOCK];
        acc high = top;
        for (int b = 0; b < BLOCK; b++) {
            const int j = min(first + b, keys - 1);
            p[b] = first + b < keys ? scale * row_dot(mine, k + j * width) : -INFINITY;
            high = fmax(high, p[b]);
        }
        vstore8(exp(vload8(0, p) - high), 0, p);

        const acc shrink = exp(top - high);
        top = high;
        weight = weight * shrink + (((p[0] + p[1]) + (p[2] + p[3])) +
                                    ((p[4] + p[5]) + (p[6] + p[7])));
        for (int c = 0; c < VECS; c++)
            sum[c] *= shrink;
        for (int b = 0; b < BLOCK && first + b < keys; b++)
            row_add(sum, p[b] * mask_at(m, row * keys + first + b), v + (first + b) * width);
    }
    row_store(sum, 1 / weight, y + at);
    lse[row] = top + log(weight);
}

GROUP(WG)
void attention_bwd_q(global const real *q, global const real *k, global const real *v,
                     global const real *y, global const acc *lse, global const real *dy,
                     global real *dq, global real *dk, global real *dv, global acc *delta,
                     const int queries, const int keys, const int heads, const acc scale,
                     global const int *step_no, const int key0, const int key1, const int stream,
                     const float rate)
{
    const int i = get_global_id(0), head = get_group_id(1), n = get_group_id(2);
    if (i >= queries)
        return;
    const struct mask m = MASK;
    const size_t width = (size_t) heads * HEAD;
    const size_t row = ((size_t) n * heads + head) * queries + i;
    const size_t at = ((size_t) n * queries + i) * width + head * HEAD;
    k += (size_t) n * keys * width + head * HEAD;
    v += (size_t) n * keys * width + head * HEAD;

    vec mine[VECS], arrived[VECS], sum[VECS];
    row_load(arrived, dy + at);
    const acc along = row_dot(arrived, y + at), norm = lse[row];
    delta[row] = along;
#if HAS_DQ
    row_load(mine, q + at);
    for (int c = 0; c < VECS; c++)
        sum[c] = 0;

    for (int first = 0; first < keys; first += BLOCK) {
        acc p[BLOCK];
        for (int b = 0; b < BLOCK; b++) {
            const int j = min(first + b, keys - 1);
            p[b] = scale * row_dot(mine, k + j * width) - norm;
        }
        vstore8(exp(vload8(0, p)), 0, p);
        for (int b = 0; b < BLOCK && first + b < keys; b++) {
            const int j = first + b;
            const acc dp = row_dot(arrived, v + j * width) * mask_at(m, row * keys + j);
            row_add(sum, p[b] * (dp - along), k + j * width);
        }
    }
    row_store(sum, scale, dq + at);
#endif
}

GROUP(WG)
void attention_bwd_kv(global const real *q, global const real *k, global const real *v,
                      global const real *y, global const acc *lse, global const real *dy,
                      global real *dq, global real *dk, global real *dv, global const acc *delta,
                      const int queries, const int keys, const int heads, const acc scale,
                      global const int *step_no, const int key0, const int key1, const int stream,
                      const float rate)
{
    const int j = get_global_id(0), head = get_group_id(1), n = get_group_id(2);
    if (j >= keys)
        return;
    const struct mask m = MASK;
    const size_t width = (size_t) heads * HEAD;
    const size_t rows = ((size_t) n * heads + head) * queries;
    const size_t at = ((size_t) n * keys + j) * width + head * HEAD;
    q += (size_t) n * queries * width + head * HEAD;
    dy += (size_t) n * queries * width + head * HEAD;

    vec mine[VECS], value[VECS], sum_k[VECS], sum_v[VECS];
    row_load(mine, k + at);
    row_load(value, v + at);
    for (int c = 0; c < VECS; c++)
        sum_k[c] = sum_v[c] = 0;

    for (int first = 0; first < queries; first += BLOCK) {
        acc p[BLOCK];
        for (int b = 0; b < BLOCK; b++) {
            const int i = min(first + b, queries - 1);
            p[b] = scale * row_dot(mine, q + i * width) - lse[rows + i];
        }
        vstore8(exp(vload8(0, p)), 0, p);
        for (int b = 0; b < BLOCK && first + b < queries; b++) {
            const int i = first + b;
            const acc keep = mask_at(m, (rows + i) * keys + j);
#if HAS_DK
            const acc dp = row_dot(value, dy + i * width) * keep;
            row_add(sum_k, p[b] * (dp - delta[rows + i]), q + i * width);
#endif
#if HAS_DV
            row_add(sum_v, p[b] * keep, dy + i * width);
#endif
        }
    }
#if HAS_DK
    row_store(sum_k, scale, dk + at);
#endif
#if HAS_DV
    row_store(sum_v, 1, dv + at);
#endif
}
