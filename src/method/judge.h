#pragma once

#include "base/tensorfile.h"
#include "method/parity.h"

// How far a computed tensor is from a golden trace's and may be: the rules are parity.h's.
// got: as many numbers as e has, in its order.
struct vg_parity_entry vg_judge(const struct vg_tensorfile *f, const struct vg_tensorfile_entry *e,
                                const float *got);
