#pragma once

#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * OpenCL devices: which there are, which one to take, its limits, its queues, its buffers.
 *
 * A device's id is stable across runs and machines of one kind: platform and name as a slug, with
 * -2, -3 for further devices of the same name ("pocl-pthread-skylake-avx512-amd-epyc").
 */
struct vg_dev_info {
    char id[160], name[160], vendor[80], platform[80], driver[80], version[80];
    const char *type;   // "cpu" "gpu" "accelerator"
    int platform_index, device_index;
    int compute_units, max_clock_mhz;
    size_t global_mem_bytes, max_alloc_bytes, local_mem_bytes, cache_bytes;
    size_t max_group, align_bytes;
    int vector;   // floats in one of its registers: 16 with AVX-512, 8 with AVX, 1 on most GPUs
    bool fp16, fp64, subgroups, int64_atomics;
    bool compiler;
    double timer_ns;
    cl_platform_id platform_id;
    cl_device_id device_id;
};

struct vg_dev_counters {
    int64_t buffers, programs, kernels;   // objects made so far
    size_t bytes, peak_bytes;             // device memory held now, and the most so far
    uint64_t compile_ns;                  // spent building
    int compiled, cached;                 // programs built from source, loaded from disk
};

struct vg_dev {
    struct vg_dev_info info;
    cl_context context;        // NULL: a dry device
    cl_command_queue queue;    // in order
    cl_command_queue timing;   // the same with profiling
    struct vg_dev_counters count;
    struct vg_prog *programs;   // built so far
};

// Every device of every platform; platforms without a device are skipped.  free() the list.
int vg_dev_list(struct vg_dev_info **list, int *count);
// Why there might be none: one line a platform (or the loader's state).  free() it.
char *vg_dev_platforms_text(void);

// selector: "platform:device" indices, an id, a part of a name or id that only one device has;
// NULL or "": $VISAGE_DEVICE, else the first GPU, else the first device.
int vg_dev_open(struct vg_dev **dev, const char *selector);
void vg_dev_close(struct vg_dev **dev);

/**
 * A device of a type ("cpu", "gpu") that does not exist and takes everything: a plan for it records
 * what it would launch, with which options and how much memory, and cannot be run.  Its groups are
 * at most 256 on a GPU, which every GPU has, and 4096 on a CPU; its memory has no end.
 */
struct vg_dev *vg_dev_dry(const char *type);

static inline bool vg_dev_is_dry(const struct vg_dev *dev)
{
    return !dev->context;
}

const char *vg_cl_error_name(cl_int code);

// Fails with the call's text and the OpenCL code by name.
#define VG_CL(call)                                                                                \
    do {                                                                                           \
        const cl_int code_ = (call);                                                               \
        if (code_ != CL_SUCCESS) {                                                                 \
            rc = vg_fail(vg_cl_failure(code_), "%s: %s", #call, vg_cl_error_name(code_));          \
            goto out;                                                                              \
        }                                                                                          \
    } while (0)

int vg_cl_failure(cl_int code);   // VG_ERR_DEVICE_MEMORY or VG_ERR_DEVICE
