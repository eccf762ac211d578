#pragma once

#include <stddef.h>

/**
 * Host memory.
 *
 * An arena hands out zeroed memory that lives until the arena dies: a graph's nodes and names, a
 * suite's lines.  Pieces are aligned to 16 bytes and never move.  The plain calls end the program
 * with one line when the system has no memory left: small host allocations are not an error a
 * caller could handle.  Large ones (images, weights) use vg_try_alloc and check.
 */
struct vg_arena;

struct vg_arena *vg_arena_create(void);
void vg_arena_destroy(struct vg_arena **a);

void *vg_arena_alloc(struct vg_arena *a, size_t bytes);
void *vg_arena_copy(struct vg_arena *a, const void *data, size_t bytes);
char *vg_arena_string(struct vg_arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *vg_alloc(size_t count, size_t size);             // zeroed; free() it
void *vg_grow(void *old, size_t count, size_t size);   // realloc; free() it
char *vg_strdup(const char *s);
char *vg_format(const char *format, ...) __attribute__((format(printf, 1, 2)));   // free() it

// Zeroed and aligned to 64 bytes, or NULL; free() it.
void *vg_try_alloc(size_t bytes);
