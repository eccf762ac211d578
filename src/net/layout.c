#include "net/layout.h"

#include <stdlib.h>
#include <string.h>

#define OPTIMIZER "optimizer."

static const struct vg_rename own_names[] = { { OPTIMIZER, NULL }, { "", "" }, { NULL } };

const struct vg_layout vg_layout_visage = {
    .name = "visage",
    .help = "a checkpoint of this program, without the optimiser's state",
    .renames = own_names,
    .part = "",
};

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

bool vg_layout_is_wrapped(const struct vg_layout *l, const struct vg_tensorfile *f)
{
    if (!l->wrap || vg_tensorfile_count(f) == 0)
        return false;
    for (size_t i = 0; i < vg_tensorfile_count(f); i++)
        if (!begins(vg_tensorfile_at(f, i)->name, l->wrap))
            return false;
    return true;
}

bool vg_layout_fits(const struct vg_layout *l, const struct vg_tensorfile *f)
{
    const char *wrap = vg_layout_is_wrapped(l, f) ? l->wrap : "";
    for (int i = 0; i < VG_LAYOUT_SIGNS && l->sign[i]; i++) {
        char *name = vg_format("%s%s", wrap, l->sign[i]);
        const bool there = vg_tensorfile_find(f, name) != NULL;
        free(name);
        if (!there)
            return false;
    }
    return l->sign[0] != NULL;
}

enum vg_named vg_layout_ours(const struct vg_layout *l, bool wrapped, struct vg_arena *a,
                             const char *theirs, const char **ours)
{
    *ours = NULL;
    if (wrapped && !begins(theirs, l->wrap))
        return VG_NAMED_UNKNOWN;
    const char *name = theirs + (wrapped ? strlen(l->wrap) : 0);
    for (const struct vg_rename *r = l->renames; r->theirs; r++)
        if (begins(name, r->theirs)) {
            if (!r->ours || r->alias)
                return VG_NAMED_LEFT_OUT;
            *ours = vg_arena_string(a, "%s%s", r->ours, name + strlen(r->theirs));
            return VG_NAMED;
        }
    return VG_NAMED_UNKNOWN;
}

const char *vg_layout_theirs(const struct vg_layout *l, bool wrapped, struct vg_arena *a,
                             const char *ours, int n)
{
    for (int alias = 0; alias < 2; alias++)   // a tensor's own name comes before its others
        for (const struct vg_rename *r = l->renames; r->theirs; r++)
            if (r->ours && r->alias == alias && begins(ours, r->ours) && n-- == 0)
                return vg_arena_string(a, "%s%s%s", wrapped ? l->wrap : "", r->theirs,
                                       ours + strlen(r->ours));
    return NULL;
}

bool vg_layout_holds(const struct vg_layout *l, const char *ours)
{
    return begins(ours, l->part) && !begins(ours, OPTIMIZER) &&
           !(l->except && begins(ours, l->except));
}

bool vg_layout_spares(const struct vg_layout *l, const char *ours)
{
    for (int i = 0; i < VG_LAYOUT_SPARES && l->spare[i]; i++)
        if (begins(ours, l->spare[i]))
            return true;
    return false;
}
