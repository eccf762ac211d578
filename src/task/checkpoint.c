#include "task/checkpoint.h"

#include <stdlib.h>

#include "base/mem.h"
#include "graph/weights.h"

static int need_meta(const struct vg_checkpoint *c, const char *key, const char **value)
{
    *value = vg_tensorfile_meta(c->file, key);
    if (*value)
        return VG_OK;
    return vg_fail(VG_ERR_FORMAT, "%s: no checkpoint: its metadata has no '%s'", c->path, key);
}

static const char *meta_or_empty(const struct vg_checkpoint *c, const char *key)
{
    const char *value = vg_tensorfile_meta(c->file, key);
    return value ? value : "";
}

int vg_checkpoint_open(struct vg_checkpoint **out, const char *path)
{
    int rc = VG_OK;
    const char *settings;
    struct vg_checkpoint *c = vg_alloc(1, sizeof *c);
    *out = NULL;
    c->path = vg_strdup(path);
    VG_TRY(vg_tensorfile_open(&c->file, path));
    VG_TRY(need_meta(c, "backbone", &c->prefix));
    VG_TRY(need_meta(c, "settings", &settings));
    VG_TRY(vg_backbone_of_text(&c->backbone, path, settings));
    c->method = meta_or_empty(c, "method");
    c->step = meta_or_empty(c, "step");
    c->pixels = meta_or_empty(c, "pixels");
    *out = c;
    c = NULL;
out:
    vg_checkpoint_close(&c);
    return rc;
}

void vg_checkpoint_close(struct vg_checkpoint **c)
{
    if (!*c)
        return;
    vg_tensorfile_close(&(*c)->file);
    free((void *) (*c)->path);
    free(*c);
    *c = NULL;
}

int vg_checkpoint_load(const struct vg_checkpoint *c, struct vg_plan *p)
{
    const int rc = vg_weights_load(p, c->file, "backbone.", c->prefix);
    // The message about a shape names the tensor; here is known which file it is of.
    return rc == VG_ERR_SHAPE ? vg_fail_within(rc, c->path) : rc;
}
