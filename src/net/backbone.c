#include "net/backbone.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "net/resnet.h"
#include "op/reduce.h"

enum { WIDTH = 64, MOST_WIDTH = 1024, MOST_IMAGE = 4096 };

int vg_backbone_of_name(struct vg_backbone *b, const char *where, const char *arch, int width)
{
    struct vg_text known = { 0 };
    for (int i = 0; i < VG_RESNETS; i++) {
        if (!strcmp(vg_resnet_names[i], arch)) {
            *b = (struct vg_backbone) { .arch = vg_resnet_names[i], .width = width, .resnet = i };
            vg_text_finish(&known);
            return VG_OK;
        }
        vg_text_add(&known, "%s%s", i ? ", " : "", vg_resnet_names[i]);
    }
    const int rc = vg_fail(VG_ERR_UNSUPPORTED, "%s: no backbone '%s', there are %s", where, arch,
                           vg_text_string(&known));
    vg_text_finish(&known);
    return rc;
}

static int whole(const struct vg_line *l, const char *where, const char *key, int64_t low,
                 int64_t high, int64_t otherwise, int *out)
{
    int rc = VG_OK;
    int64_t value = otherwise;
    char *place = vg_format("%s: %s", where, key);
    const char *text = vg_line_value(l, key);
    if (text)
        VG_TRY(vg_parse_int(place, text, low, high, &value));
    *out = (int) value;
out:
    free(place);
    return rc;
}

int vg_backbone_of_text(struct vg_backbone *b, const char *where, const char *settings)
{
    int rc = VG_OK, width, image;
    struct vg_arena *arena = vg_arena_create();
    struct vg_line l;
    VG_TRY(vg_line_split(&l, arena, where, settings));
    const char *arch = vg_line_value(&l, "arch");
    if (!arch)
        VG_TRY(vg_fail(VG_ERR_FORMAT, "%s: the settings name no backbone (arch=...)", where));
    VG_TRY(whole(&l, where, "width", 1, MOST_WIDTH, WIDTH, &width));
    VG_TRY(whole(&l, where, "image", 1, MOST_IMAGE, 0, &image));
    VG_TRY(vg_backbone_of_name(b, where, arch, width));
    b->image = image;
out:
    vg_arena_destroy(&arena);
    return rc == VG_ERR_USAGE ? VG_ERR_FORMAT : rc;   // the text is a file's, not the user's
}

struct vg_tensor *vg_backbone(struct vg_graph *g, struct vg_tensor *x, const struct vg_backbone *b)
{
    vg_scope_push(g, "backbone");
    struct vg_tensor *y = vg_resnet(g, x, (enum vg_resnet_arch) b->resnet, b->width);
    y = vg_reshape(g, y, 3, (int64_t[]) { y->dim[0], y->dim[1] * y->dim[2], y->dim[3] });
    y = vg_reduce(g, y, 1, VG_REDUCE_MEAN);
    vg_scope_pop(g);
    return y;
}

int64_t vg_backbone_features(const struct vg_backbone *b)
{
    return vg_resnet_channels((enum vg_resnet_arch) b->resnet, b->width);
}
