#include "method/method.h"

#include <string.h>

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
