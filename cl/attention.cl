// Attention by heads: p = softmax(<q, k> / sqrt(d)), y = p v.  No score is written to memory.
//
//   q, y, dy, dq  [n][queries][heads * HEAD]
//   k, v, dk, dv  [n][keys][heads * HEAD]
//   lse, delta    [n][heads][queries]          log(sum exp score), <dy, y>
//
// Where PACKED, q, k and v are one tensor [n][tokens][q | k | v], as a projection to all three
// makes it, and so are dq, dk and dv: their rows lie three widths apart.
//
// VARIANT 1 is for CPUs: attention_tile.cl.  VARIANT 2, here, is for GPUs.  A work-item owns ROWS
// rows of one head and image (grid: rows, heads, images): queries in attention_fwd and
// attention_bwd_q, keys in attention_bwd_kv.  It holds them in registers as vectors and goes over
// the other side BLOCK rows at a time, all work-items of a group over the same ones.  What lies
// past the end is read from the last row and weighs nothing.
//
// The softmax keeps a running maximum: what was summed so far is scaled down when a block brings a
// larger score.  Backward computes the scores again: p = exp(score - lse).

#ifndef VARIANT
#define VARIANT 2
#endif
#ifndef WG
#define WG 64     // work-items a group
#endif
#ifndef ROWS
#define ROWS 1    // rows a work-item
#endif
#ifndef WIDE
#define WIDE 4    // floats a vector at most
#endif
#ifndef UNROLL
#define UNROLL 2  // 2: loops of fixed length are unrolled, 1: the compiler decides
#endif
#ifndef HEAD
#define HEAD 32   // channels a head
#endif
#ifndef DROPOUT
#define DROPOUT 0
#endif
#ifndef PACKED
#define PACKED 0
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

struct mask {
    uint key0, key1, step_no, stream;
    float rate;
};

#if DROPOUT
#define MASK { key0, key1, step_no[0], stream, rate }
#else
#define MASK { 0, 0, 0, 0, 0 }
#endif

// What lies between two rows of q, k, v and their gradients, and where k and v begin.
#define ROW_OF(width) ((PACKED ? 3 : 1) * (width))
#define K_OF(width) (PACKED ? (width) : 0)
#define V_OF(width) (PACKED ? 2 * (width) : 0)

#define ATTENTION_FWD_ARGS                                                                         \
    global const real *q, global const real *k, global const real *v, global real *y,              \
        global acc *lse, const int queries, const int keys, const int heads, const acc scale,      \
        global const int *step_no, const int key0, const int key1, const int stream,               \
        const float rate
#define ATTENTION_BWD_ARGS                                                                         \
    global const real *q, global const real *k, global const real *v, global const real *y,        \
        global const acc *lse, global const real *dy, global real *dq, global real *dk,            \
        global real *dv, global acc *delta, const int queries, const int keys, const int heads,    \
        const acc scale, global const int *step_no, const int key0, const int key1,                \
        const int stream, const float rate

#if VARIANT == 2

#if WIDE >= 8 && HEAD % 8 == 0
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

#if UNROLL == 2
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED
#endif

#define VECS (HEAD / VEC)
#define BLOCK 8

void row_load(vec *row, global const real *from)
{
    UNROLLED
    for (int c = 0; c < VECS; c++)
        row[c] = load(from + c * VEC);
}

void row_store(const vec *row, const acc scale, global real *to)
{
    UNROLLED
    for (int c = 0; c < VECS; c++)
        store(row[c] * scale, to + c * VEC);
}

void row_clear(vec *row)
{
    UNROLLED
    for (int c = 0; c < VECS; c++)
        row[c] = 0;
}

// row = shrink * row
void row_scale(vec *row, const acc shrink)
{
    UNROLLED
    for (int c = 0; c < VECS; c++)
        row[c] *= shrink;
}

// row += scale * with
void row_add(vec *row, const acc scale, const vec *with)
{
    UNROLLED
    for (int c = 0; c < VECS; c++)
        row[c] += scale * with[c];
}

// The products of two rows, still to be summed within the vector.
vec row_products(const vec *row, global const real *with)
{
    vec sum = row[0] * load(with);
    UNROLLED
    for (int c = 1; c < VECS; c++)
        sum += row[c] * load(with + c * VEC);
    return sum;
}

