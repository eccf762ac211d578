#pragma once

#include "base/json.h"
#include "graph/plan.h"

/**
 * Where a step's device time goes: one step more, launch by launch with events, summed by operator
 * (forward and backward passes have names of their own).
 *
 *     profile {launches, ns_by_operator {"conv2d": 1200.0, ...}}
 *
 * The step changes parameters and state as any other does, so it comes after all that is kept of
 * them.  Fails as vg_run_timed does, and then object is as it was.
 */
int vg_profile_json(struct vg_plan *p, json_t *object);
