#pragma once

#include <stddef.h>

/**
 * A text that grows, and what is asked of texts.  A vg_text starts as { 0 }; vg_text_finish frees
 * it and leaves it as it started.
 */
struct vg_text {
    char *data;   // NUL-terminated, NULL before the first add
    size_t length, room;
};

void vg_text_add(struct vg_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vg_text_add_bytes(struct vg_text *t, const char *data, size_t bytes);
void vg_text_pad(struct vg_text *t, char c, size_t count);   // c, count times
const char *vg_text_string(const struct vg_text *t);         // "" if nothing was added
void vg_text_finish(struct vg_text *t);

// Columns of a terminal that UTF-8 text takes: combining marks none, East Asian wide ones two.  A
// byte that is not UTF-8 takes one.
size_t vg_text_width(const char *s);

// The length of the UTF-8 sequence at s as RFC 3629 has it, 0 if there is none; code may be NULL.
size_t vg_text_code(const char *s, unsigned *code);

// Levenshtein's distance: insertions, deletions and replacements of bytes that make a of b.
size_t vg_text_distance(const char *a, const char *b);

// The name nearest to word for "did you mean"; NULL if none is within a third of its length.
const char *vg_text_nearest(const char *word, const char *const *names, size_t count);