acc total(const vec v)
{
#if VEC == 8
    const real4 w = v.lo + v.hi;
    return (w.x + w.z) + (w.y + w.w);
#elif VEC == 4
    return (v.x + v.z) + (v.y + v.w);
#else
    return v;
#endif
}

// <row, row first + b of the other side> for b = 0 .. 7; past the end the last row again.
float8 dots(const vec *row, global const real *other, const size_t width, const int first,
            const int count)
{
    acc sum[BLOCK];
    UNROLLED
    for (int b = 0; b < BLOCK; b++)
        sum[b] = total(row_products(row, other + min(first + b, count - 1) * width));
    return vload8(0, sum);
}

// The acc at i + b for b = 0 .. 7, the last one again past the end.
float8 eight(global const acc *from, const int first, const int count)
{
    acc v[BLOCK];
    UNROLLED
    for (int b = 0; b < BLOCK; b++)
        v[b] = from[min(first + b, count - 1)];
    return vload8(0, v);
}

// Scores past the end become -infinity: they weigh nothing.
float8 cut(const float8 s, const int first, const int count)
{
    const int8 at = first + (int8)(0, 1, 2, 3, 4, 5, 6, 7);
    return select(s, (float8)(-INFINITY), at >= count);
}

acc sum8(const float8 v)
{
    const real4 b = v.lo + v.hi;
    return (b.x + b.z) + (b.y + b.w);
}

acc max8(const float8 v)
{
    const real4 b = fmax(v.lo, v.hi);
    return fmax(fmax(b.x, b.z), fmax(b.y, b.w));
}

// 0 or 1 / (1 - rate) for the scores number element + b * stride, b = 0 .. 7.
float8 masks(const struct mask m, const uint element, const uint stride)
{
#if DROPOUT
    float keep[BLOCK];
    for (int b = 0; b < BLOCK; b++)
        keep[b] = rng_uniform(m.key0, m.key1, m.step_no, m.stream, element + b * stride);
    return select((float8)(0), (float8)(1 / (1 - m.rate)), vload8(0, keep) >= m.rate);
#else
    return 1;
#endif
}

#define each_row UNROLLED for (int r = 0; r < ROWS; r++)
#define each_other UNROLLED for (int b = 0; b < BLOCK; b++)

GROUP(WG)
void attention_fwd(ATTENTION_FWD_ARGS)
{
    const int i = get_global_id(0) * ROWS, head = get_group_id(1), n = get_group_id(2);
    if (i >= queries)
        return;
    const struct mask m = MASK;
    const size_t width = (size_t) heads * HEAD, row = ROW_OF(width);
    const size_t at = (size_t) n * queries * width + head * HEAD;
    const size_t q_at = (size_t) n * queries * row + head * HEAD;
    const size_t row0 = ((size_t) n * heads + head) * queries;
    k += (size_t) n * keys * row + K_OF(width) + head * HEAD;
    v += (size_t) n * keys * row + V_OF(width) + head * HEAD;

    vec mine[ROWS][VECS], sum[ROWS][VECS];
    acc top[ROWS], weight[ROWS], p[ROWS][BLOCK];
    each_row {
        row_load(mine[r], q + q_at + min(i + r, queries - 1) * row);
        row_clear(sum[r]);
        top[r] = -INFINITY;
        weight[r] = 0;
    }
    for (int first = 0; first < keys; first += BLOCK) {
        each_row {
            const float8 s = cut(scale * dots(mine[r], k, row, first, keys), first, keys);
            const acc high = fmax(top[r], max8(s)), shrink = exp(top[r] - high);
            const float8 e = exp(s - high);
            vstore8(e * masks(m, (row0 + i + r) * keys + first, 1), 0, p[r]);
            top[r] = high;
            weight[r] = weight[r] * shrink + sum8(e);
            row_scale(sum[r], shrink);
        }
        each_other {
            vec value[VECS];
            row_load(value, v + min(first + b, keys - 1) * row);
            each_row row_add(sum[r], p[r][b], value);
        }
    }
    for (int r = 0; r < ROWS && i + r < queries; r++) {
        row_store(sum[r], 1 / weight[r], y + at + (i + r) * width);
        lse[row0 + i + r] = top[r] + log(weight[r]);
    }
}

