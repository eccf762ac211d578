#include "graph/plan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "dev/buf.h"
#include "dev/prog.h"
#include "dev/tune.h"
#include "graph/plan_private.h"
#include "graph/slow.h"

// ---- slabs and windows --------------------------------------------------------------------------

// The temporary slab comes in pieces of at most memory->split; the others must be whole.
static int make_slab(struct vg_plan *p, enum vg_kind kind)
{
    int rc = VG_OK;
    const size_t bytes = p->memory->bytes[kind], split = p->memory->split;
    const size_t piece = kind == VG_TEMP && bytes > split ? split : bytes;
    struct slab *s = &p->slab[kind];

    s->count = piece ? (int) ((bytes + piece - 1) / piece) : 0;
    s->piece = piece;
    s->buf = vg_alloc(s->count, sizeof *s->buf);
    for (int i = 0; i < s->count; i++) {
        const size_t left = bytes - (size_t) i * piece;
        VG_TRY(vg_buf_create(p->dev, left < piece ? left : piece, &s->buf[i]));
        VG_TRY(vg_buf_zero(p->dev, s->buf[i], left < piece ? left : piece));
    }
out:
    return rc;
}

static void drop_slab(struct vg_plan *p, enum vg_kind kind)
{
    struct slab *s = &p->slab[kind];
    for (int i = 0; i < s->count; i++) {
        const size_t left = p->memory->bytes[kind] - (size_t) i * s->piece;
        vg_buf_destroy(p->dev, &s->buf[i], left < s->piece ? left : s->piece);
    }
    free(s->buf);
}

static void locate(const struct vg_plan *p, const struct vg_tensor *t, int *piece, size_t *offset)
{
    const struct slab *s = &p->slab[t->kind];
    const size_t at = p->memory->offset[t->index];
    *piece = (int) (at / s->piece);
    *offset = at % s->piece;
}

// The memory object of a tensor: made at its first use, shared by tensors at the same place.
static int window_of(struct vg_plan *p, const struct vg_tensor *t, cl_mem *mem)
{
    int rc = VG_OK, piece;
    size_t offset;
    locate(p, t, &piece, &offset);
    const size_t bytes = vg_bytes(t);

    for (int i = p->window_count - 1; i >= 0; i--) {
        const struct window *w = &p->window[i];
        if (w->kind == t->kind && w->piece == piece && w->offset == offset && w->bytes == bytes) {
            *mem = w->mem;
            return VG_OK;
        }
    }
    if (p->window_count == p->window_room) {
        p->window_room = p->window_room ? 2 * p->window_room : 512;
        p->window = vg_grow(p->window, p->window_room, sizeof *p->window);
    }
    struct window *w = &p->window[p->window_count];
    *w = (struct window) { t->kind, piece, offset, bytes, NULL };
    VG_TRY(vg_buf_window(p->dev, p->slab[t->kind].buf[piece], offset, bytes, &w->mem));
    p->window_count++;
    *mem = w->mem;
out:
    return rc;
}

// ---- tunables and options -----------------------------------------------------------------------

static int default_of(const struct vg_plan *p, const struct vg_tunable *t)
{
    return strcmp(p->dev->info.type, "cpu") ? t->gpu : t->cpu;
}

static int value_of(const struct vg_plan *p, const struct vg_node *n, const struct vg_tunable *t)
{
    int value = default_of(p, t);
    vg_tune_find(p->dev, n->op->name, t->name, &value);
    if (!strcmp(t->name, "WG"))
        while (value > 1 && (size_t) value > p->group_limit)
            value /= 2;
    return value;
}

int vg_plan_tunable(struct vg_plan *p, const struct vg_node *n, const char *name)
{
    const struct vg_tunable *t = n->op->source->tunables;
    for (; t->name; t++)
        if (!strcmp(t->name, name))
            return value_of(p, n, t);
    vg_fail(VG_ERR_VALUE, "%s has no tunable %s", n->op->name, name);
    return 1;
}

static const char *options_text(struct vg_plan *p, const struct vg_node *n,
                                const struct vg_launch *l)
{
    char *text = vg_strdup("-cl-std=CL1.2");
    for (const struct vg_tunable *t = n->op->source->tunables; t->name; t++) {
        char *more = vg_format("%s -D%s=%d", text, t->name, value_of(p, n, t));
        free(text);
        text = more;
    }
    for (const struct vg_define *d = l->defines; d->name; d++) {
        char *more = vg_format("%s -D%s=%d", text, d->name, d->value);
        free(text);
        text = more;
    }
    if (vg_graph_real_of(p->graph) == VG_F64) {
        char *more = vg_format("%s -DREAL_F64=1", text);
        free(text);
        text = more;
    }
    double percent;
    const bool slow = vg_slow_of(n->op->name, &percent);
    const char *kept = slow ? vg_arena_string(p->arena, "%s -DVG_TEST_SLOW=%g", text, percent)
                            : vg_arena_string(p->arena, "%s", text);
    free(text);
    return kept;
}

