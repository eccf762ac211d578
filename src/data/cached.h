#pragma once

#include <stdint.h>

/**
 * The memory that all sets of `cached:` may have together for images they keep: VG_CACHED_BYTES
 * from the start of the program.
 */
#define VG_CACHED_BYTES ((int64_t) 2 << 30)

// So many bytes more, or less where negative, from any thread.  For tests: the bound is far above
// what they draw.  An open set gives up nothing that it has.
void vg_cached_grow(int64_t bytes);
