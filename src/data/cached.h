#pragma once

#include <stdint.h>

/**
 * How much memory all sets of `cached:` may have together for the images they keep.
 *
 * VG_CACHED_BYTES from the start of the program.  Of a set that is open, nothing that is kept is
 * given up again, so that a room that shrinks below that shows only as images that are not kept.
 */
#define VG_CACHED_BYTES ((int64_t) 2 << 30)

// So many bytes more, or less where negative.  From any thread.
void vg_cached_grow(int64_t bytes);
