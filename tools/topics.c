#include "tools/topics.h"

#include <string.h>

#include "data/dataset.h"

// One entry of a kind, or false past its last.
typedef bool topic_fn(int index, struct topic *t);

static bool dataset(int index, struct topic *t)
{
    const struct vg_dataset *d = vg_datasets[index];
    if (d)
        *t = (struct topic) { .kind = "data set", .name = d->name, .help = d->help };
    return d != NULL;
}

static topic_fn *const kinds[] = { dataset };

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
