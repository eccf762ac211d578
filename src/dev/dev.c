#include "dev/dev.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "dev/prog.h"

enum { MAX_PLATFORMS = 32, MAX_DEVICES = 64 };

const char *vg_cl_error_name(cl_int code)
{
#define NAME(x)                                                                                    \
    case x: return #x
    switch (code) {
        NAME(CL_SUCCESS);
        NAME(CL_DEVICE_NOT_FOUND);
        NAME(CL_DEVICE_NOT_AVAILABLE);
        NAME(CL_COMPILER_NOT_AVAILABLE);
        NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE);
        NAME(CL_OUT_OF_RESOURCES);
        NAME(CL_OUT_OF_HOST_MEMORY);
        NAME(CL_PROFILING_INFO_NOT_AVAILABLE);
        NAME(CL_MEM_COPY_OVERLAP);
        NAME(CL_BUILD_PROGRAM_FAILURE);
        NAME(CL_MISALIGNED_SUB_BUFFER_OFFSET);
        NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST);
        NAME(CL_KERNEL_ARG_INFO_NOT_AVAILABLE);
        NAME(CL_INVALID_VALUE);
        NAME(CL_INVALID_DEVICE_TYPE);
        NAME(CL_INVALID_PLATFORM);
        NAME(CL_INVALID_DEVICE);
        NAME(CL_INVALID_CONTEXT);
        NAME(CL_INVALID_QUEUE_PROPERTIES);
        NAME(CL_INVALID_COMMAND_QUEUE);
        NAME(CL_INVALID_MEM_OBJECT);
        NAME(CL_INVALID_BINARY);
        NAME(CL_INVALID_BUILD_OPTIONS);
        NAME(CL_INVALID_PROGRAM);
        NAME(CL_INVALID_PROGRAM_EXECUTABLE);
        NAME(CL_INVALID_KERNEL_NAME);
        NAME(CL_INVALID_KERNEL_DEFINITION);
        NAME(CL_INVALID_KERNEL);
        NAME(CL_INVALID_ARG_INDEX);
        NAME(CL_INVALID_ARG_VALUE);
        NAME(CL_INVALID_ARG_SIZE);
        NAME(CL_INVALID_KERNEL_ARGS);
        NAME(CL_INVALID_WORK_DIMENSION);
        NAME(CL_INVALID_WORK_GROUP_SIZE);
        NAME(CL_INVALID_WORK_ITEM_SIZE);
        NAME(CL_INVALID_GLOBAL_OFFSET);
        NAME(CL_INVALID_EVENT_WAIT_LIST);
        NAME(CL_INVALID_EVENT);
        NAME(CL_INVALID_OPERATION);
        NAME(CL_INVALID_BUFFER_SIZE);
        NAME(CL_INVALID_GLOBAL_WORK_SIZE);
    }
#undef NAME
    return code == -1001 ? "CL_PLATFORM_NOT_FOUND_KHR" : "an unknown OpenCL error";
}

int vg_cl_failure(cl_int code)
{
    const bool memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES ||
                        code == CL_OUT_OF_HOST_MEMORY;
    return memory ? VG_ERR_DEVICE_MEMORY : VG_ERR_DEVICE;
}

// ---- what a device says of itself ---------------------------------------------------------------

static void text_of(cl_device_id d, cl_device_info what, char *out, size_t size)
{
    char text[1024] = "";
    if (clGetDeviceInfo(d, what, sizeof text, text, NULL) != CL_SUCCESS)
        text[0] = 0;
    char *from = text;
    while (isspace((unsigned char) *from))
        from++;
    snprintf(out, size, "%s", from);
    for (size_t n = strlen(out); n > 0 && isspace((unsigned char) out[n - 1]); n--)
        out[n - 1] = 0;
}

static cl_ulong number_of(cl_device_id d, cl_device_info what, size_t size)
{
    cl_ulong value = 0;   // little-endian: a cl_uint lands in the low half
    return clGetDeviceInfo(d, what, size, &value, NULL) == CL_SUCCESS ? value : 0;
}

static const char *type_of(cl_device_id d)
{
    const cl_ulong type = number_of(d, CL_DEVICE_TYPE, sizeof(cl_device_type));
    return type & CL_DEVICE_TYPE_GPU ? "gpu" : type & CL_DEVICE_TYPE_CPU ? "cpu" : "accelerator";
}

static void slug(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        if (isalnum((unsigned char) *text))
            out[n++] = (char) tolower((unsigned char) *text);
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = 0;
}

static const char *platform_word(const char *platform)
{
    static const char *const words[][2] = {
        { "Portable Computing Language", "pocl" },
        { "Intel", "intel" },
        { "NVIDIA", "nvidia" },
        { "AMD", "amd" },
        { "rusticl", "rusticl" },
        { "Oclgrind", "oclgrind" },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(platform, words[i][0]))
            return words[i][1];
    return platform;
}

