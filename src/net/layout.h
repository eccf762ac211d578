#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "base/tensorfile.h"

/**
 * How a file names the tensors of a model: prefixes that stand for prefixes.
 *
 * Of the renames the first whose `theirs` begins a name is taken; a name that none begins belongs
 * to no model.  Weights of several programs are wrapped: one prefix is before every name.
 */
struct vg_rename {
    const char *theirs;   // NULL ends the list
    const char *ours;     // NULL: left out, on purpose
    bool alias;           // the same tensors once more: written twice, read once
};

enum { VG_LAYOUT_SIGNS = 2, VG_LAYOUT_SPARES = 8 };

struct vg_layout {
    const char *method;   // whose model it is; NULL: any
    const char *name;     // "published"; of several of a name the first is the one that is written
    const char *help;
    const char *sign[VG_LAYOUT_SIGNS];   // names that tell a file of this layout, without wrap
    const char *wrap;                    // may be before all names: "module."; NULL: never
    bool wrapped;                        // is, in what is written
    const struct vg_rename *renames;
    const char *part;     // the file holds the model's tensors of this prefix; "": all
    const char *except;   // but not of this one; NULL: no exception
    // Prefixes of ours: what the file has of them and the model has not is left out.
    const char *spare[VG_LAYOUT_SPARES];
};

// This program's own names; nothing of the optimiser is read or written.
extern const struct vg_layout vg_layout_visage;

// Whether every name of the file has the layout's wrap before it.
bool vg_layout_is_wrapped(const struct vg_layout *l, const struct vg_tensorfile *f);

// Whether the file has the layout's signs.
bool vg_layout_fits(const struct vg_layout *l, const struct vg_tensorfile *f);

enum vg_named { VG_NAMED, VG_NAMED_LEFT_OUT, VG_NAMED_UNKNOWN };

// The model's name of a file's (the wrap included where wrapped); the text is the arena's.
enum vg_named vg_layout_ours(const struct vg_layout *l, bool wrapped, struct vg_arena *a,
                             const char *theirs, const char **ours);

// The other way, by the n-th rename that fits, n from 0; NULL when there is none left.
const char *vg_layout_theirs(const struct vg_layout *l, bool wrapped, struct vg_arena *a,
                             const char *ours, int n);

// Whether a file of the layout holds the model's tensor of that name.
bool vg_layout_holds(const struct vg_layout *l, const char *ours);

// Whether a model may lack a tensor of that name.
bool vg_layout_spares(const struct vg_layout *l, const char *ours);
