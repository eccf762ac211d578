#include "tools/topics.h"

#include <string.h>

#include "data/dataset.h"
#include "method/pretrain.h"
#include "task/task.h"

// One entry of a kind, or false past its last.
typedef bool topic_fn(int index, struct topic *t);

static bool dataset(int index, struct topic *t)
{
    const struct vg_dataset *d = vg_datasets[index];
    if (d)
        *t = (struct topic) { .kind = "data set", .name = d->name, .help = d->help };
    return d != NULL;
}

// The settings of a pre-training line: those of every run and the method's own.
static bool method(int index, struct topic *t)
{
    static const struct vg_setting *tables[3];
    const struct vg_method *m = vg_methods[index];
    if (!m)
        return false;
    tables[0] = vg_pretrain_settings;
    tables[1] = m->settings;
    *t = (struct topic) { "method", m->name, m->summary, { tables, m->presets } };
    return true;
}

static bool task(int index, struct topic *t)
{
    static const struct vg_setting *tables[2];
    const struct vg_task *k = vg_tasks[index];
    if (!k)
        return false;
    tables[0] = k->settings;
    *t = (struct topic) { "task", k->name, k->summary, { tables, k->presets } };
    return true;
}

static topic_fn *const kinds[] = { method, task, dataset };

bool topic_at(int index, struct topic *t)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int i = 0; kinds[k](i, t); i++)
            if (index-- == 0)
                return true;
    return false;
}

bool topic_find(const char *name, struct topic *t)
{
    for (int i = 0; topic_at(i, t); i++)
        if (!strcmp(t->name, name))
            return true;
    return false;
}
