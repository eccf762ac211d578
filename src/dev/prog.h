#pragma once

#include "dev/dev.h"

/**
 * Programs from embedded sources and -D parameters.
 *
 * The parts (names of cl/ files without the suffix) are joined behind the options.  A program is
 * built once a device and kept on disk by content: the key is the SHA-256 of source, options,
 * device name and driver version.  Entries lie in $VISAGE_CACHE, else $XDG_CACHE_HOME/visage, else
 * ~/.cache/visage; written beside and renamed; a corrupt entry is rebuilt; where nothing can be
 * written, programs are built each time.  A failed build shows the head of its log.
 */
struct vg_prog;

int vg_prog_get(struct vg_dev *dev, const char *const *parts, const char *options,
                struct vg_prog **prog);
int vg_prog_kernel(struct vg_dev *dev, struct vg_prog *prog, const char *name, cl_kernel *kernel);
const char *vg_prog_key(const struct vg_prog *prog);   // its SHA-256

// One digest over every program built so far on this device, for a row; 65 bytes.
void vg_prog_digest(const struct vg_dev *dev, char hex[65]);
void vg_prog_drop_all(struct vg_dev *dev);   // vg_dev_close calls it
