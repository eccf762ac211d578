#include "dev/buf.h"

static double mib(size_t bytes)
{
    return (double) bytes / (1 << 20);
}

static int out_of_memory(const struct vg_dev *dev, size_t bytes)
{
    return vg_fail(
        VG_ERR_DEVICE_MEMORY,
        "out of device memory: %.1f MiB wanted beside %.1f MiB held; %s has %.0f MiB, at "
        "most %.0f MiB in one piece",
        mib(bytes), mib(dev->count.bytes), dev->info.name, mib(dev->info.global_mem_bytes),
        mib(dev->info.max_alloc_bytes));
}

int vg_buf_create(struct vg_dev *dev, size_t bytes, cl_mem *buf)
{
    int rc = VG_OK;
    cl_int code = CL_SUCCESS;
    *buf = NULL;
    if (bytes == 0)
        bytes = dev->info.align_bytes;
    if (bytes > dev->info.max_alloc_bytes || dev->count.bytes + bytes > dev->info.global_mem_bytes)
        return out_of_memory(dev, bytes);

    if (!vg_dev_is_dry(dev)) {
        cl_mem made = clCreateBuffer(dev->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
        if (code != CL_SUCCESS && vg_cl_failure(code) == VG_ERR_DEVICE_MEMORY)
            return out_of_memory(dev, bytes);
        VG_CL(code);
        *buf = made;
    }
    dev->count.buffers++;
    dev->count.bytes += bytes;
    if (dev->count.bytes > dev->count.peak_bytes)
        dev->count.peak_bytes = dev->count.bytes;
out:
    return rc;
}

void vg_buf_destroy(struct vg_dev *dev, cl_mem *buf, size_t bytes)
{
    if (!*buf && !vg_dev_is_dry(dev))
        return;
    if (*buf)
        clReleaseMemObject(*buf);
    *buf = NULL;
    dev->count.bytes -= bytes ? bytes : dev->info.align_bytes;
}

int vg_buf_window(struct vg_dev *dev, cl_mem buf, size_t offset, size_t bytes, cl_mem *window)
{
    int rc = VG_OK;
    cl_int code = CL_SUCCESS;
    const cl_buffer_region region = { offset, bytes };
    *window = NULL;
    if (vg_dev_is_dry(dev))
        return VG_OK;
    *window =
        clCreateSubBuffer(buf, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    VG_CL(code);
    dev->count.buffers++;
out:
    return rc;
}

void vg_buf_window_destroy(cl_mem *window)
{
    if (*window)
        clReleaseMemObject(*window);
    *window = NULL;
}

int vg_buf_write(struct vg_dev *dev, cl_mem buf, size_t offset, size_t bytes, const void *data)
{
    int rc = VG_OK;
    if (vg_dev_is_dry(dev))
        return VG_OK;
    VG_CL(clEnqueueWriteBuffer(dev->queue, buf, CL_TRUE, offset, bytes, data, 0, NULL, NULL));
out:
    return rc;
}

int vg_buf_read(struct vg_dev *dev, cl_mem buf, size_t offset, size_t bytes, void *data)
{
    int rc = VG_OK;
    if (vg_dev_is_dry(dev))
        return vg_fail(VG_ERR_UNSUPPORTED, "%s has nothing to read", dev->info.name);
    VG_CL(clEnqueueReadBuffer(dev->queue, buf, CL_TRUE, offset, bytes, data, 0, NULL, NULL));
out:
    return rc;
}

int vg_buf_zero(struct vg_dev *dev, cl_mem buf, size_t bytes)
{
    int rc = VG_OK;
    const cl_uint zero = 0;
    if (vg_dev_is_dry(dev))
        return VG_OK;
    VG_CL(
        clEnqueueFillBuffer(dev->queue, buf, &zero, sizeof zero, 0, bytes / 4 * 4, 0, NULL, NULL));
    VG_CL(clFinish(dev->queue));
out:
    return rc;
}
