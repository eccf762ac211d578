#pragma once

#include "dev/dev.h"
#include "graph/graph.h"
#include "graph/memory.h"

/**
 * Everything a step needs, made before the first one: a place for every tensor, a program for every
 * node, arguments bound.  vg_run() then only enqueues.  On a dry device (dev/dev.h) the launches
 * are recorded and the memory is counted; nothing is built, and group sizes stay unknown (local is
 * 0, global counts groups).
 */
struct vg_plan;

int vg_plan_create(struct vg_plan **p, struct vg_graph *g, struct vg_dev *dev);
void vg_plan_destroy(struct vg_plan **p);

struct vg_dev *vg_plan_dev(const struct vg_plan *p);
struct vg_graph *vg_plan_graph(const struct vg_plan *p);
const struct vg_memory *vg_plan_memory(const struct vg_plan *p);

// ---- what operators call from emit -------------------------------------------------------------

enum vg_arg_kind { VG_ARG_END, VG_ARG_TENSOR, VG_ARG_SLAB, VG_ARG_TABLE, VG_ARG_INT, VG_ARG_FLOAT };

struct vg_arg {
    enum vg_arg_kind kind;
    const struct vg_tensor *tensor;   // NULL binds a null pointer
    enum vg_kind slab;
    int table, i;
    double f;
};

static inline struct vg_arg vg_arg(const struct vg_tensor *t)
{
    return (struct vg_arg) { .kind = VG_ARG_TENSOR, .tensor = t };
}
static inline struct vg_arg vg_arg_int(int64_t i)
{
    return (struct vg_arg) { .kind = VG_ARG_INT, .i = (int) i };
}
static inline struct vg_arg vg_arg_float(double f)
{
    return (struct vg_arg) { .kind = VG_ARG_FLOAT, .f = f };
}
// The whole slab of a kind, for a pass over all parameters.
static inline struct vg_arg vg_arg_slab(enum vg_kind kind)
{
    return (struct vg_arg) { .kind = VG_ARG_SLAB, .slab = kind };
}
static inline struct vg_arg vg_arg_table(int table)
{
    return (struct vg_arg) { .kind = VG_ARG_TABLE, .table = table };
}

struct vg_define {
    const char *name;
    int value;
};

struct vg_launch {
    const char *kernel;
    size_t groups[3];               // work-groups; 0 means 1.  The kernel declares the size.
    struct vg_define defines[12];   // -D beside the tunables: shapes worth knowing when compiling
    struct vg_arg args[28];
};

// Appends a launch of a kernel of n's source.
int vg_plan_launch(struct vg_plan *p, const struct vg_node *n, const struct vg_launch *l);
#define VG_LAUNCH(p, n, ...) vg_plan_launch(p, n, &(struct vg_launch) { __VA_ARGS__ })

// The value a tunable of n's operator has in this plan: set before it by the tuner, or tuned for
// this device, or the default of the device's type, never above what the device can run.
int vg_plan_tunable(struct vg_plan *p, const struct vg_node *n, const char *name);

// Constant data that a launch reads (segment tables); uploaded once.  Returns its number.
int vg_plan_table(struct vg_plan *p, const void *data, size_t bytes);

// Elements from the start of the slab of t's kind; slabs of parameters, gradients and state are
// whole.
int64_t vg_plan_offset(const struct vg_plan *p, const struct vg_tensor *t);

static inline size_t vg_ceil_div(int64_t a, int64_t b)
{
    return (size_t) ((a + b - 1) / b);
}

// ---- values ------------------------------------------------------------------------------------

// data: float or int32_t, whatever the graph's real numbers are on the device.
int vg_plan_write(struct vg_plan *p, const struct vg_tensor *t, const void *data);
int vg_plan_read(struct vg_plan *p, const struct vg_tensor *t, void *data);
// One real number, as exactly as the device's type holds it.
int vg_plan_write_scalar(struct vg_plan *p, const struct vg_tensor *t, double value);
int vg_plan_init(struct vg_plan *p);   // parameters and state to their initial values

// ---- what engaged ------------------------------------------------------------------------------

struct vg_plan_step {   // one launch, for tables and timing
    const struct vg_node *node;
    const char *kernel, *options;
    const char *program;   // its key (dev/prog.h), NULL on a dry device
    size_t global[3], local[3];
};

int vg_plan_steps(const struct vg_plan *p);
const struct vg_plan_step *vg_plan_step(const struct vg_plan *p, int index);

// SHA-256 over the programs of all launches in their order; 65 bytes.
void vg_plan_digest(const struct vg_plan *p, char hex[65]);
