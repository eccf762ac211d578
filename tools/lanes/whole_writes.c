#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/**
 * Stands in front of Oclgrind 21.10 (LD_PRELOAD): every write of the host becomes one of a whole
 * buffer.
 *
 * Its search for uninitialised reads forgets all it knew of a buffer when the host stores a part:
 * it allocates the buffer's map anew, with the length of that part.  What was written before is
 * then reported as uninitialised, and the map is overrun.  A write that covers the buffer is
 * recorded correctly, so a partial one is done as read, change, write.  src writes and fills, and
 * copies on the device by kernels, so these two calls are all.
 */

typedef cl_int (*write_fn)(cl_command_queue, cl_mem, cl_bool, size_t, size_t, const void *, cl_uint,
                           const cl_event *, cl_event *);

// A window's bytes belong to the buffer it looks into.
static cl_mem owner_of(cl_mem buf, size_t *offset)
{
    cl_mem owner = NULL;
    size_t begin = 0;
    clGetMemObjectInfo(buf, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof owner, &owner, NULL);
    clGetMemObjectInfo(buf, CL_MEM_OFFSET, sizeof begin, &begin, NULL);
    *offset += begin;
    return owner ? owner : buf;
}

// Bytes [offset, offset + bytes) of buf become repetitions of the pattern.
static cl_int store(cl_command_queue queue, cl_mem buf, size_t offset, size_t bytes,
                    const void *pattern, size_t pattern_bytes, cl_event *event)
{
    write_fn write;
    *(void **) &write = dlsym(RTLD_NEXT, "clEnqueueWriteBuffer");
    size_t whole = 0;
    buf = owner_of(buf, &offset);
    clGetMemObjectInfo(buf, CL_MEM_SIZE, sizeof whole, &whole, NULL);
    if (offset > whole || bytes > whole - offset)
        return CL_INVALID_VALUE;

    char *copy = malloc(whole);
    if (!copy)
        return CL_OUT_OF_HOST_MEMORY;
    cl_int code = clEnqueueReadBuffer(queue, buf, CL_TRUE, 0, whole, copy, 0, NULL, NULL);
    for (size_t at = 0; at + pattern_bytes <= bytes; at += pattern_bytes)
        memcpy(copy + offset + at, pattern, pattern_bytes);
    if (code == CL_SUCCESS)
        code = write(queue, buf, CL_TRUE, 0, whole, copy, 0, NULL, event);
    free(copy);
    return code;
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buf, cl_bool blocking, size_t offset,
                            size_t bytes, const void *data, cl_uint waits, const cl_event *wait,
                            cl_event *event)
{
    if (waits)
        clWaitForEvents(waits, wait);
    return store(queue, buf, offset, bytes, data, bytes, event);
}

cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buf, const void *pattern,
                           size_t pattern_bytes, size_t offset, size_t bytes, cl_uint waits,
                           const cl_event *wait, cl_event *event)
{
    if (waits)
        clWaitForEvents(waits, wait);
    return store(queue, buf, offset, bytes, pattern, pattern_bytes, event);
}
