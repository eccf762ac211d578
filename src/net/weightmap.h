#pragma once

#include "graph/weights.h"
#include "net/layout.h"

/**
 * A file's tensors against a model's: which is which, and that they fit, before anything is done
 * with them.  No device is needed.
 *
 * Every tensor of the file must be one of the model's or be left out by its layout, and every
 * tensor of the model that the layout holds must be in the file, in its shape: the first that is
 * extra, missing or misshaped is named.  A table of positions ("...pos_embed", [1, 1 + grid^2, D])
 * of another grid is resized (position_table.h).
 */
struct vg_weightmap;

// f and g outlive the map.  The model's tensors that begin with `without` are left as if neither
// side had them; NULL: none are.  VG_ERR_FORMAT, VG_ERR_SHAPE; the message begins with path.
int vg_weightmap_create(struct vg_weightmap **m, const char *path, const struct vg_tensorfile *f,
                        const struct vg_layout *layout, const struct vg_graph *g,
                        const char *without);
void vg_weightmap_destroy(struct vg_weightmap **m);

int vg_weightmap_count(const struct vg_weightmap *m);     // tensors of the model in the file
int vg_weightmap_resized(const struct vg_weightmap *m);   // of them, tables that were resized

/**
 * Into the tensors of a plan of the same model.  What the file does not hold but starts as a copy
 * of what it holds (a momentum branch, where the file is a backbone) takes the same values; the
 * rest is left.
 */
int vg_weightmap_load(const struct vg_weightmap *m, struct vg_plan *p);

/**
 * Into a file of another layout, aliases included.  The prefix, "" for none, is put before every
 * name; written, or NULL, is how many tensors there are.  VG_ERR_FORMAT if that layout holds a
 * tensor that the map does not, naming it.
 */
int vg_weightmap_write(const struct vg_weightmap *m, const char *path, const struct vg_layout *to,
                       const char *prefix, const struct vg_weights_meta *meta, int *written);