static void set_id(struct vg_dev_info *list, int at)
{
    struct vg_dev_info *info = &list[at];
    char text[sizeof info->platform + sizeof info->name + 2];
    snprintf(text, sizeof text, "%s %s", platform_word(info->platform), info->name);
    slug(info->id, sizeof info->id - 8, text);

    int same = 1;
    for (int i = 0; i < at; i++)
        same += !strcmp(list[i].name, info->name) && !strcmp(list[i].platform, info->platform);
    if (same > 1) {
        const size_t n = strlen(info->id);
        snprintf(info->id + n, sizeof info->id - n, "-%d", same);
    }
}

static void describe(struct vg_dev_info *info, cl_device_id d)
{
    text_of(d, CL_DEVICE_NAME, info->name, sizeof info->name);
    text_of(d, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor);
    text_of(d, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    text_of(d, CL_DEVICE_VERSION, info->version, sizeof info->version);
    info->type = type_of(d);
    info->device_id = d;

    info->compute_units = (int) number_of(d, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof(cl_uint));
    info->max_clock_mhz = (int) number_of(d, CL_DEVICE_MAX_CLOCK_FREQUENCY, sizeof(cl_uint));
    info->global_mem_bytes = number_of(d, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(cl_ulong));
    info->max_alloc_bytes = number_of(d, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(cl_ulong));
    info->local_mem_bytes = number_of(d, CL_DEVICE_LOCAL_MEM_SIZE, sizeof(cl_ulong));
    info->cache_bytes = number_of(d, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof(cl_ulong));
    info->max_group = number_of(d, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof(size_t));
    info->vector = (int) number_of(d, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof(cl_uint));
    info->timer_ns = (double) number_of(d, CL_DEVICE_PROFILING_TIMER_RESOLUTION, sizeof(size_t));
    info->compiler = number_of(d, CL_DEVICE_COMPILER_AVAILABLE, sizeof(cl_bool)) != 0;

    // float16 loads want 64 bytes whatever the device says of its base addresses.
    const size_t bits = number_of(d, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof(cl_uint));
    info->align_bytes = bits / 8 > 64 ? bits / 8 : 64;

    char extensions[16384];
    text_of(d, CL_DEVICE_EXTENSIONS, extensions, sizeof extensions);
    info->fp16 = strstr(extensions, "cl_khr_fp16") != NULL;
    info->fp64 = strstr(extensions, "cl_khr_fp64") != NULL;
    info->subgroups =
        strstr(extensions, "cl_khr_subgroups") || strstr(extensions, "cl_intel_subgroups");
    info->int64_atomics = strstr(extensions, "cl_khr_int64_base_atomics") != NULL;
}

// ---- the list -----------------------------------------------------------------------------------

static int platforms(cl_platform_id *ids)
{
    cl_uint count = 0;
    if (clGetPlatformIDs(MAX_PLATFORMS, ids, &count) != CL_SUCCESS)
        return 0;
    return count < MAX_PLATFORMS ? (int) count : MAX_PLATFORMS;
}

static int devices_of(cl_platform_id platform, cl_device_id *ids)
{
    cl_uint count = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &count) != CL_SUCCESS)
        return 0;   // Clover lists a platform without a device: not an error
    return count < MAX_DEVICES ? (int) count : MAX_DEVICES;
}

int vg_dev_list(struct vg_dev_info **list, int *count)
{
    cl_platform_id platform[MAX_PLATFORMS];
    cl_device_id device[MAX_DEVICES];

    *list = NULL;
    *count = 0;
    const int n = platforms(platform);
    for (int p = 0; p < n; p++) {
        const int found = devices_of(platform[p], device);
        for (int d = 0; d < found; d++) {
            *list = vg_grow(*list, *count + 1, sizeof **list);
            struct vg_dev_info *info = &(*list)[*count];
            memset(info, 0, sizeof *info);
            info->platform_index = p;
            info->device_index = d;
            info->platform_id = platform[p];
            clGetPlatformInfo(platform[p], CL_PLATFORM_NAME, sizeof info->platform - 1,
                              info->platform, NULL);
            describe(info, device[d]);
            set_id(*list, *count);
            (*count)++;
        }
    }
    return VG_OK;
}

char *vg_dev_platforms_text(void)
{
    cl_platform_id platform[MAX_PLATFORMS];
    cl_device_id device[MAX_DEVICES];
    const int n = platforms(platform);
    if (n == 0)
        return vg_strdup("no OpenCL platform: install a driver's ICD (Debian: pocl-opencl-icd) or "
                         "point OCL_ICD_VENDORS at the folder of its .icd file\n");

    char *text = vg_strdup("");
    for (int p = 0; p < n; p++) {
        char name[256] = "";
        clGetPlatformInfo(platform[p], CL_PLATFORM_NAME, sizeof name - 1, name, NULL);
        const int found = devices_of(platform[p], device);
        char *more = vg_format("%splatform %d, %s: %s\n", text, p, name,
                               found ? "has devices" : "no device");
        free(text);
        text = more;
    }
    return text;
}

