#include "bench/ceiling.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/launch.h"
#include "dev/buf.h"

struct form {
    int width, chains, group;
    bool cpu, gpu;   // where it has a chance: each form is a compilation
};

// Launches grow until one takes this long: below, its start counts too much.
static const double long_enough_ns = 20e6;
enum { REPEATS = 5, LINKS = 16 };

static const struct form fma_forms[] = {
    { 1, 8, 256, false, true }, { 1, 16, 64, false, true }, { 4, 4, 256, false, true },
    { 4, 4, 64, true, true },   { 8, 8, 1, true, false },   { 16, 8, 1, true, false },
    { 16, 12, 1, true, false },
};
static const struct form copy_forms[] = {
    { 1, 1, 256, false, true }, { 4, 1, 64, true, true }, { 4, 1, 256, false, true },
    { 4, 1, 1, true, false },   { 8, 1, 1, true, false }, { 16, 1, 1, true, false },
};

static bool has_a_chance(const struct vg_dev *dev, const struct form *f)
{
    const bool cpu = !strcmp(dev->info.type, "cpu");
    return (cpu ? f->cpu : f->gpu) && (size_t) f->group <= dev->info.max_group;
}

static int kernel_of(struct vg_dev *dev, const struct form *f, const char *name, cl_kernel *kernel)
{
    char options[96];
    snprintf(options, sizeof options, "-cl-std=CL1.2 -DWIDTH=%d -DCHAINS=%d -DWG=%d", f->width,
             f->chains, f->group);
    return vg_launch_kernel(dev, "ceiling", options, name, kernel);
}

static int time_launch(struct vg_dev *dev, cl_kernel kernel, size_t items, size_t group, double *ns)
{
    double begin, end;
    const int rc = vg_launch_timed(dev, kernel, items, group, &begin, &end);
    *ns = end - begin;
    return rc;
}

// ---- arithmetic ---------------------------------------------------------------------------------

static int fma_rate(struct vg_dev *dev, const struct form *f, size_t items, cl_mem out,
                    double *gflops)
{
    int rc = VG_OK;
    cl_kernel kernel = NULL;
    const cl_float a = 0.5f, b = 1;
    double ns = 0;
    VG_TRY(kernel_of(dev, f, "ceiling_fma", &kernel));
    VG_CL(clSetKernelArg(kernel, 0, sizeof out, &out));
    VG_CL(clSetKernelArg(kernel, 1, sizeof a, &a));
    VG_CL(clSetKernelArg(kernel, 2, sizeof b, &b));
    for (cl_int rounds = 64, repeat = 0; repeat < REPEATS;) {
        VG_CL(clSetKernelArg(kernel, 3, sizeof rounds, &rounds));
        VG_TRY(time_launch(dev, kernel, items, f->group, &ns));
        const double flops = (double) items * f->chains * f->width * LINKS * rounds * 2;
        if (ns < long_enough_ns && rounds < 1 << 24) {
            rounds *= ns > 0 && ns > long_enough_ns / 8 ? 2 : 8;
            continue;
        }
        if (ns > 0)
            *gflops = fmax(*gflops, flops / ns);
        repeat++;
    }
out:
    if (kernel)
        clReleaseKernel(kernel);
    return rc;
}

static int find_gflops(struct vg_dev *dev, struct vg_ceiling *c)
{
    int rc = VG_OK;
    cl_mem out = NULL;
    const bool cpu = !strcmp(dev->info.type, "cpu");
    // GPUs hide latency with work-items in flight, 2048 a compute unit at most; CPUs want one or
    // some a core.
    const size_t items = (size_t) dev->info.compute_units * (cpu ? 256 : 8192), bytes = items * 4;
    VG_TRY(vg_buf_create(dev, bytes, &out));
    for (size_t i = 0; i < sizeof fma_forms / sizeof *fma_forms; i++) {
        const struct form *f = &fma_forms[i];
        double gflops = 0;
        if (!has_a_chance(dev, f))
            continue;
        VG_TRY(fma_rate(dev, f, items, out, &gflops));
        if (gflops > c->gflops) {
            c->gflops = gflops;
            snprintf(c->gflops_by, sizeof c->gflops_by, "float%d x %d, groups of %d", f->width,
                     f->chains, f->group);
        }
    }
out:
    vg_buf_destroy(dev, &out, bytes);
    return rc;
}

