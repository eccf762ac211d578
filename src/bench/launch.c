#include "bench/launch.h"

#include "dev/buf.h"
#include "dev/prog.h"

int vg_launch_kernel(struct vg_dev *dev, const char *part, const char *options, const char *name,
                     cl_kernel *kernel)
{
    struct vg_prog *prog;
    const int rc = vg_prog_get(dev, (const char *const[]) { part, NULL }, options, &prog);
    return rc == VG_OK ? vg_prog_kernel(dev, prog, name, kernel) : rc;
}

int vg_launch_timed(struct vg_dev *dev, cl_kernel kernel, size_t items, size_t group,
                    double *begin_ns, double *end_ns)
{
    int rc = VG_OK;
    cl_event event = NULL;
    cl_ulong begin = 0, end = 0;
    *begin_ns = *end_ns = 0;
    VG_CL(clEnqueueNDRangeKernel(dev->timing, kernel, 1, NULL, &items, &group, 0, NULL, &event));
    VG_CL(clFinish(dev->timing));
    VG_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof begin, &begin, NULL));
    VG_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL));
    *begin_ns = (double) begin;
    *end_ns = (double) end;
out:
    if (event)
        clReleaseEvent(event);
    return rc;
}

int vg_launch_clock_chain(struct vg_dev *dev, cl_uint rounds, cl_kernel *kernel, cl_mem *memory)
{
    const cl_uint key = 0x9e3779b9u;
    int rc = VG_OK;
    VG_TRY(vg_launch_kernel(dev, "clock", "-cl-std=CL1.2", "clock_chain", kernel));
    VG_TRY(vg_buf_create(dev, VG_CLOCK_CHAIN_BYTES, memory));
    VG_TRY(vg_buf_zero(dev, *memory, VG_CLOCK_CHAIN_BYTES));
    VG_CL(clSetKernelArg(*kernel, 0, sizeof *memory, memory));
    VG_CL(clSetKernelArg(*kernel, 1, sizeof key, &key));
    VG_CL(clSetKernelArg(*kernel, 2, sizeof rounds, &rounds));
out:
    return rc;
}
