#include "data/dataset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "dataset_table.h"   // made by meson: VG_DATASETS, a VG_DATASET(name) for each

#define VG_DATASET(name) extern const struct vg_dataset vg_dataset_##name;
VG_DATASETS
#undef VG_DATASET

#define VG_DATASET(name) &vg_dataset_##name,
const struct vg_dataset *const vg_datasets[] = { VG_DATASETS NULL };
#undef VG_DATASET

struct vg_data {
    const struct vg_dataset *kind;
    void *self;
};

void vg_truth_finish(struct vg_truth *t)
{
    free(t->regions);
    t->regions = NULL;
}

static const struct vg_dataset *find_kind(const char *name, size_t length)
{
    for (int i = 0; vg_datasets[i]; i++)
        if (strlen(vg_datasets[i]->name) == length && !memcmp(vg_datasets[i]->name, name, length))
            return vg_datasets[i];
    return NULL;
}

static int unknown_name(const char *name, int length)
{
    struct vg_text known = { 0 };
    for (int i = 0; vg_datasets[i]; i++)
        vg_text_add(&known, "%s%s", i ? ", " : "", vg_datasets[i]->name);
    const int rc = vg_fail(VG_ERR_USAGE, "no data set \"%.*s\", wanted one of: %s", length, name,
                           vg_text_string(&known));
    vg_text_finish(&known);
    return rc;
}

int vg_data_open(const char *selector, const struct vg_dataset_options *o, struct vg_data **data)
{
    const size_t length = strcspn(selector, ":");
    const struct vg_dataset *kind = find_kind(selector, length);
    *data = NULL;
    if (!kind)
        return unknown_name(selector, (int) length);
    return vg_data_open_kind(kind, selector[length] ? selector + length + 1 : "", o, data);
}

int vg_data_open_kind(const struct vg_dataset *kind, const char *where,
                      const struct vg_dataset_options *o, struct vg_data **data)
{
    const struct vg_dataset_options defaults = { 0 };
    struct vg_data *d = vg_alloc(1, sizeof *d);
    d->kind = kind;
    const int rc = kind->open(&d->self, where, o ? o : &defaults);
    if (rc != VG_OK)
        vg_data_close(&d);
    *data = d;
    return rc;
}

void vg_data_close(struct vg_data **data)
{
    if (*data && (*data)->self)
        (*data)->kind->close((*data)->self);
    free(*data);
    *data = NULL;
}

const char *vg_data_name(const struct vg_data *d)
{
    return d->kind->name;
}

int64_t vg_data_count(const struct vg_data *d)
{
    return d->kind->count(d->self);
}

int vg_data_image(const struct vg_data *d, int64_t index, struct vg_image *out)
{
    assert(index >= 0 && index < vg_data_count(d));
    *out = (struct vg_image) { 0 };
    const int rc = d->kind->image(d->self, index, out);
    if (rc != VG_OK)
        vg_image_finish(out);
    return rc;
}

int vg_data_truth(const struct vg_data *d, int64_t index, struct vg_truth *t)
{
    assert(index >= 0 && index < vg_data_count(d));
    const bool want_regions = t->want_regions;
    *t = (struct vg_truth) { .want_regions = want_regions };
    if (!d->kind->truth)
        return vg_fail(VG_ERR_UNSUPPORTED, "data set %s has no labels", d->kind->name);
    return d->kind->truth(d->self, index, t);
}

int vg_data_stored(const struct vg_data *d, int64_t index, const char **key, char **data,
                   size_t *bytes)
{
    assert(index >= 0 && index < vg_data_count(d));
    *key = NULL;
    *data = NULL;
    *bytes = 0;
    if (!d->kind->stored)
        return vg_fail(VG_ERR_UNSUPPORTED, "data set %s draws its images and stores none",
                       d->kind->name);
    return d->kind->stored(d->self, index, key, data, bytes);
}

const struct vg_skipped *vg_data_skipped(const struct vg_data *d, int64_t *count)
{
    *count = 0;
    return d->kind->skipped ? d->kind->skipped(d->self, count) : NULL;
}
