#include "dev/probe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dev/buf.h"
#include "dev/prog.h"

enum { GROUPS = 16, INDICES = 1024, LANES = 64, LAUNCHES = 16 };

struct probe_run {
    cl_kernel kernel;
    cl_mem out;
};

static const char *const parts[] = { "probe", NULL };

static void run_finish(struct vg_dev *dev, struct probe_run *r)
{
    if (r->kernel)
        clReleaseKernel(r->kernel);
    vg_buf_destroy(dev, &r->out, GROUPS * sizeof(cl_int));
}

static int run_init(struct vg_dev *dev, struct probe_run *r, const char *options, const char *name)
{
    int rc = VG_OK;
    struct vg_prog *prog;
    *r = (struct probe_run) { 0 };
    VG_TRY(vg_buf_create(dev, GROUPS * sizeof(cl_int), &r->out));
    VG_TRY(vg_buf_zero(dev, r->out, GROUPS * sizeof(cl_int)));
    VG_TRY(vg_prog_get(dev, parts, options, &prog));
    VG_TRY(vg_prog_kernel(dev, prog, name, &r->kernel));
    VG_CL(clSetKernelArg(r->kernel, 0, sizeof r->out, &r->out));
out:
    return rc;
}

static int launch(struct vg_dev *dev, struct probe_run *r, size_t groups, size_t lanes,
                  cl_event *event)
{
    int rc = VG_OK;
    const size_t global = groups * lanes;
    VG_CL(clEnqueueNDRangeKernel(dev->timing, r->kernel, 1, NULL, &global, &lanes, 0, NULL, event));
    VG_CL(clFinish(dev->timing));
out:
    return rc;
}

// ---- sums ---------------------------------------------------------------------------------------

static void check_sums(struct vg_probe *p, const cl_int *got)
{
    p->sums = true;
    for (int g = 0; g < GROUPS && p->sums; g++) {
        int want = 0;
        for (int i = g * INDICES; i < (g + 1) * INDICES; i++)
            want += i % 7;
        if (got[g] != want) {
            p->sums = false;
            snprintf(p->sums_message, sizeof p->sums_message, "group %d summed %d, wanted %d", g,
                     got[g], want);
        }
    }
}

static cl_ulong common_divisor(cl_ulong a, cl_ulong b)
{
    while (b) {
        const cl_ulong rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int event_times(cl_event event, cl_ulong first, cl_ulong *step)
{
    int rc = VG_OK;
    static const cl_profiling_info when[] = { CL_PROFILING_COMMAND_START,
                                              CL_PROFILING_COMMAND_END };
    for (int i = 0; i < 2; i++) {
        cl_ulong t = 0;
        VG_CL(clGetEventProfilingInfo(event, when[i], sizeof t, &t, NULL));
        *step = common_divisor(*step, t > first ? t - first : first - t);
    }
out:
    return rc;
}

static int time_launches(struct vg_dev *dev, struct probe_run *r, struct vg_probe *p)
{
    int rc = VG_OK;
    cl_event event = NULL;
    cl_ulong first = 0, step = 0;
    p->launch_ns = INFINITY;
    for (int i = 0; i < LAUNCHES; i++) {
        const uint64_t begin = vg_clock_ns();
        VG_TRY(launch(dev, r, GROUPS, LANES, &event));
        p->launch_ns = fmin(p->launch_ns, (double) (vg_clock_ns() - begin));
        if (i == 0)
            VG_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof first, &first,
                                          NULL));
        VG_TRY(event_times(event, first, &step));
        clReleaseEvent(event);
        event = NULL;
    }
    p->timer_step_ns = (double) step;
out:
    if (event)
        clReleaseEvent(event);
    return rc;
}

static int probe_sums(struct vg_dev *dev, struct vg_probe *p)
{
    int rc = VG_OK;
    cl_int got[GROUPS];
    size_t multiple = 0;
    struct probe_run r;
    VG_TRY(run_init(dev, &r, "-cl-std=CL1.2", "probe_sum"));
    VG_TRY(time_launches(dev, &r, p));
    VG_TRY(vg_buf_read(dev, r.out, 0, sizeof got, got));
    check_sums(p, got);
    VG_CL(clGetKernelWorkGroupInfo(r.kernel, dev->info.device_id,
                                   CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, sizeof multiple,
                                   &multiple, NULL));
    p->group_multiple = (int) multiple;
out:
    run_finish(dev, &r);
    return rc;
}

// ---- what may be missing ------------------------------------------------------------------------

// A GPU is asked even if it names no half precision (NVIDIA's driver has it and does not say so);
// a processor's word is taken, since its compiler would only complain on standard error.
static bool half_is_right(struct vg_dev *dev)
{
    if (!dev->info.fp16 && strcmp(dev->info.type, "cpu") == 0)
        return false;
    int rc = VG_OK;
    struct probe_run r;
    const cl_float x = 1 + 0x1p-10f;
    float got = 0;
    VG_TRY(run_init(dev, &r, "-cl-std=CL1.2 -DHALF=1", "probe_half"));
    VG_CL(clSetKernelArg(r.kernel, 1, sizeof x, &x));
    VG_TRY(launch(dev, &r, 1, 1, NULL));
    VG_TRY(vg_buf_read(dev, r.out, 0, sizeof got, &got));
out:
    run_finish(dev, &r);
    vg_error_clear();   // that it does not build is the answer
    return rc == VG_OK && got == 1 + 0x1p-9f;
}

static int subgroup_with(struct vg_dev *dev, const char *options)
{
    int rc = VG_OK;
    struct probe_run r;
    cl_int got[2] = { 0 };
    VG_TRY(run_init(dev, &r, options, "probe_subgroup"));
    VG_TRY(launch(dev, &r, 1, LANES, NULL));
    VG_TRY(vg_buf_read(dev, r.out, 0, sizeof got, got));
out:
    run_finish(dev, &r);
    vg_error_clear();
    return rc == VG_OK && got[0] == got[1] ? got[0] : 0;
}

// Only what the device says it has is tried: some compilers end the program on a built-in function
// that they do not know.
static int subgroup_size(struct vg_dev *dev)
{
    if (!dev->info.subgroups)
        return 0;
    static const char *const options[] = { "-cl-std=CL3.0 -DSUBGROUP=1",
                                           "-cl-std=CL2.0 -DSUBGROUP=1",
                                           "-cl-std=CL1.2 -DSUBGROUP=1" };
    int size = 0;
    for (size_t i = 0; i < sizeof options / sizeof *options && size == 0; i++)
        size = subgroup_with(dev, options[i]);
    return size;
}

int vg_probe(struct vg_dev *dev, struct vg_probe *p)
{
    *p = (struct vg_probe) { 0 };
    const int rc = probe_sums(dev, p);
    if (rc == VG_OK) {
        p->half = half_is_right(dev);
        p->subgroup = subgroup_size(dev);
    }
    return rc;
}
