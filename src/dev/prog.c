#include "dev/prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "dev/clfiles.h"

struct vg_prog {
    struct vg_prog *next;
    cl_program program;
    char key[VG_SHA256_TEXT];
};

// ---- source -------------------------------------------------------------------------------------

static const char *file_text(const char *name)
{
    for (int i = 0; i < vg_cl_file_count; i++)
        if (!strcmp(vg_cl_files[i].name, name))
            return vg_cl_files[i].text;
    return NULL;
}

// The parts one behind the other; free() it.  A missing part is a mistake in the operator's table.
static int join_parts(const char *const *parts, char **source)
{
    *source = vg_strdup("");
    for (; *parts; parts++) {
        const char *text = file_text(*parts);
        if (!text)
            return vg_fail(VG_ERR_BUILD, "kernel source '%s.cl' is not embedded", *parts);
        char *more = vg_format("%s%s\n", *source, text);
        free(*source);
        *source = more;
    }
    return VG_OK;
}

static void content_key(const struct vg_dev *dev, const char *source, const char *options,
                        char key[VG_SHA256_TEXT])
{
    const char *const fields[] = { source,         options,          dev->info.platform,
                                   dev->info.name, dev->info.driver, dev->info.version };
    struct vg_sha256 h;
    vg_sha256_init(&h);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        vg_sha256_update(&h, fields[i], strlen(fields[i]) + 1);   // the 0 keeps fields apart
    vg_sha256_finish_text(&h, key);
}

// ---- the cache on disk --------------------------------------------------------------------------

