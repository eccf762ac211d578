#pragma once

#include "graph/plan.h"

/**
 * What operators share that pass over a tensor element by element: how cl/vector.cl divides it.
 * Not an operator.  They name the parts "common", "vector" and VG_FLAT_TUNABLES in their source.
 *
 * A CPU gives each group one work-item that goes over a long span, a GPU many that go side by side.
 */
// clang-format off
#define VG_FLAT_TUNABLES                                                                           \
    { "WG", 1, 256, { 1, 4, 16, 64, 128, 256 } }, { "VECTOR", 16, 4, { 1, 2, 4, 8, 16 } }
// clang-format on

struct vg_flat {
    int64_t elems;
    int vec, span;   // VEC and SPAN of the kernels
    size_t groups;
};

// The widest vector, a power of two up to `most`, that divides elems.
static inline int vg_flat_vec(int64_t elems, int most)
{
    int vec = 1;
    while (2 * vec <= most && elems % (2 * vec) == 0)
        vec *= 2;
    return vec;
}

// A pass whose vectors stay within rows of cols elements, each of which costs `work` times what a
// copied one does: a group of one work-item has as many as are worth a start.
static inline struct vg_flat vg_flat_work_of(struct vg_plan *p, const struct vg_node *n,
                                             int64_t elems, int64_t cols, int work)
{
    enum { COPIED = 16384 };   // elements of a copy worth a start
    const int wg = vg_plan_tunable(p, n, "WG");
    struct vg_flat f = { .elems = elems };
    f.vec = vg_flat_vec(cols, vg_plan_tunable(p, n, "VECTOR"));
    f.span = wg * f.vec * (wg < 16 ? COPIED / work / (wg * f.vec) : 1);
    f.groups = vg_ceil_div(elems, f.span);
    return f;
}

static inline struct vg_flat vg_flat_rows_of(struct vg_plan *p, const struct vg_node *n,
                                             int64_t elems, int64_t cols)
{
    return vg_flat_work_of(p, n, elems, cols, 1);
}

static inline struct vg_flat vg_flat_of(struct vg_plan *p, const struct vg_node *n, int64_t elems)
{
    return vg_flat_rows_of(p, n, elems, elems);
}

// clang-format off
#define VG_FLAT_DEFINES(f) { "VEC", (f).vec }, { "SPAN", (f).span }
// clang-format on
