#include "bench/flush.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/launch.h"
#include "dev/buf.h"

struct vg_flush {
    struct vg_dev *dev;
    cl_kernel kernel;
    cl_mem from, to;
    size_t bytes, items, group;
};

static size_t flush_bytes(const struct vg_dev *dev)
{
    const size_t least = (size_t) 32 << 20, most = dev->info.max_alloc_bytes / 4;
    const size_t wanted = 2 * dev->info.cache_bytes > least ? 2 * dev->info.cache_bytes : least;
    return (wanted < most ? wanted : most) & ~(size_t) 4095;
}

static int make(struct vg_flush *f)
{
    int rc = VG_OK;
    const bool cpu = !strcmp(f->dev->info.type, "cpu");
    const cl_uint vectors = (cl_uint) (f->bytes / 16);
    f->group = cpu ? 1 : 64;
    f->items = (size_t) f->dev->info.compute_units * (cpu ? 16 : 1024);
    VG_TRY(vg_launch_kernel(f->dev, "ceiling",
                            cpu ? "-cl-std=CL1.2 -DWIDTH=4 -DCHAINS=1 -DWG=1"
                                : "-cl-std=CL1.2 -DWIDTH=4 -DCHAINS=1 -DWG=64",
                            "ceiling_copy", &f->kernel));
    VG_TRY(vg_buf_create(f->dev, f->bytes, &f->from));
    VG_TRY(vg_buf_create(f->dev, f->bytes, &f->to));
    VG_TRY(vg_buf_zero(f->dev, f->from, f->bytes));
    VG_CL(clSetKernelArg(f->kernel, 0, sizeof f->from, &f->from));
    VG_CL(clSetKernelArg(f->kernel, 1, sizeof f->to, &f->to));
    VG_CL(clSetKernelArg(f->kernel, 2, sizeof vectors, &vectors));
out:
    return rc;
}

int vg_flush_create(struct vg_flush **flush, struct vg_dev *dev)
{
    struct vg_flush *f = vg_alloc(1, sizeof *f);
    f->dev = dev;
    f->bytes = flush_bytes(dev);
    const int rc = make(f);
    if (rc != VG_OK)
        vg_flush_destroy(&f);
    *flush = f;
    return rc;
}

void vg_flush_destroy(struct vg_flush **flush)
{
    struct vg_flush *f = *flush;
    if (!f)
        return;
    if (f->kernel)
        clReleaseKernel(f->kernel);
    vg_buf_destroy(f->dev, &f->to, f->bytes);
    vg_buf_destroy(f->dev, &f->from, f->bytes);
    free(f);
    *flush = NULL;
}

int vg_flush(struct vg_flush *f)
{
    int rc = VG_OK;
    VG_CL(clEnqueueNDRangeKernel(f->dev->queue, f->kernel, 1, NULL, &f->items, &f->group, 0, NULL,
                                 NULL));
    VG_CL(clFinish(f->dev->queue));
out:
    return rc;
}