GROUP(WG)
void attention_bwd_q(ATTENTION_BWD_ARGS)
{
    const int i = get_global_id(0) * ROWS, head = get_group_id(1), n = get_group_id(2);
    if (i >= queries)
        return;
    const struct mask m = MASK;
    const size_t width = (size_t) heads * HEAD, row = ROW_OF(width);
    const size_t at = (size_t) n * queries * width + head * HEAD;
    const size_t q_at = (size_t) n * queries * row + head * HEAD;
    const size_t row0 = ((size_t) n * heads + head) * queries;
    k += (size_t) n * keys * row + K_OF(width) + head * HEAD;
    v += (size_t) n * keys * row + V_OF(width) + head * HEAD;

    vec mine[ROWS][VECS], arrived[ROWS][VECS], sum[ROWS][VECS];
    acc along[ROWS], norm[ROWS], ds[ROWS][BLOCK];
    each_row {
        const int own = min(i + r, queries - 1);
        row_load(arrived[r], dy + at + own * width);
        along[r] = dots(arrived[r], y + at + own * width, 0, 0, 1).s0;   // eight times the same
        norm[r] = lse[row0 + own];
        delta[row0 + own] = along[r];
        row_load(mine[r], q + q_at + own * row);
        row_clear(sum[r]);
    }
#if HAS_DQ
    for (int first = 0; first < keys; first += BLOCK) {
        each_row {
            const float8 s = cut(scale * dots(mine[r], k, row, first, keys), first, keys);
            const float8 dp = dots(arrived[r], v, row, first, keys) *
                              masks(m, (row0 + i + r) * keys + first, 1);
            vstore8(exp(s - norm[r]) * (dp - along[r]), 0, ds[r]);
        }
        each_other {
            vec key[VECS];
            row_load(key, k + min(first + b, keys - 1) * row);
            each_row row_add(sum[r], ds[r][b], key);
        }
    }
    for (int r = 0; r < ROWS && i + r < queries; r++)
        row_store(sum[r], scale, dq + q_at + (i + r) * row);
#endif
}

GROUP(WG)
void attention_bwd_kv(ATTENTION_BWD_ARGS)
{
    const int j = get_global_id(0) * ROWS, head = get_group_id(1), n = get_group_id(2);
    if (j >= keys)
        return;
    const struct mask m = MASK;
    const size_t width = (size_t) heads * HEAD, row = ROW_OF(width);
    const size_t k_at = (size_t) n * keys * row + K_OF(width) + head * HEAD;
    const size_t v_at = (size_t) n * keys * row + V_OF(width) + head * HEAD;
    const size_t row0 = ((size_t) n * heads + head) * queries;
    q += (size_t) n * queries * row + head * HEAD;
    dy += (size_t) n * queries * width + head * HEAD;

    vec mine[ROWS][VECS], value[ROWS][VECS], sum_k[ROWS][VECS], sum_v[ROWS][VECS];
    acc p[ROWS][BLOCK], ds[ROWS][BLOCK];
    each_row {
        row_load(mine[r], k + k_at + min(j + r, keys - 1) * row);
        row_load(value[r], v + v_at + min(j + r, keys - 1) * row);
        row_clear(sum_k[r]);
        row_clear(sum_v[r]);
    }
    for (int first = 0; first < queries; first += BLOCK) {
        const float8 norm = eight(lse + row0, first, queries);
        const float8 along = eight(delta + row0, first, queries);
        each_row {
            const float8 s = cut(scale * dots(mine[r], q, row, first, queries), first, queries);
            const float8 e = exp(s - norm), keep = masks(m, (row0 + first) * keys + j + r, keys);
            vstore8(e * keep, 0, p[r]);
#if HAS_DK
            const float8 dp = dots(value[r], dy, width, first, queries) * keep;
            vstore8(e * (dp - along), 0, ds[r]);
#endif
        }
        each_other {
            const size_t other = min(first + b, queries - 1);
            vec one[VECS];
#if HAS_DK
            row_load(one, q + other * row);
            each_row row_add(sum_k[r], ds[r][b], one);
#endif
#if HAS_DV
            row_load(one, dy + other * width);
            each_row row_add(sum_v[r], p[r][b], one);
#endif
        }
    }
    for (int r = 0; r < ROWS && j + r < keys; r++) {
#if HAS_DK
        row_store(sum_k[r], scale, dk + k_at + (j + r) * row);
#endif
#if HAS_DV
        row_store(sum_v[r], 1, dv + v_at + (j + r) * row);
#endif
    }
}

#endif