// ---- launches -----------------------------------------------------------------------------------

static int bind(struct vg_plan *p, cl_kernel kernel, int index, const struct vg_arg *a)
{
    int rc = VG_OK;
    cl_mem mem = NULL;
    const cl_int i = a->i;
    const cl_float f = (cl_float) a->f;
    const cl_double d = a->f;
    const bool wide = vg_graph_real_of(p->graph) == VG_F64;

    switch (a->kind) {
    case VG_ARG_INT: VG_CL(clSetKernelArg(kernel, index, sizeof i, &i)); return rc;
    case VG_ARG_FLOAT:
        VG_CL(wide ? clSetKernelArg(kernel, index, sizeof d, &d)
                   : clSetKernelArg(kernel, index, sizeof f, &f));
        return rc;
    case VG_ARG_SLAB: mem = p->slab[a->slab].count ? p->slab[a->slab].buf[0] : NULL; break;
    case VG_ARG_TABLE: mem = p->table[a->table].mem; break;
    default:
        if (a->tensor)
            VG_TRY(window_of(p, a->tensor, &mem));
    }
    VG_CL(clSetKernelArg(kernel, index, sizeof mem, mem ? &mem : NULL));
out:
    return rc;
}

static struct launch *append(struct vg_plan *p)
{
    if (p->launch_count == p->launch_room) {
        p->launch_room = p->launch_room ? 2 * p->launch_room : 512;
        p->launch = vg_grow(p->launch, p->launch_room, sizeof *p->launch);
    }
    struct launch *l = &p->launch[p->launch_count];
    memset(l, 0, sizeof *l);
    return l;
}

// The size the kernel declares; a device that cannot run it asks for another try with less.
static int group_size(struct vg_plan *p, const struct vg_node *n, struct launch *l)
{
    int rc = VG_OK;
    size_t declared[3] = { 1, 1, 1 }, most = 0;
    const cl_device_id d = p->dev->info.device_id;
    VG_CL(clGetKernelWorkGroupInfo(l->kernel, d, CL_KERNEL_COMPILE_WORK_GROUP_SIZE, sizeof declared,
                                   declared, NULL));
    VG_CL(clGetKernelWorkGroupInfo(l->kernel, d, CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most,
                                   NULL));
    const size_t wanted = declared[0] * declared[1] * declared[2];
    if (wanted > most) {
        if (most < 1 || p->group_limit <= 1)
            return vg_fail(VG_ERR_UNSUPPORTED, "kernel %s wants groups of %zu, %s runs at most %zu",
                           l->step.kernel, wanted, p->dev->info.name, most);
        p->group_limit = most < p->group_limit ? most : p->group_limit / 2;
        p->again = true;
    }
    for (int i = 0; i < 3; i++) {
        l->step.local[i] = declared[i] ? declared[i] : 1;
        l->step.global[i] *= l->step.local[i];
    }
out:
    return rc;
}

// The second pass of a planted slowdown: the launch again, over a part of its groups.
static int plant(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    double percent;
    if (p->again || !vg_slow_of(n->op->name, &percent) || percent == 0)
        return VG_OK;
    struct launch *l = append(p);   // may move the one before it
    *l = l[-1];
    VG_CL(clRetainKernel(l->kernel));
    vg_slow_pass(l[-1].step.global, l->step.local, percent, l->step.global);
    p->launch_count++;
out:
    return rc;
}

int vg_plan_launch(struct vg_plan *p, const struct vg_node *n, const struct vg_launch *wanted)
{
    int rc = VG_OK;
    struct vg_prog *prog;
    if (p->again)   // the node will be emitted anew
        return VG_OK;
    struct launch *l = append(p);

    l->step.node = n;
    l->step.kernel = vg_arena_string(p->arena, "%s", wanted->kernel);
    l->step.options = options_text(p, n, wanted);
    for (int i = 0; i < 3; i++)
        l->step.global[i] = wanted->groups[i] ? wanted->groups[i] : 1;
    p->launch_count++;
    if (vg_dev_is_dry(p->dev))
        return VG_OK;
    VG_TRY(vg_prog_get(p->dev, n->op->source->parts, l->step.options, &prog));
    l->step.program = vg_prog_key(prog);
    VG_TRY(vg_prog_kernel(p->dev, prog, wanted->kernel, &l->kernel));
    VG_TRY(group_size(p, n, l));
    for (int i = 0; wanted->args[i].kind != VG_ARG_END; i++)
        VG_TRY(bind(p, l->kernel, i, &wanted->args[i]));
    VG_TRY(plant(p, n));
out:
    return rc;
}

