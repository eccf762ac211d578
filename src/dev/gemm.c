#include "dev/gemm.h"

#ifdef VG_WITH_CLBLAST

#include <clblast_c.h>

bool vg_gemm_here(void)
{
    return true;
}

int vg_gemm(struct vg_dev *dev, const struct vg_gemm *g, cl_mem a, cl_mem b, cl_mem c, double *ns)
{
    int rc = VG_OK;
    cl_event event = NULL, before = NULL;
    cl_ulong begin = 0, end = 0;
    // The library's event is that of its last kernel; its packing kernels run before.
    VG_CL(clFinish(dev->queue));
    VG_CL(clEnqueueMarkerWithWaitList(dev->timing, 0, NULL, &before));
    const CLBlastStatusCode code =
        CLBlastSgemm(CLBlastLayoutRowMajor, g->trans_a ? CLBlastTransposeYes : CLBlastTransposeNo,
                     g->trans_b ? CLBlastTransposeYes : CLBlastTransposeNo, g->m, g->n, g->k,
                     g->alpha, a, 0, g->trans_a ? g->m : g->k, b, 0, g->trans_b ? g->k : g->n,
                     g->beta, c, 0, g->n, &dev->timing, &event);
    if (code != CLBlastSuccess)
        VG_TRY(vg_fail(VG_ERR_DEVICE, "CLBlast's product of %zux%zux%zu: status %d", g->m, g->n,
                       g->k, (int) code));
    VG_CL(clWaitForEvents(1, &event));
    VG_CL(clGetEventProfilingInfo(before, CL_PROFILING_COMMAND_END, sizeof begin, &begin, NULL));
    VG_CL(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL));
    if (ns)
        *ns = (double) (end - begin);
out:
    if (before)
        clReleaseEvent(before);
    if (event)
        clReleaseEvent(event);
    return rc;
}

#else

bool vg_gemm_here(void)
{
    return false;
}

int vg_gemm(struct vg_dev *dev, const struct vg_gemm *g, cl_mem a, cl_mem b, cl_mem c, double *ns)
{
    return vg_fail(VG_ERR_UNSUPPORTED, "this build has no CLBlast");
}

#endif
