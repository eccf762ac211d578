#include "bench/profile.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "graph/run.h"

int vg_profile_json(struct vg_plan *p, json_t *object)
{
    const int launches = vg_plan_steps(p);
    double *ns = vg_alloc((size_t) launches + 1, sizeof *ns);
    const int rc = vg_run_timed(p, ns);
    if (rc == VG_OK) {
        json_t *profile = vg_json_object(object, "profile");
        vg_json_int(profile, "launches", launches);
        json_t *sums = vg_json_object(profile, "ns_by_operator");
        for (int i = 0; i < launches; i++) {
            const char *op = vg_plan_step(p, i)->node->op->name;
            vg_json_real(sums, op, vg_json_real_at(sums, op, 0) + ns[i]);
        }
    }
    free(ns);
    return rc;
}