int vg_plan_table(struct vg_plan *p, const void *data, size_t bytes)
{
    p->table = vg_grow(p->table, p->table_count + 1, sizeof *p->table);
    struct table *t = &p->table[p->table_count];
    *t = (struct table) { NULL, bytes };
    if (vg_buf_create(p->dev, bytes, &t->mem) == VG_OK)
        vg_buf_write(p->dev, t->mem, 0, bytes, data);   // a failure stays in vg_error
    return p->table_count++;
}

static void drop_launches(struct vg_plan *p, int from)
{
    while (p->launch_count > from)
        if (p->launch[--p->launch_count].kernel)
            clReleaseKernel(p->launch[p->launch_count].kernel);
}

// Emits a node, with smaller work-groups where the device cannot run those first asked for.
static int emit(struct vg_plan *p, const struct vg_node *n)
{
    int rc = VG_OK;
    const int mark = p->launch_count;
    p->group_limit = p->dev->info.max_group;
    do {
        p->again = false;
        drop_launches(p, mark);
        VG_TRY(n->op->emit(p, n));
    } while (p->again);
    if (vg_error()[0])
        rc = VG_ERR_DEVICE;
out:
    return rc;
}

// ---- making and dropping ------------------------------------------------------------------------

static int upload_constants(struct vg_plan *p)
{
    int rc = VG_OK;
    for (int i = 0; i < vg_graph_tensors(p->graph); i++) {
        const struct vg_tensor *t = vg_graph_tensor(p->graph, i);
        if (t->kind == VG_INPUT && t->data)
            VG_TRY(vg_plan_write(p, t, t->data));
    }
out:
    return rc;
}

int vg_plan_create(struct vg_plan **plan, struct vg_graph *g, struct vg_dev *dev)
{
    int rc = VG_OK;
    *plan = NULL;
    if (vg_graph_status(g) != VG_OK)
        return vg_fail(vg_graph_status(g), "%s", vg_graph_error(g));
    if (vg_graph_real_of(g) == VG_F64 && !dev->info.fp64)
        return vg_fail(VG_ERR_UNSUPPORTED, "%s has no double, wanted for a graph in float64",
                       dev->info.name);

    struct vg_plan *p = vg_alloc(1, sizeof *p);
    p->graph = g;
    p->dev = dev;
    p->arena = vg_arena_create();
    const size_t split = dev->info.max_alloc_bytes / dev->info.align_bytes * dev->info.align_bytes;
    VG_TRY(vg_memory_create(&p->memory, g, dev->info.align_bytes, split));
    for (int kind = 0; kind < VG_KINDS; kind++)
        VG_TRY(make_slab(p, kind));
    VG_TRY(upload_constants(p));
    for (int i = 0; i < vg_graph_nodes(g); i++)
        VG_TRY(emit(p, vg_graph_node(g, i)));
    *plan = p;
    p = NULL;
out:
    vg_plan_destroy(&p);
    return rc;
}

void vg_plan_destroy(struct vg_plan **plan)
{
    struct vg_plan *p = *plan;
    if (!p)
        return;
    if (!vg_dev_is_dry(p->dev))
        clFinish(p->dev->queue);
    drop_launches(p, 0);
    for (int i = 0; i < p->table_count; i++)
        vg_buf_destroy(p->dev, &p->table[i].mem, p->table[i].bytes);
    for (int i = 0; i < p->window_count; i++)
        vg_buf_window_destroy(&p->window[i].mem);
    for (int kind = 0; kind < VG_KINDS; kind++)
        drop_slab(p, kind);
    vg_memory_destroy(&p->memory);
    vg_arena_destroy(&p->arena);
    free(p->launch);
    free(p->table);
    free(p->window);
    free(p);
    *plan = NULL;
}

struct vg_dev *vg_plan_dev(const struct vg_plan *p)
{
    return p->dev;
}

struct vg_graph *vg_plan_graph(const struct vg_plan *p)
{
    return p->graph;
}

const struct vg_memory *vg_plan_memory(const struct vg_plan *p)
{
    return p->memory;
}

