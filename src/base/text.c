#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void reserve(struct vg_text *t, size_t bytes)
{
    const size_t wanted = t->length + bytes + 1;
    if (wanted <= t->room)
        return;
    t->room = wanted < 64 ? 64 : wanted < 2 * t->room ? 2 * t->room : wanted;
    t->data = vg_grow(t->data, t->room, 1);
}

void vg_text_add(struct vg_text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    assert(length >= 0);
    reserve(t, (size_t) length);
    vsnprintf(t->data + t->length, (size_t) length + 1, format, again);
    t->length += (size_t) length;
    va_end(again);
    va_end(args);
}

void vg_text_add_bytes(struct vg_text *t, const char *data, size_t bytes)
{
    reserve(t, bytes);
    if (bytes > 0)
        memcpy(t->data + t->length, data, bytes);
    t->length += bytes;
    t->data[t->length] = 0;
}

void vg_text_pad(struct vg_text *t, char c, size_t count)
{
    reserve(t, count);
    memset(t->data + t->length, c, count);
    t->length += count;
    t->data[t->length] = 0;
}

const char *vg_text_string(const struct vg_text *t)
{
    return t->data ? t->data : "";
}

void vg_text_finish(struct vg_text *t)
{
    free(t->data);
    *t = (struct vg_text) { 0 };
}

size_t vg_text_code(const char *s, unsigned *code)
{
    const unsigned char *b = (const unsigned char *) s;
    const size_t length = b[0] < 0x80   ? 1
                          : b[0] < 0xc2 ? 0
                          : b[0] < 0xe0 ? 2
                          : b[0] < 0xf0 ? 3
                          : b[0] < 0xf5 ? 4
                                        : 0;
    unsigned c = length == 1 ? b[0] : b[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (b[i] & 0x3f);
    }
    // No first byte, spelt longer than needed, a half of a UTF-16 pair, beyond the last code.
    if (length == 0 || (length == 3 && c < 0x800) || (length == 4 && c < 0x10000) || c > 0x10ffff ||
        (c >= 0xd800 && c < 0xe000))
        return 0;
    if (code)
        *code = c;
    return length;
}

struct range {
    unsigned first, last;
};

static int within(unsigned code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return 1;
    return 0;
}

// The blocks that occur in names of people, devices and files; not every code of Unicode.
static size_t code_width(unsigned code)
{
    static const struct range none[] = { { 0x0300, 0x036f },
                                         { 0x200b, 0x200f },
                                         { 0x20d0, 0x20ff },
                                         { 0xfe00, 0xfe0f },
                                         { 0xfe20, 0xfe2f } };
    static const struct range wide[] = { { 0x1100, 0x115f },   { 0x2e80, 0x303e },
                                         { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
                                         { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
                                         { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
                                         { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd } };
    if (within(code, none, sizeof none / sizeof *none))
        return 0;
    return within(code, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

size_t vg_text_width(const char *s)
{
    size_t width = 0;
    while (*s) {
        unsigned code = '?';
        const size_t length = vg_text_code(s, &code);
        width += code_width(code);
        s += length ? length : 1;
    }
    return width;
}

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t vg_text_distance(const char *a, const char *b)
{
    // row[j]: the distance of the first i bytes of a from the first j of b.
    const size_t rows = strlen(a), columns = strlen(b);
    size_t *row = vg_alloc(columns + 1, sizeof *row);
    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            const size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    const size_t distance = row[columns];
    free(row);
    return distance;
}

const char *vg_text_nearest(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t limit = strlen(word) / 3 + 1;   // exclusive from here on
    limit = limit < 2 ? 2 : limit;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = vg_text_distance(word, names[i]);
        if (distance < limit) {
            limit = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
