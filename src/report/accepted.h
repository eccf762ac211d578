#pragma once

#include <stddef.h>

/**
 * Changes that somebody looked at and accepted: text, a line each (base/parse.h), kept as
 * results/accepted beside the rows.
 *
 *     # case, device, commits FROM..TO, reason
 *     case="l2norm x=256x256: forward l2norm" device=* commits=1f0c..9ab3 reason="exact sums"
 *
 * case and device are a row's, or * for any.  FROM and TO are the commits before and after the
 * change, as rows have them or their beginnings of at least 4 digits; either may be left out, and
 * then any will do.
 */
struct vg_accepted_change {
    const char *name, *device, *from, *to, *reason;
    int line;
};

struct vg_accepted {
    struct vg_accepted_change *list;
    size_t count;
    struct vg_arena *arena;
};

// VG_ERR_USAGE with file:line for a line that is not as above, VG_ERR_IO for a file that is not
// there.  Finish it either way.
int vg_accepted_read(struct vg_accepted *a, const char *path);
void vg_accepted_finish(struct vg_accepted *a);

// The first line that accepts a change of the case on the device from one commit to the other, or
// NULL; a may be NULL.
const struct vg_accepted_change *vg_accepted_find(const struct vg_accepted *a, const char *name,
                                                  const char *device, const char *from,
                                                  const char *to);
