#pragma once

#include "base/tensorfile.h"
#include "method/parity.h"

// How far a computed tensor may be from a golden trace's: the rules are parity.h's.
struct vg_judge {
    const struct vg_tensorfile *file;
    bool adaptive;      // the method's optimiser is (method.h)
    double undecided;   // by how much an element may then differ that the trace does not decide
};

// got: as many numbers as e has, in its order.
struct vg_parity_entry vg_judge(const struct vg_judge *j, const struct vg_tensorfile_entry *e,
                                const float *got);
