#include "task/finetune.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "data/reader.h"
#include "graph/grad.h"
#include "graph/run.h"
#include "op/adamw.h"

struct tuner {
    const struct vg_finetune_opts *o;
    struct vg_finetune *f;
    struct vg_graph *graph;
    struct vg_plan *plan;
    struct vg_tensor *x, *label, *loss;
    struct vg_adamw_opts adamw;
    struct vg_encoder *encoder;   // the same net in evaluation
    struct vg_reader *reader;
    int32_t *labels;   // of a batch
    float *rows;       // of the test images
};

double vg_finetune_lr(const struct vg_finetune_opts *o, double epoch)
{
    const double pi = 3.14159265358979323846, least = 1e-6;
    const double warm = o->warmup * o->epochs;
    if (epoch < warm)
        return o->lr * epoch / warm;
    return least + (o->lr - least) * 0.5 * (1 + cos(pi * (epoch - warm) / (o->epochs - warm)));
}

// ---- the nets -----------------------------------------------------------------------------------

static void build(struct tuner *t)
{
    const struct vg_finetune_opts *o = t->o;
    struct vg_graph *g = t->graph;
    t->x = vg_input(g, "x", 4, (int64_t[]) { o->batch, o->image, o->image, VG_CHANNELS });
    t->label = vg_input_i32(g, "label", 1, (int64_t[]) { o->batch });
    struct vg_tensor *y = o->head->build(g, vg_backbone(g, t->x, o->backbone), o->head->outs);
    t->loss = vg_keep(g, o->head->loss(g, y, t->label), "loss");
    vg_graph_backward(g, t->loss);
    vg_graph_pass(g, VG_UPDATE);
    t->adamw = (struct vg_adamw_opts) { .lr = vg_input(g, "lr", 0, NULL),
                                        .m_scale = vg_input(g, "m_scale", 0, NULL),
                                        .v_scale = vg_input(g, "v_scale", 0, NULL),
                                        .beta1 = 0.9f,
                                        .beta2 = 0.999f,
                                        .eps = 1e-8f,
                                        .weight_decay = (float) o->weight_decay };
    vg_adamw(g, &t->adamw);
}

static int prepare(struct tuner *t, struct vg_dev *dev)
{
    int rc = VG_OK;
    t->graph = vg_graph_create(t->o->seed);
    build(t);
    VG_TRY(vg_plan_create(&t->plan, t->graph, dev));
    VG_TRY(vg_plan_init(t->plan));
    if (t->o->checkpoint)
        VG_TRY(vg_checkpoint_load(t->o->checkpoint, t->plan));
    t->f->planned_bytes = vg_memory_total(vg_plan_memory(t->plan));
    vg_task_tell_plan(t->o->watch, "finetune", t->plan);
out:
    return rc;
}

static int prepare_evaluation(struct tuner *t, struct vg_dev *dev)
{
    const struct vg_finetune_opts *o = t->o;
    const struct vg_encoder_opts e = { .backbone = o->backbone,
                                       .head = o->head,
                                       .image = o->image,
                                       .batch = o->batch,
                                       .seed = o->seed };
    t->rows = vg_alloc(vg_data_count(o->test) * o->head->outs, sizeof *t->rows);
    return vg_encoder_create(&t->encoder, dev, &e);
}

static int open_reader(struct tuner *t)
{
    const struct vg_finetune_opts *o = t->o;
    const struct vg_reader_options r = {
        .data = o->train,
        .augment = { .kind = VG_AUGMENT_TRANSFER,
                     .size = o->image,
                     .erase = o->erase,
                     .norm = o->norm,
                     .seed = o->seed },
        .batch = o->batch,
        .interrupt = o->watch ? o->watch->interrupt : NULL,
    };
    t->labels = vg_alloc(o->batch, sizeof *t->labels);
    return vg_reader_create(&r, &t->reader);
}

// ---- the loop -----------------------------------------------------------------------------------

static int write_number(struct tuner *t, const struct vg_tensor *x, double value)
{
    const float number = (float) value;
    return vg_plan_write(t->plan, x, &number);
}