// The path of an entry, or NULL where there is no place to keep one; free() it.
static char *cache_path(const char *key)
{
    const char *own = getenv("VISAGE_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    char *folder = own && *own     ? vg_strdup(own)
                   : xdg && *xdg   ? vg_format("%s/visage", xdg)
                   : home && *home ? vg_format("%s/.cache/visage", home)
                                   : NULL;
    if (!folder)
        return NULL;
    char *path = vg_format("%s/%s.bin", folder, key);
    free(folder);
    return path;
}

// Without warnings: they are for whoever writes kernels (the vendors lane lists them), and PoCL
// tells every user how many there were for each program with 16-wide vectors on a processor without
// AVX-512.  -w changes no code, so it is in no key and in no row.
static cl_int build(const struct vg_dev *dev, const struct vg_prog *prog, const char *options)
{
    char *quiet = vg_format("%s -w", options);
    const cl_int code = clBuildProgram(prog->program, 1, &dev->info.device_id, quiet, NULL, NULL);
    free(quiet);
    return code;
}

// An entry is the SHA-256 of the binary, 64 hex digits, then the binary: a torn file is noticed.
static int program_from_cache(struct vg_dev *dev, struct vg_prog *prog, const char *options)
{
    char *path = cache_path(prog->key), digest[VG_SHA256_TEXT];
    char *data = NULL;
    size_t bytes = 0;
    cl_int status, code;
    int found = 0;

    if (!path || access(path, R_OK) != 0 || vg_file_read(path, 1u << 30, &data, &bytes) != VG_OK)
        goto out;
    const size_t head = VG_SHA256_TEXT - 1;
    if (bytes <= head)
        goto out;
    const unsigned char *binary = (const unsigned char *) data + head;
    const size_t length = bytes - head;
    vg_sha256_text(binary, length, digest);
    if (memcmp(digest, data, head) != 0)
        goto out;

    prog->program = clCreateProgramWithBinary(dev->context, 1, &dev->info.device_id, &length,
                                              &binary, &status, &code);
    if (code != CL_SUCCESS)
        goto out;
    found = build(dev, prog, options) == CL_SUCCESS;
    if (!found) {
        clReleaseProgram(prog->program);
        prog->program = NULL;
    }
out:
    free(data);
    free(path);
    vg_error_clear();   // whatever was wrong with the entry, the source is at hand
    return found;
}

static void keep_in_cache(const struct vg_prog *prog)
{
    char *path = cache_path(prog->key);
    size_t length = 0;
    unsigned char *entry = NULL;

    if (!path ||
        clGetProgramInfo(prog->program, CL_PROGRAM_BINARY_SIZES, sizeof length, &length, NULL) !=
            CL_SUCCESS ||
        length == 0)
        goto out;
    const size_t head = VG_SHA256_TEXT - 1;
    entry = vg_alloc(head + length + 1, 1);
    unsigned char *binary = entry + head;
    if (clGetProgramInfo(prog->program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) !=
        CL_SUCCESS)
        goto out;
    char digest[VG_SHA256_TEXT];
    vg_sha256_text(binary, length, digest);
    memcpy(entry, digest, head);
    char *folder = vg_path_dir(path);
    vg_dir_make(folder);
    free(folder);
    vg_file_write(path, entry, head + length);
out:
    free(entry);
    free(path);
    vg_error_clear();   // a cache that cannot be written only costs time
}

// ---- building -----------------------------------------------------------------------------------

static int build_failed(struct vg_dev *dev, cl_program program, const char *last_part,
                        const char *options, cl_int code)
{
    size_t length = 0;
    clGetProgramBuildInfo(program, dev->info.device_id, CL_PROGRAM_BUILD_LOG, 0, NULL, &length);
    char *log = vg_alloc(length + 1, 1);
    clGetProgramBuildInfo(program, dev->info.device_id, CL_PROGRAM_BUILD_LOG, length, log, NULL);
    const int rc = vg_fail(VG_ERR_BUILD, "%s.cl does not build on %s (%s), options '%s': %.1200s",
                           last_part, dev->info.name, vg_cl_error_name(code), options, log);
    free(log);
    return rc;
}

static int program_from_source(struct vg_dev *dev, struct vg_prog *prog, const char *source,
                               const char *last_part, const char *options)
{
    int rc = VG_OK;
    cl_int code;
    prog->program = clCreateProgramWithSource(dev->context, 1, &source, NULL, &code);
    VG_CL(code);
    code = build(dev, prog, options);
    if (code != CL_SUCCESS)
        rc = build_failed(dev, prog->program, last_part, options, code);
out:
    return rc;
}

static struct vg_prog *find(const struct vg_dev *dev, const char *key)
{
    struct vg_prog *p = dev->programs;
    while (p && strcmp(p->key, key) != 0)
        p = p->next;
    return p;
}

static void drop(struct vg_prog **prog)
{
    if ((*prog)->program)
        clReleaseProgram((*prog)->program);
    free(*prog);
    *prog = NULL;
}

static const char *last_of(const char *const *parts)
{
    while (parts[1])
        parts++;
    return *parts;
}

int vg_prog_get(struct vg_dev *dev, const char *const *parts, const char *options,
                struct vg_prog **prog)
{
    int rc = VG_OK;
    const uint64_t begin = vg_clock_ns();
    struct vg_prog *made = vg_alloc(1, sizeof *made);
    char *source = NULL;

    VG_TRY(join_parts(parts, &source));
    content_key(dev, source, options, made->key);
    *prog = find(dev, made->key);
    if (*prog)
        goto out;

    if (program_from_cache(dev, made, options)) {
        dev->count.cached++;
    } else {
        VG_TRY(program_from_source(dev, made, source, last_of(parts), options));
        keep_in_cache(made);
        dev->count.compiled++;
    }
    dev->count.programs++;
    dev->count.compile_ns += vg_clock_ns() - begin;
    made->next = dev->programs;
    dev->programs = *prog = made;
    made = NULL;
out:
    free(source);
    if (made)
        drop(&made);
    return rc;
}

int vg_prog_kernel(struct vg_dev *dev, struct vg_prog *prog, const char *name, cl_kernel *kernel)
{
    cl_int code;
    *kernel = clCreateKernel(prog->program, name, &code);
    if (code != CL_SUCCESS)
        return vg_fail(VG_ERR_BUILD, "kernel '%s': %s", name, vg_cl_error_name(code));
    dev->count.kernels++;
    return VG_OK;
}

const char *vg_prog_key(const struct vg_prog *prog)
{
    return prog->key;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

// Sorted, so that the order of building does not matter.
void vg_prog_digest(const struct vg_dev *dev, char hex[65])
{
    int count = 0;
    for (const struct vg_prog *p = dev->programs; p; p = p->next)
        count++;
    const char **keys = vg_alloc(count, sizeof *keys);
    int i = 0;
    for (const struct vg_prog *p = dev->programs; p; p = p->next)
        keys[i++] = p->key;
    qsort(keys, count, sizeof *keys, by_text);

    struct vg_sha256 h;
    vg_sha256_init(&h);
    for (i = 0; i < count; i++)
        vg_sha256_update(&h, keys[i], strlen(keys[i]));
    vg_sha256_finish_text(&h, hex);
    free(keys);
}

void vg_prog_drop_all(struct vg_dev *dev)
{
    for (struct vg_prog *p = dev->programs, *next; p; p = next) {
        next = p->next;
        drop(&p);
    }
    dev->programs = NULL;
}