int64_t vg_plan_offset(const struct vg_plan *p, const struct vg_tensor *t)
{
    return (int64_t) (p->memory->offset[t->index] / vg_dtype_size(t->dtype));
}

int vg_plan_steps(const struct vg_plan *p)
{
    return p->launch_count;
}

const struct vg_plan_step *vg_plan_step(const struct vg_plan *p, int index)
{
    return &p->launch[index].step;
}

void vg_plan_digest(const struct vg_plan *p, char hex[65])
{
    struct vg_sha256 h;
    vg_sha256_init(&h);
    for (int i = 0; i < p->launch_count; i++)
        if (p->launch[i].step.program)
            vg_sha256_update(&h, p->launch[i].step.program, strlen(p->launch[i].step.program));
    vg_sha256_finish_text(&h, hex);
}

// ---- values -------------------------------------------------------------------------------------

static int write_bytes(struct vg_plan *p, const struct vg_tensor *t, const void *data)
{
    int piece;
    size_t offset;
    locate(p, t, &piece, &offset);
    return vg_buf_write(p->dev, p->slab[t->kind].buf[piece], offset, vg_bytes(t), data);
}

static int read_bytes(struct vg_plan *p, const struct vg_tensor *t, void *data)
{
    int piece;
    size_t offset;
    locate(p, t, &piece, &offset);
    return vg_buf_read(p->dev, p->slab[t->kind].buf[piece], offset, vg_bytes(t), data);
}

int vg_plan_write(struct vg_plan *p, const struct vg_tensor *t, const void *data)
{
    if (t->dtype != VG_F64)
        return write_bytes(p, t, data);
    double *wide = vg_alloc(vg_elems(t), sizeof *wide);
    for (int64_t i = 0; i < vg_elems(t); i++)
        wide[i] = ((const float *) data)[i];
    const int rc = write_bytes(p, t, wide);
    free(wide);
    return rc;
}

int vg_plan_write_scalar(struct vg_plan *p, const struct vg_tensor *t, double value)
{
    const float narrow = (float) value;
    assert(vg_is_real(t) && vg_elems(t) == 1);
    return write_bytes(p, t, t->dtype == VG_F64 ? (const void *) &value : &narrow);
}

int vg_plan_read(struct vg_plan *p, const struct vg_tensor *t, void *data)
{
    if (t->dtype != VG_F64)
        return read_bytes(p, t, data);
    double *wide = vg_alloc(vg_elems(t), sizeof *wide);
    const int rc = read_bytes(p, t, wide);
    for (int64_t i = 0; i < vg_elems(t) && rc == VG_OK; i++)
        ((float *) data)[i] = (float) wide[i];
    free(wide);
    return rc;
}

// A stream of random numbers that belongs to a name, so that adding a layer changes no other.
static uint32_t stream_of(const char *name)
{
    uint32_t hash = 2166136261u;   // FNV-1a
    for (; *name; name++)
        hash = (hash ^ (unsigned char) *name) * 16777619u;
    return hash;
}

static float initial(const struct vg_tensor *t, uint64_t seed, uint32_t stream, int64_t i)
{
    switch (t->init.how) {
    case VG_INIT_NORMAL: return (float) (t->init.scale * vg_rng_normal(seed, 0, stream, i));
    case VG_INIT_UNIFORM:
        return (float) (t->init.scale * (2.0 * vg_rng_uniform(seed, 0, stream, i) - 1));
    case VG_INIT_POSITIVE:
        return (float) (t->init.scale * (vg_rng_uniform(seed, 0, stream, i) + 0x1p-25));
    case VG_INIT_TABLE: return t->init.table[i];
    default: return (float) t->init.scale;
    }
}

int vg_plan_init(struct vg_plan *p)
{
    int rc = VG_OK;
    float *values = NULL;
    for (int i = 0; i < vg_graph_tensors(p->graph); i++) {
        const struct vg_tensor *t = vg_graph_tensor(p->graph, i);
        if ((t->kind != VG_PARAM && t->kind != VG_STATE) || t->base || !t->name)
            continue;
        const uint32_t stream = stream_of(t->init.twin ? t->init.twin : t->name);
        const uint64_t seed = t->init.seed ? t->init.seed : vg_graph_seed(p->graph);
        values = vg_grow(values, vg_elems(t), sizeof *values);
        for (int64_t e = 0; e < vg_elems(t); e++)
            values[e] = t->dtype == VG_I32   // counters: whole numbers begin at zero, whose bits
                            ? 0              // are those of a float's
                            : initial(t, seed, stream, e);
        VG_TRY(vg_plan_write(p, t, values));
    }
out:
    free(values);
    return rc;
}
