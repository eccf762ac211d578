#include "task/encoder.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "data/reader.h"
#include "graph/run.h"
#include "graph/weights.h"
#include "net/layer.h"
#include "op/crossentropy.h"

// ---- heads --------------------------------------------------------------------------------------

static struct vg_tensor *classes_build(struct vg_graph *g, struct vg_tensor *features, int64_t outs)
{
    const struct vg_linear_opts o = { .weight = vg_init_normal(0.01), .bias = vg_init_const(0) };
    return vg_linear_layer(g, features, "fc", outs, &o);
}

struct vg_head vg_head_classes(int64_t classes)
{
    return (struct vg_head) { classes, classes_build, vg_crossentropy };
}

// ---- the net ------------------------------------------------------------------------------------

static void build(struct vg_encoder *e, const struct vg_encoder_opts *o)
{
    struct vg_graph *g = e->graph;
    const int64_t dim[4] = { o->batch, o->image, o->image, VG_CHANNELS };
    e->x = vg_input(g, "x", 4, dim);
    vg_graph_freeze(g, true);
    vg_graph_eval(g, true);
    e->y = vg_backbone(g, e->x, o->backbone);
    if (o->head)
        e->y = o->head->build(g, e->y, o->head->outs);
    vg_keep(g, e->y, "y");
}

int vg_encoder_create(struct vg_encoder **out, struct vg_dev *dev, const struct vg_encoder_opts *o)
{
    int rc = VG_OK;
    struct vg_encoder *e = vg_alloc(1, sizeof *e);
    *out = NULL;
    e->graph = vg_graph_create(o->seed);
    e->image = o->image;
    e->batch = o->batch;
    e->outs = o->head ? o->head->outs : vg_backbone_features(o->backbone);
    build(e, o);
    VG_TRY(vg_plan_create(&e->plan, e->graph, dev));
    VG_TRY(vg_plan_init(e->plan));
    VG_TRY(vg_run(e->plan));
    VG_TRY(vg_finish(e->plan));
    e->scratch = vg_alloc(vg_elems(e->x) + vg_elems(e->y), sizeof *e->scratch);
    *out = e;
    e = NULL;
out:
    vg_encoder_destroy(&e);
    return rc;
}

void vg_encoder_destroy(struct vg_encoder **e)
{
    if (!*e)
        return;
    vg_plan_destroy(&(*e)->plan);
    vg_graph_destroy(&(*e)->graph);
    free((*e)->scratch);
    free(*e);
    *e = NULL;
}

int vg_encoder_follow(struct vg_encoder *to, struct vg_plan *from)
{
    int rc = VG_OK;
    void *data = NULL;
    for (int i = 0; i < vg_graph_tensors(to->graph); i++) {
        const struct vg_tensor *t = vg_graph_tensor(to->graph, i);
        if (!vg_weights_lasting(t))
            continue;
        const struct vg_tensor *source = vg_graph_find(vg_plan_graph(from), t->name);
        assert(source && vg_same_shape(source, t));
        data = vg_grow(data, vg_bytes(t), 1);
        VG_TRY(vg_plan_read(from, source, data));
        VG_TRY(vg_plan_write(to->plan, t, data));
    }
out:
    free(data);
    return rc;
}

// ---- a data set ---------------------------------------------------------------------------------

static int check_finite(const struct vg_encoder *e, const struct vg_batch *b, const float *rows)
{
    for (int64_t i = 0; i < b->count * e->outs; i++)
        if (!isfinite(rows[i]))
            return vg_fail(VG_ERR_VALUE, "the net's output for image %" PRId64 " is not finite",
                           b->index[i / e->outs]);
    return VG_OK;
}

// out: the batch's rows.  A batch that is not full is filled up with what the scratch holds.
static int encode_batch(struct vg_encoder *e, const struct vg_batch *b, float *out)
{
    int rc = VG_OK;
    const bool full = b->count == e->batch;
    const size_t pixels = (size_t) e->image * e->image * VG_CHANNELS;
    float *x = e->scratch, *y = e->scratch + vg_elems(e->x);
    const uint64_t begin = vg_clock_ns();

    if (!full)
        memcpy(x, b->view[0], b->count * pixels * sizeof *x);
    VG_TRY(vg_plan_write(e->plan, e->x, full ? b->view[0] : x));
    VG_TRY(vg_run(e->plan));
    VG_TRY(vg_plan_read(e->plan, e->y, full ? out : y));
    if (!full)
        memcpy(out, y, b->count * e->outs * sizeof *out);
    e->seconds += (double) (vg_clock_ns() - begin) * 1e-9;
    e->images += b->count;
    VG_TRY(check_finite(e, b, out));
out:
    return rc;
}

static int open_reader(const struct vg_encode_opts *o, const struct vg_encoder *e,
                       struct vg_reader **reader)
{
    const struct vg_reader_options r = {
        .data = o->data,
        .augment = { .kind = VG_AUGMENT_EVAL, .size = e->image, .norm = o->norm },
        .batch = e->batch,
        .in_order = true,
        .keep_last = true,
        .interrupt = o->watch ? o->watch->interrupt : NULL,
    };
    return vg_reader_create(&r, reader);
}

int vg_encode(const struct vg_encode_opts *o, int encoders, struct vg_encoder *const e[],
              float *const out[])
{
    int rc = VG_OK;
    struct vg_reader *reader = NULL;
    const struct vg_batch *b;
    const int64_t images = vg_data_count(o->data);
    VG_TRY(open_reader(o, e[0], &reader));
    for (int64_t done = 0; done < images;) {
        VG_TRY(vg_reader_next(reader, &b));
        for (int k = 0; k < encoders; k++)
            VG_TRY(encode_batch(e[k], b, out[k] + done * e[k]->outs));
        done += b->count;
        vg_reader_release(reader);
        vg_task_tell(o->watch, o->stage, done, images, NAN);
    }
    if (o->wait_seconds)
        *o->wait_seconds += (double) vg_reader_wait_ns(reader) * 1e-9;
out:
    vg_reader_destroy(&reader);
    return rc;
}
