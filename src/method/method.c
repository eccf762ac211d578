#include "method/method.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "method_table.h"   // made by meson: VG_METHODS, a VG_METHOD(name) for each

#define VG_METHOD(name) extern const struct vg_method vg_method_##name;
VG_METHODS
#undef VG_METHOD

#define VG_METHOD(name) &vg_method_##name,
const struct vg_method *const vg_methods[] = { VG_METHODS NULL };
#undef VG_METHOD

const struct vg_method *vg_method_find(const char *name)
{
    for (const struct vg_method *const *m = vg_methods; *m; m++)
        if (!strcmp((*m)->name, name))
            return *m;
    return NULL;
}

const struct vg_port *vg_port_find(const struct vg_port *list, const char *name)
{
    for (; list->tensor; list++)
        if (!strcmp(list->name, name))
            return list;
    return NULL;
}

// The online tensor whose numbers a tensor of the target takes; free() it.
static char *twin_of(const struct vg_tensor *t, const char *target, const char *online)
{
    const char *name = t->init.twin ? t->init.twin : t->name;
    return vg_format("%s%s", online, name + strlen(target));
}

void vg_method_start_as(struct vg_graph *g, const char *target, const char *online,
                        const char *except)
{
    for (int i = 0; i < vg_graph_tensors(g); i++) {
        struct vg_tensor *t = vg_graph_tensor(g, i);
        if (!t->name || t->base || strncmp(t->name, target, strlen(target)) != 0 ||
            (except && strstr(t->name, except)))
            continue;
        char *twin = twin_of(t, target, online);
        t->init.twin = vg_graph_copy(g, twin, strlen(twin) + 1);
        free(twin);
    }
}
