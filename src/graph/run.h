#pragma once

#include "graph/plan.h"

/**
 * Replays a plan.  A replay makes no buffer, program or kernel object: vg_dev_counters before and
 * after are equal.
 */
int vg_run(struct vg_plan *p);   // enqueues one step and flushes
// Only the nodes of some passes: 1 << VG_UPDATE and so on, or'ed.
int vg_run_passes(struct vg_plan *p, unsigned passes);
int vg_finish(struct vg_plan *p);   // waits until all that was enqueued is done

// One step with device times from events: ns[i] for launch i of vg_plan_steps().
int vg_run_timed(struct vg_plan *p, double *ns);
