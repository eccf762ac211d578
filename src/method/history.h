#pragma once

#include "method/pretrain.h"

/**
 * What a run has measured so far, step by step.  It travels with the checkpoint, as the metadata
 * "history", so that a run that goes on has it whole.
 */

// Room for r->steps steps of the model's losses.
void vg_history_make_room(struct vg_pretrain_result *r, const struct vg_model *m);

// The first steps of it as text; free() it.
char *vg_history_text(const struct vg_pretrain_result *r, int64_t steps);

// The same back from a checkpoint.
int vg_history_read(struct vg_pretrain_result *r, const char *path, int64_t steps);
