#pragma once

#include "dev/dev.h"

/**
 * Empties a device's caches of what was computed last: a copy between two buffers of its own, each
 * twice the cache that the device names and 32 MiB at least, by all of its compute units.
 */
struct vg_flush;

int vg_flush_create(struct vg_flush **f, struct vg_dev *dev);
void vg_flush_destroy(struct vg_flush **f);

int vg_flush(struct vg_flush *f);   // returns when it is done
