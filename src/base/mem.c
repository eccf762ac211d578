#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, ALIGN = 16 };

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(ALIGN) char data[];
};

struct vg_arena {
    struct block *blocks;   // the newest first
};

// Not an error to pass up: the process cannot do anything useful without a few more bytes.
static void *or_die(void *p)
{
    if (!p) {
        fputs("visage: out of host memory\n", stderr);
        exit(3);
    }
    return p;
}

struct vg_arena *vg_arena_create(void)
{
    return vg_alloc(1, sizeof(struct vg_arena));
}

void vg_arena_destroy(struct vg_arena **a)
{
    if (!*a)
        return;
    for (struct block *b = (*a)->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(*a);
    *a = NULL;
}

void *vg_arena_alloc(struct vg_arena *a, size_t bytes)
{
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    struct block *b = a->blocks;
    if (!b || b->size - b->used < bytes) {
        const size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        b = or_die(calloc(1, sizeof *b + size));
        b->size = size;
        b->next = a->blocks;
        a->blocks = b;
    }
    void *p = b->data + b->used;
    b->used += bytes;
    return p;
}

void *vg_arena_copy(struct vg_arena *a, const void *data, size_t bytes)
{
    void *p = vg_arena_alloc(a, bytes ? bytes : 1);
    return bytes ? memcpy(p, data, bytes) : p;
}

static char *format_alloc(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    return or_die(text);
}

char *vg_arena_string(struct vg_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_alloc(format, args);
    va_end(args);
    char *kept = vg_arena_copy(a, text, strlen(text) + 1);
    free(text);
    return kept;
}

void *vg_alloc(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *vg_grow(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return or_die(NULL);
    const size_t bytes = count * size;
    return or_die(realloc(old, bytes > 0 ? bytes : 1));
}

char *vg_strdup(const char *s)
{
    return or_die(strdup(s));
}

char *vg_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_alloc(format, args);
    va_end(args);
    return text;
}

void *vg_try_alloc(size_t bytes)
{
    if (bytes > SIZE_MAX - 64)
        return NULL;
    bytes = (bytes + 63) / 64 * 64;
    void *p = aligned_alloc(64, bytes ? bytes : 64);
    return p ? memset(p, 0, bytes ? bytes : 64) : NULL;
}
