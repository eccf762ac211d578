#pragma once

#include <stdbool.h>

#include "base/dtype.h"

/**
 * Replays a golden trace on a device and compares every loss, output, gradient and final value.
 *
 * Allowed is ten times the trace's own float32 spread plus 1e-5, of the tensor's Euclidean norm.  A
 * tensor whose spread exceeds 0.1 is zero in exact arithmetic: it may differ by 1e-5 of the median
 * norm of the tensors of its group.  Whole numbers must be equal.
 *
 * The replay is in float32, as training is, or in float64 (graph.h's vg_graph_real), which shows
 * formulas and wiring without rounding.
 */
struct vg_dev;

struct vg_parity_entry {
    const char *name;        // as in the trace: "step0.grad.online_net..."
    double error, allowed;   // relative to `norm`
    double norm;             // what both are relative to
    double own;              // the error of the trace's own float32 replay, relative to norm
    bool passed;
};

/**
 * Whether the trace's own float32 replay is out of tolerance as well.  That is so where the spread
 * exceeds 0.1 of a value that is not zero: training has carried rounding that far, and no float32
 * arithmetic can be expected to end closer.  Such an entry fails nonetheless; a replay in float64
 * can excuse it.
 */
static inline bool vg_parity_diverged(const struct vg_parity_entry *e)
{
    return e->own > e->allowed;
}

/**
 * Whether an entry that is out of tolerance is within ten times what the trace's own float32 replay
 * is off by, plus 1e-5, and that replay is out of tolerance too: the rule for every other tensor,
 * applied to one that the rule takes for zero and that is not.
 */
static inline bool vg_parity_excused(const struct vg_parity_entry *e)
{
    return vg_parity_diverged(e) && e->error <= 10 * e->own + 1e-5;
}

struct vg_parity {
    const char *method;
    enum vg_dtype real;   // VG_F32 or VG_F64
    struct vg_parity_entry *entries;
    int count, failed;
    struct vg_arena *arena;
    struct vg_tensorwriter *computed;   // NULL where it was not to be kept
};

// keep: what was computed stays, for vg_parity_write.
// VG_ERR_FORMAT: not a trace, or one of a method this program does not have.
int vg_parity_run(struct vg_parity **p, struct vg_dev *dev, const char *trace, enum vg_dtype real,
                  bool keep);
// What was kept, under the trace's names, and in which arithmetic.
int vg_parity_write(struct vg_parity *p, const char *path);
void vg_parity_destroy(struct vg_parity **p);
