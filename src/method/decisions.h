#pragma once

#include "method/parity.h"

/**
 * Where two replays of a golden trace, in float32 and in float64, decide otherwise.
 *
 * A rectifier asks whether a number is above zero, a max-pool which of several is the largest, and
 * AdamW's first steps move a parameter by the learning rate to the side that its gradient's sign
 * says, however small the gradient.  Near a tie rounding answers, and from there on the two replays
 * compute different, equally right things whose distance no number of digits bounds.  This runs
 * both side by side and finds the first place, in the order of the tape, that decided otherwise.
 *
 * A gradient below 1e-12 of its tensor's size in float64 is zero in exact arithmetic and decides
 * nothing.
 */
struct vg_decisions {
    int64_t made;      // by rectifiers and poolings in all steps
    int64_t other;     // of the first place with one, how many differ; 0: none anywhere
    int64_t units;     // how many were made there
    int64_t step;      // in which step
    bool update;       // it is an update, behind the losses and gradients of that step
    char where[200];   // operator and scope or parameter: "batchnorm online_net.backbone.bn1"
    double near;       // the largest number whose side differs, relative to the root mean square of
                       // its tensor; 0 for a pooling
    double apart;      // Euclidean distance of the two replays' tensors there, relative
};

// VG_ERR_UNSUPPORTED: the device has no double.
int vg_decisions_compare(struct vg_decisions *d, struct vg_dev *dev, const char *trace);

/**
 * Whether rounding explains what of a float32 replay is out of tolerance.  Left aside is what the
 * trace's own float32 replay is out of tolerance in as well, and by a tenth as much at least
 * (vg_parity_excused).  If anything remains, a decision must explain it:
 *
 *   - some decision differs;
 *   - up to there the replays agree as well as the trace's own rule asks: they are no further apart
 *     than the largest tolerance of that step's losses and outputs, or, in the first update, than
 *     that of the very gradient;
 *   - nothing of it was computed before.
 *
 * None of this vouches for a trace: all of it must be within tolerance in float64 besides.
 */
bool vg_decisions_explain(const struct vg_decisions *d, const struct vg_parity *narrow);