// ---- choosing -----------------------------------------------------------------------------------

static int contains(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

static int choose_default(const struct vg_dev_info *list, int count)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(list[i].type, "gpu"))
            return i;
    return 0;
}

static int no_such_device(const struct vg_dev_info *list, int count, const char *selector,
                          const char *what)
{
    char *known = vg_strdup("");
    for (int i = 0; i < count; i++) {
        char *more = vg_format("%s%s%d:%d %s", known, i ? ", " : "", list[i].platform_index,
                               list[i].device_index, list[i].id);
        free(known);
        known = more;
    }
    const int rc = vg_fail(VG_ERR_DEVICE, "device '%s': %s; there are: %s", selector, what, known);
    free(known);
    return rc;
}

static int choose(const struct vg_dev_info *list, int count, const char *selector, int *chosen)
{
    int platform, device, end = 0, matches = 0;
    const bool indices =
        sscanf(selector, "%d:%d%n", &platform, &device, &end) == 2 && !selector[end];

    for (int i = 0; i < count; i++) {
        const struct vg_dev_info *d = &list[i];
        if (indices ? d->platform_index == platform && d->device_index == device
                    : !strcasecmp(d->id, selector)) {
            *chosen = i;
            return VG_OK;
        }
        if (!indices && (contains(d->name, selector) || contains(d->id, selector))) {
            *chosen = i;
            matches++;
        }
    }
    if (matches == 1)
        return VG_OK;
    return no_such_device(list, count, selector,
                          matches ? "more than one device matches" : "no device matches");
}

// The platforms' lines as one.
static int no_device(void)
{
    char *why = vg_dev_platforms_text();
    struct vg_text line = { 0 };
    for (const char *c = why; *c; c++)
        if (*c != '\n')
            vg_text_add_bytes(&line, c, 1);
        else if (c[1])
            vg_text_add(&line, "; ");
    const int rc = vg_fail(VG_ERR_DEVICE, "no OpenCL device: %s", vg_text_string(&line));
    vg_text_finish(&line);
    free(why);
    return rc;
}

int vg_dev_open(struct vg_dev **dev, const char *selector)
{
    int rc = VG_OK, count = 0, at = 0;
    cl_int code = CL_SUCCESS;
    struct vg_dev_info *list = NULL;
    struct vg_dev *d = vg_alloc(1, sizeof *d);
    *dev = NULL;

    if (!selector || !*selector)
        selector = getenv("VISAGE_DEVICE");
    VG_TRY(vg_dev_list(&list, &count));
    if (count == 0) {
        rc = no_device();
        goto out;
    }
    if (selector && *selector)
        VG_TRY(choose(list, count, selector, &at));
    else
        at = choose_default(list, count);

    d->info = list[at];
    d->context = clCreateContext(NULL, 1, &d->info.device_id, NULL, NULL, &code);
    VG_CL(code);
    d->queue = clCreateCommandQueue(d->context, d->info.device_id, 0, &code);
    VG_CL(code);
    d->timing =
        clCreateCommandQueue(d->context, d->info.device_id, CL_QUEUE_PROFILING_ENABLE, &code);
    VG_CL(code);
    *dev = d;
    d = NULL;
out:
    free(list);
    vg_dev_close(&d);
    return rc;
}

struct vg_dev *vg_dev_dry(const char *type)
{
    struct vg_dev *d = vg_alloc(1, sizeof *d);
    const bool cpu = !strcmp(type, "cpu");
    snprintf(d->info.id, sizeof d->info.id, "dry-%s", type);
    snprintf(d->info.name, sizeof d->info.name, "no device, planned as a %s", type);
    d->info.type = cpu ? "cpu" : "gpu";
    d->info.compute_units = cpu ? 8 : 64;
    d->info.max_group = cpu ? 4096 : 256;
    d->info.vector = cpu ? 16 : 1;
    d->info.align_bytes = 128;
    d->info.local_mem_bytes = 32 << 10;
    d->info.global_mem_bytes = d->info.max_alloc_bytes = SIZE_MAX / 2;
    return d;
}

void vg_dev_close(struct vg_dev **dev)
{
    struct vg_dev *d = *dev;
    if (!d)
        return;
    vg_prog_drop_all(d);
    if (d->timing)
        clReleaseCommandQueue(d->timing);
    if (d->queue)
        clReleaseCommandQueue(d->queue);
    if (d->context)
        clReleaseContext(d->context);
    free(d);
    *dev = NULL;
}