static int feed(struct tuner *t, const struct vg_batch *b, double epoch)
{
    int rc = VG_OK;
    const struct vg_adamw_opts *a = &t->adamw;
    const int64_t steps = t->f->steps + 1;
    for (int i = 0; i < b->count; i++)
        t->labels[i] = t->o->label[b->index[i]];
    VG_TRY(vg_plan_write(t->plan, t->x, b->view[0]));
    VG_TRY(vg_plan_write(t->plan, t->label, t->labels));
    VG_TRY(write_number(t, a->lr, vg_finetune_lr(t->o, epoch)));
    VG_TRY(write_number(t, a->m_scale, vg_adamw_m_scale(a->beta1, steps)));
    VG_TRY(write_number(t, a->v_scale, vg_adamw_v_scale(a->beta2, steps)));
out:
    return rc;
}

static int keep_loss(struct vg_finetune *f, float loss)
{
    if (!isfinite(loss))
        return vg_fail(VG_ERR_VALUE, "fine-tuning: the loss of step %lld is not finite",
                       (long long) f->steps);
    f->loss = vg_grow(f->loss, f->steps + 1, sizeof *f->loss);
    f->loss[f->steps++] = loss;
    return VG_OK;
}

static int step(struct tuner *t, double epoch)
{
    int rc = VG_OK;
    float loss;
    const struct vg_batch *b;
    VG_TRY(vg_reader_next(t->reader, &b));
    const uint64_t begin = vg_clock_ns();
    VG_TRY(feed(t, b, epoch));
    VG_TRY(vg_run(t->plan));
    VG_TRY(vg_plan_read(t->plan, t->loss, &loss));
    if (t->f->steps > 0) {   // some compilers wait for the first run
        t->f->seconds += (double) (vg_clock_ns() - begin) * 1e-9;
        t->f->images += b->count;
    }
    vg_reader_release(t->reader);
    VG_TRY(keep_loss(t->f, loss));
out:
    return rc;
}

static int evaluate(struct tuner *t, int epochs)
{
    int rc = VG_OK;
    const struct vg_encode_opts e = {
        .data = t->o->test, .norm = t->o->norm, .stage = "test", .watch = t->o->watch
    };
    VG_TRY(vg_encoder_follow(t->encoder, t->plan));
    VG_TRY(vg_encode(&e, 1, &t->encoder, &t->rows));
    t->o->evaluated(t->o->arg, epochs, t->rows);
out:
    return rc;
}

static int train(struct tuner *t)
{
    int rc = VG_OK;
    const struct vg_finetune_opts *o = t->o;
    const int64_t steps = vg_reader_batches(t->reader), total = steps * o->epochs;
    for (int epoch = 0; epoch < o->epochs; epoch++) {
        for (int64_t i = 0; i < steps; i++) {
            VG_TRY(step(t, epoch + (double) i / (double) steps));
            vg_task_tell(o->watch, "finetune", t->f->steps, total, t->f->loss[t->f->steps - 1]);
        }
        if ((epoch + 1) % o->every == 0 || epoch + 1 == o->epochs)
            VG_TRY(evaluate(t, epoch + 1));
    }
out:
    t->f->wait_seconds = (double) vg_reader_wait_ns(t->reader) * 1e-9;
    return rc;
}

int vg_finetune_run(const struct vg_finetune_opts *o, struct vg_dev *dev, struct vg_finetune *f)
{
    int rc = VG_OK;
    struct tuner t = { .o = o, .f = f };
    VG_TRY(prepare(&t, dev));
    VG_TRY(prepare_evaluation(&t, dev));
    VG_TRY(open_reader(&t));
    VG_TRY(train(&t));
out:
    vg_reader_destroy(&t.reader);
    vg_encoder_destroy(&t.encoder);
    vg_plan_destroy(&t.plan);
    vg_graph_destroy(&t.graph);
    free(t.labels);
    free(t.rows);
    return rc;
}

void vg_finetune_finish(struct vg_finetune *f)
{
    free(f->loss);
    *f = (struct vg_finetune) { 0 };
}