// ---- memory -------------------------------------------------------------------------------------

// A work-item that is alone in its group is a core's, which fetches ahead what follows.
static bool copies_runs(const struct form *f)
{
    return f->group == 1;
}

static int copy_rate(struct vg_dev *dev, const struct form *f, cl_mem from, cl_mem to, size_t bytes,
                     double *gbps)
{
    int rc = VG_OK;
    cl_kernel kernel = NULL;
    double ns = 0;
    const cl_uint n = (cl_uint) (bytes / 4 / f->width);
    // A run is as long as a few pages at least, and there are enough to even out the cores.
    const size_t items = copies_runs(f) ? 64 : 4096;
    const size_t most = (size_t) dev->info.compute_units * items / f->group * f->group;
    VG_TRY(kernel_of(dev, f, copies_runs(f) ? "ceiling_run" : "ceiling_copy", &kernel));
    VG_CL(clSetKernelArg(kernel, 0, sizeof from, &from));
    VG_CL(clSetKernelArg(kernel, 1, sizeof to, &to));
    VG_CL(clSetKernelArg(kernel, 2, sizeof n, &n));
    for (int repeat = 0; repeat <= REPEATS; repeat++) {
        VG_TRY(time_launch(dev, kernel, most < n ? most : n / f->group * f->group, f->group, &ns));
        if (repeat > 0 && ns > 0)   // the first touches the pages
            *gbps = fmax(*gbps, 2.0 * (double) bytes / ns);
    }
out:
    if (kernel)
        clReleaseKernel(kernel);
    return rc;
}

// Much larger than caches (of CPUs up to some 100 MiB a socket, of which a copy of 2 x 256 MiB
// keeps little), but no more than a quarter of what can be had.
static size_t copy_bytes(const struct vg_dev *dev)
{
    size_t bytes = (size_t) 256 << 20;
    const size_t most = dev->info.global_mem_bytes / 8 < dev->info.max_alloc_bytes / 2
                            ? dev->info.global_mem_bytes / 8
                            : dev->info.max_alloc_bytes / 2;
    while (bytes > most && bytes > 1 << 20)
        bytes /= 2;
    return bytes;
}

static int find_gbps(struct vg_dev *dev, struct vg_ceiling *c)
{
    int rc = VG_OK;
    cl_mem from = NULL, to = NULL;
    const size_t bytes = copy_bytes(dev);
    VG_TRY(vg_buf_create(dev, bytes, &from));
    VG_TRY(vg_buf_create(dev, bytes, &to));
    VG_TRY(vg_buf_zero(dev, from, bytes));
    for (size_t i = 0; i < sizeof copy_forms / sizeof *copy_forms; i++) {
        const struct form *f = &copy_forms[i];
        double gbps = 0;
        if (!has_a_chance(dev, f))
            continue;
        VG_TRY(copy_rate(dev, f, from, to, bytes, &gbps));
        if (gbps > c->gbps) {
            c->gbps = gbps;
            snprintf(c->gbps_by, sizeof c->gbps_by, "float%d, %s of %d", f->width,
                     copies_runs(f) ? "runs by groups" : "groups", f->group);
        }
    }
out:
    vg_buf_destroy(dev, &to, bytes);
    vg_buf_destroy(dev, &from, bytes);
    return rc;
}

int vg_ceiling(struct vg_dev *dev, struct vg_ceiling *c)
{
    static char known_id[sizeof dev->info.id];
    static struct vg_ceiling known;
    int rc = VG_OK;
    if (strcmp(known_id, dev->info.id) != 0) {
        struct vg_ceiling found = { 0 };
        VG_TRY(find_gflops(dev, &found));
        VG_TRY(find_gbps(dev, &found));
        known = found;
        memcpy(known_id, dev->info.id, sizeof known_id);
    }
    *c = known;
out:
    return rc;
}

double vg_ceiling_percent(const struct vg_ceiling *c, double flops, double bytes, double ns)
{
    return ns > 0 ? 100 * fmax(flops / c->gflops, bytes / c->gbps) / ns : 0;
}
