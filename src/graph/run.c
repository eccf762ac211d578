#include "graph/run.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "graph/plan_private.h"

static int enqueue(const struct launch *l, cl_command_queue queue, cl_event *event)
{
    const cl_int code = clEnqueueNDRangeKernel(queue, l->kernel, 3, NULL, l->step.global,
                                               l->step.local, 0, NULL, event);
    if (code == CL_SUCCESS)
        return VG_OK;
    return vg_fail(vg_cl_failure(code), "launch of %s (%s): %s", l->step.kernel, l->step.options,
                   vg_cl_error_name(code));
}

int vg_run_passes(struct vg_plan *p, unsigned passes)
{
    int rc = VG_OK;
    assert(!vg_dev_is_dry(p->dev) && "a dry plan cannot be run");
    for (int i = 0; i < p->launch_count; i++)
        if (passes >> p->launch[i].step.node->pass & 1)
            VG_TRY(enqueue(&p->launch[i], p->dev->queue, NULL));
    VG_CL(clFlush(p->dev->queue));
out:
    return rc;
}

int vg_run(struct vg_plan *p)
{
    return vg_run_passes(p, (1u << VG_PASSES) - 1);
}

int vg_finish(struct vg_plan *p)
{
    int rc = VG_OK;
    VG_CL(clFinish(p->dev->queue));
out:
    return rc;
}

static int duration(cl_event event, double *ns)
{
    int rc = VG_OK;
    cl_ulong begin = 0, end = 0;
    VG_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof begin, &begin, NULL));
    VG_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL));
    *ns = (double) (end - begin);
out:
    return rc;
}

int vg_run_timed(struct vg_plan *p, double *ns)
{
    int rc = VG_OK;
    assert(!vg_dev_is_dry(p->dev) && "a dry plan cannot be run");
    cl_event *events = vg_alloc(p->launch_count, sizeof *events);
    VG_CL(clFinish(p->dev->queue));   // the two queues share memory
    for (int i = 0; i < p->launch_count; i++)
        VG_TRY(enqueue(&p->launch[i], p->dev->timing, &events[i]));
    VG_CL(clFinish(p->dev->timing));
    for (int i = 0; i < p->launch_count; i++)
        VG_TRY(duration(events[i], &ns[i]));
out:
    for (int i = 0; i < p->launch_count; i++)
        if (events[i])
            clReleaseEvent(events[i]);
    free(events);
    return rc;
}
