#include "report/metric.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static const struct vg_metric metrics[] = {
    { "time", true, false, VG_BETTER_LOWER },
    { "throughput", true, false, VG_BETTER_HIGHER },
    { "memory", true, false, VG_BETTER_LOWER },
    { "loss", true, false, VG_BETTER_LOWER },
    { "accuracy", true, true, VG_BETTER_HIGHER },
    { "mean_accuracy", true, true, VG_BETTER_HIGHER },
    { "mean_recall", true, true, VG_BETTER_HIGHER },
    { "recall_", false, false, VG_BETTER_HIGHER },
    { "mean_iou", true, true, VG_BETTER_HIGHER },
    { "iou_", false, false, VG_BETTER_HIGHER },
    { "mean_f1", true, false, VG_BETTER_HIGHER },
    { "f1_", false, false, VG_BETTER_HIGHER },
    { "auc", false, false, VG_BETTER_HIGHER },
    { "nme", false, false, VG_BETTER_LOWER },
    { "failure_rate", false, false, VG_BETTER_LOWER },
};

const struct vg_metric *vg_metric_of(const char *name)
{
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct vg_metric *m = &metrics[i];
        if (m->whole ? !strcmp(name, m->name) : !strncmp(name, m->name, strlen(m->name)))
            return m;
    }
    return NULL;
}

double vg_record_loss(const struct vg_record *r)
{
    double sum = 0;
    const size_t count = (r->losses + 9) / 10;
    for (size_t i = r->losses - count; i < r->losses; i++)
        sum += r->loss[i];
    return sum / (double) count;
}

// ---- of a record --------------------------------------------------------------------------------

struct measures {
    struct vg_measure *list;
    size_t count;
};

static void add(struct measures *m, const char *metric, const char *unit, double value)
{
    if (isfinite(value))
        m->list[m->count++] = (struct vg_measure) { metric, unit, value };
}

static bool is_of_accuracy(const char *name)
{
    enum { OTHERS = 4 };   // above: time, throughput, memory, loss
    const struct vg_metric *m = vg_metric_of(name);
    return m && m - metrics >= OTHERS;
}

size_t vg_record_measures(const struct vg_record *r, struct vg_arena *a, struct vg_measure **list)
{
    const char *name;
    json_t *value;
    const size_t most = json_object_size(r->accuracy) + 3;
    struct measures m = { vg_arena_alloc(a, most * sizeof *m.list), 0 };
    if (isfinite(r->median_ns))
        add(&m, "time", "ns", r->median_ns);
    else
        add(&m, "throughput", r->throughput_unit, r->throughput);
    add(&m, "memory", "bytes", vg_json_real_at(r->json, "memory.planned_bytes", NAN));
    add(&m, "loss", NULL, vg_record_loss(r));
    json_object_foreach((json_t *) r->accuracy, name, value)
    {
        if (json_is_number(value) && is_of_accuracy(name))
            add(&m, name, NULL, json_number_value(value));
    }
    *list = m.list;
    return m.count;
}
