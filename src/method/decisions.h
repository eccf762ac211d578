#pragma once

#include "method/parity.h"

/**
 * Where two replays of a golden trace, in float32 and in float64, decide otherwise.
 *
 * A rectifier asks whether a number is above zero, a max-pool which of several is the largest.  Near
 * a tie rounding answers, and from there on the two replays compute different, equally right things
 * whose distance no number of digits bounds.  This runs both side by side and finds the first node,
 * in the order of the tape, that decided otherwise.
 */
struct vg_decisions {
    int64_t made;    // decisions of all steps
    int64_t other;   // of the first node with one, in its first such step, how many differ; 0: none
    int64_t units;   // how many it made there
    int64_t step;    // that step
    char where[160];   // that node: operator and scope, "batchnorm online_net.backbone.bn1"
    double near;       // the largest number that was above zero on one side only, relative to the
                       // root mean square of the node's values; 0 for a pooling
    double apart;      // Euclidean distance of the two replays' values of the node, relative
};

// VG_ERR_UNSUPPORTED: the device has no double.
int vg_decisions_compare(struct vg_decisions *d, struct vg_dev *dev, const char *trace);

/**
 * Whether rounding of decisions explains what of a float32 replay is out of tolerance: some decision
 * differs, where it does the replays' values are within 1e-5 of each other, and nothing that an
 * earlier step computed is out of tolerance.
 */
bool vg_decisions_explain(const struct vg_decisions *d, const struct vg_parity *narrow);
