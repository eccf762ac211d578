#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What users write: lines of words, and values.  A line of a suite or of a tune file is
 *
 *     name word key=value key="value with spaces"   # comment
 *
 * Words are parted by blanks; '#' at the beginning of a word ends the line.  A value may be quoted
 * whole; a quoted value has no escapes and no '"' in it.
 *
 * Every function fails with VG_ERR_USAGE and a message that begins with `where`, which says what is
 * being read ("suites/quick.suite:12", "--set batch").
 */
struct vg_word {
    const char *key;     // the word itself if it has no '='
    const char *value;   // NULL if it has no '='
};

struct vg_line {
    struct vg_word *words;   // the first is the name, if the caller's lines begin with one
    size_t count;            // 0 for a line that is blank or a comment
};

struct vg_arena;

// The words belong to a.  Refused: '=' without a key, a key given twice, an open or stray quote.
int vg_line_split(struct vg_line *l, struct vg_arena *a, const char *where, const char *text);

// The value of the key, or NULL; whether a word without '=' is there (the name not counted).
const char *vg_line_value(const struct vg_line *l, const char *key);
bool vg_line_marked(const struct vg_line *l, const char *word);

// Decimal, the whole text, low <= *out <= high.
int vg_parse_int(const char *where, const char *text, int64_t low, int64_t high, int64_t *out);

// Decimal ("0.1", "1e-3"), the whole text, finite, low <= *out <= high.
int vg_parse_float(const char *where, const char *text, double low, double high, double *out);

// true yes on 1, false no off 0.
int vg_parse_bool(const char *where, const char *text, bool *out);

// "3x5x1" into dim[0 .. *rank - 1], each >= 1, at most max_rank of them.
int vg_parse_dims(const char *where, const char *text, int max_rank, int64_t *dim, int *rank);

// One of the names, its index into *out; what is near is suggested.
int vg_parse_choice(const char *where, const char *text, const char *const *names, size_t count,
                    size_t *out);
