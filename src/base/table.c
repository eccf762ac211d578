#include "base/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

struct column {
    bool number;
    size_t width;
};

struct vg_table {
    struct vg_arena *arena;
    struct column *columns;
    const char **cells;   // the heads first
    size_t column_count, cell_count, room;
};

struct vg_table *vg_table_create(void)
{
    struct vg_table *t = vg_alloc(1, sizeof *t);
    t->arena = vg_arena_create();
    return t;
}

void vg_table_destroy(struct vg_table **t)
{
    if (!*t)
        return;
    vg_arena_destroy(&(*t)->arena);
    free((*t)->columns);
    free((*t)->cells);
    free(*t);
    *t = NULL;
}

static void take_cell(struct vg_table *t, char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char) *c < 0x20 || *c == 0x7f)
            *c = '?';
    if (t->cell_count == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->cells = vg_grow(t->cells, t->room, sizeof *t->cells);
    }
    struct column *column = &t->columns[t->cell_count % t->column_count];
    const size_t width = vg_text_width(text);
    column->width = width > column->width ? width : column->width;
    t->cells[t->cell_count++] = text;
}

void vg_table_column(struct vg_table *t, const char *head, bool number)
{
    assert(t->cell_count == t->column_count);
    t->columns = vg_grow(t->columns, ++t->column_count, sizeof *t->columns);
    t->columns[t->column_count - 1] = (struct column) { .number = number };
    take_cell(t, vg_arena_string(t->arena, "%s", head));
}

void vg_table_cell(struct vg_table *t, const char *format, ...)
{
    assert(t->column_count > 0);
    char *formatted = NULL;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&formatted, format, args);
    va_end(args);
    assert(length >= 0);
    take_cell(t, vg_arena_copy(t->arena, formatted, (size_t) length + 1));
    free(formatted);
}

void vg_table_print(const struct vg_table *t, struct vg_text *out)
{
    size_t owed = 0;   // blanks that only come if something follows them in the line
    for (size_t i = 0; i < t->cell_count; i++) {
        const struct column *column = &t->columns[i % t->column_count];
        const size_t fill = column->width - vg_text_width(t->cells[i]);
        const bool last = i + 1 == t->cell_count || (i + 1) % t->column_count == 0;
        if (t->cells[i][0]) {
            vg_text_pad(out, ' ', owed + (column->number ? fill : 0));
            vg_text_add(out, "%s", t->cells[i]);
            owed = (column->number ? 0 : fill) + 2;
        } else {
            owed += column->width + 2;
        }
        if (last) {
            vg_text_add(out, "\n");
            owed = 0;
        }
    }
}
