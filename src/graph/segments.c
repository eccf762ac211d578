#include "graph/segments.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

// As struct chunk of cl/segments.cl.
struct chunk {
    int32_t at[VG_SEGMENT_PLACES], length, segment, flags;
    float decay, rate;
};

// ---- what to go over ----------------------------------------------------------------------------

static bool is_trained(const struct vg_tensor *t)
{
    return t->kind == VG_PARAM && !t->base && t->grad;
}

struct vg_segments vg_segments_trained(struct vg_graph *g)
{
    struct vg_segments s = { 0 };
    const int tensors = vg_graph_tensors(g);
    struct vg_segment *list = vg_alloc(tensors + 1, sizeof *list);
    for (int i = 0; i < tensors; i++)
        if (is_trained(vg_graph_tensor(g, i)))
            list[s.count++] = (struct vg_segment) { .at = { vg_graph_tensor(g, i) }, .rate = 1 };
    s.list = vg_graph_copy(g, list, (s.count + 1) * sizeof *list);
    free(list);
    return s;
}

void vg_segments_add_state(struct vg_graph *g, struct vg_segments *s, int place, const char *prefix)
{
    const struct vg_init zero = { VG_INIT_CONST, 0, NULL };
    for (int i = 0; i < s->count; i++) {
        const struct vg_tensor *t = s->list[i].at[0];
        char *name = vg_format("%s.%s", prefix, t->name);
        struct vg_tensor *state = vg_state(g, name, t->rank, t->dim, zero);
        vg_param_file_shape(state, t->file_rank, t->file_dim);
        state->file_oihw = t->file_oihw;
        s->list[i].at[place] = state;
        free(name);
    }
}

// ---- chunks -------------------------------------------------------------------------------------

static int64_t chunks_of(const struct vg_segment *s)
{
    return (int64_t) vg_ceil_div(vg_elems(s->at[0]), VG_CHUNK);
}

int64_t vg_segments_elems(const struct vg_segments *s)
{
    int64_t n = 0;
    for (int i = 0; i < s->count; i++)
        n += vg_elems(s->list[i].at[0]);
    return n;
}

int64_t vg_segments_chunks(const struct vg_segments *s)
{
    int64_t n = 0;
    for (int i = 0; i < s->count; i++)
        n += chunks_of(&s->list[i]);
    return n;
}

static int place_chunk(const struct vg_plan *p, const struct vg_segment *s, int64_t from,
                       struct chunk *c)
{
    for (int k = 0; k < VG_SEGMENT_PLACES; k++) {
        const int64_t at = s->at[k] ? vg_plan_offset(p, s->at[k]) + from : 0;
        if (at > INT32_MAX - VG_CHUNK)
            return vg_fail(VG_ERR_UNSUPPORTED, "%s lies beyond 2^31 elements of its slab",
                           s->at[k]->name);
        c->at[k] = (int32_t) at;
    }
    return VG_OK;
}

static int cut(const struct vg_plan *p, const struct vg_segments *s, int index, struct chunk *c)
{
    int rc = VG_OK;
    const struct vg_segment *one = &s->list[index];
    const int64_t elems = vg_elems(one->at[0]);

    for (int64_t from = 0; from < elems; from += VG_CHUNK, c++) {
        const int64_t left = elems - from, length = left < VG_CHUNK ? left : VG_CHUNK;
        c->length = (int32_t) (vg_ceil_div(length, VG_CHUNK_WIDE) * VG_CHUNK_WIDE);
        c->segment = index;
        c->flags = one->flags;
        c->decay = (float) one->decay;
        c->rate = (float) one->rate;
        VG_TRY(place_chunk(p, one, from, c));
    }
out:
    return rc;
}

int vg_segments_tables(struct vg_plan *p, const struct vg_segments *s, int *chunks, int *segments)
{
    int rc = VG_OK;
    const int64_t count = vg_segments_chunks(s);
    struct chunk *chunk = vg_alloc(count, sizeof *chunk);
    int32_t(*range)[2] = vg_alloc(s->count, sizeof *range);

    int at = 0;
    for (int i = 0; i < s->count; i++) {
        VG_TRY(cut(p, s, i, chunk + at));
        range[i][0] = at;
        range[i][1] = (int32_t) chunks_of(&s->list[i]);
        at += range[i][1];
    }
    *chunks = vg_plan_table(p, chunk, count * sizeof *chunk);
    *segments = vg_plan_table(p, range, s->count * sizeof *range);
out:
    free(chunk);
    free(range);
    return rc;
}
