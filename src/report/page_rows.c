#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

/**
 * Rows as they are in the files, a member a line.  Where all of them take more room than the page
 * has, long arrays are cut, and a part that many rows have in common is written once.
 */
enum { ELEMENTS = 6 };

static const char *const shareable[] = { "device", "host", "engaged", "why", "ceiling" };
enum { SHAREABLE = sizeof shareable / sizeof *shareable };

static size_t line_bytes(const json_t *value)
{
    char *line = vg_json_line(value);
    const size_t bytes = strlen(line);
    free(line);
    return bytes;
}

// Whether every row has room as it is; asked once.
static bool all_fit(struct page *p)
{
    size_t bytes = 0;
    for (size_t i = 0; i < p->entry_count && bytes <= p->rows_room; i++)
        bytes += line_bytes(p->entries[i].r->json);
    return bytes <= p->rows_room;
}

void page_rows_begin(struct page *p)
{
    p->whole_rows = all_fit(p);
    p->shared = p->whole_rows ? NULL : json_object();
}

// ---- a smaller row ------------------------------------------------------------------------------

static json_t *cut(const json_t *value);

static json_t *cut_array(const json_t *array)
{
    const size_t size = json_array_size(array);
    const size_t kept = size > ELEMENTS + 1 ? ELEMENTS : size;
    json_t *out = json_array();
    for (size_t i = 0; i < kept; i++)
        json_array_append_new(out, cut(json_array_get(array, i)));
    if (kept < size) {
        char *rest = vg_format("... and %zu more", size - kept);
        json_array_append_new(out, json_string(rest));
        free(rest);
    }
    return out;
}

static json_t *cut(const json_t *value)
{
    const char *key;
    json_t *member, *out;
    if (json_is_array(value))
        return cut_array(value);
    if (!json_is_object(value))
        return json_incref((json_t *) value);
    out = json_object();
    json_object_foreach((json_t *) value, key, member)
    {
        json_object_set_new(out, key, cut(member));
    }
    return out;
}

static bool is_shareable(const char *key, const json_t *value)
{
    for (int i = 0; i < SHAREABLE; i++)
        if (!strcmp(shareable[i], key))
            return json_is_object(value);
    return false;
}

// The number of the part among those that rows have in common, from 1.
static int share(struct page *p, const json_t *value)
{
    char *line = vg_json_line(value);
    const json_t *known = json_object_get(p->shared, line);
    const int number =
        known ? (int) json_integer_value(known) : (int) json_object_size(p->shared) + 1;
    if (!known)
        json_object_set_new(p->shared, line, json_integer(number));
    free(line);
    return number;
}

// ---- writing ------------------------------------------------------------------------------------

static void add_member(struct page *p, struct vg_text *t, const char *key, const json_t *value)
{
    json_t *name = json_string(key);
    char *shown = vg_json_line(name);
    vg_html_text(t, shown);
    free(shown);
    json_decref(name);
    if (!p->whole_rows && is_shareable(key, value)) {
        const int number = share(p, value);
        vg_text_add(t, ": <a href=\"#part-%d\">part %d</a>", number, number);
        return;
    }
    json_t *part = p->whole_rows ? json_incref((json_t *) value) : cut(value);
    char *line = vg_json_line(part);
    vg_text_add(t, ": ");
    vg_html_text(t, line);
    free(line);
    json_decref(part);
}

static void add_row(struct page *p, struct vg_text *t, const json_t *row)
{
    const char *key, *comma = "";
    json_t *member;
    vg_text_add(t, "{");
    json_object_foreach((json_t *) row, key, member)
    {
        vg_text_add(t, "%s\n  ", comma);
        add_member(p, t, key, member);
        comma = ",";
    }
    vg_text_add(t, "\n}");
}

static void add_where(struct vg_text *t, const struct vg_record *r)
{
    char *where = vg_format("%s:%d", r->file, r->line);
    vg_html_name(t, where);
    free(where);
}

static void add_summary(struct page *p, const struct page_entry *e)
{
    vg_text_add(p->out, "<summary>row %d, ", e->number);
    vg_html_name(p->out, e->r->name ? e->r->name : "");
    vg_text_add(p->out, " on ");
    vg_html_name(p->out, e->r->device_name ? e->r->device_name : "no device");
    vg_text_add(p->out, "</summary>");
}

// Without room a row is one line: where it is in the files.
void page_row(struct page *p, const struct page_entry *e)
{
    struct vg_text t = { 0 };
    if (p->rows_room > 0)
        add_row(p, &t, e->r->json);
    if (t.length > p->rows_room)
        vg_text_finish(&t);
    if (t.length == 0) {
        p->rows_room = 0;
        vg_text_add(p->out, "<p id=\"row-%d\">row %d: ", e->number, e->number);
        add_where(p->out, e->r);
        vg_text_add(p->out, "</p>\n");
        p->rows_left_out++;
        return;
    }
    p->rows_room -= t.length;
    vg_text_add(p->out, "<details>");
    add_summary(p, e);
    vg_text_add(p->out, "<p id=\"row-%d\">", e->number);
    add_where(p->out, e->r);
    if (e->older)
        vg_text_add(p->out, "; %s of this case on this device in these files",
                    page_count(p, e->older, "older row"));
    vg_text_add(p->out, "</p><pre>");
    vg_text_add_bytes(p->out, t.data, t.length);
    vg_text_add(p->out, "</pre></details>\n");
    vg_text_finish(&t);
}

void page_rows_end(struct page *p)
{
    const char *line;
    json_t *number;
    if (p->shared && json_object_size(p->shared) > 0) {
        page_heading(p, 2, "parts", "Parts of rows");
        vg_text_add(p->out, "<p>Written once here, where many rows have them in common.</p>\n");
        json_object_foreach(p->shared, line, number)
        {
            const long long n = json_integer_value(number);
            vg_text_add(p->out, "<details><summary>part %lld</summary><pre id=\"part-%lld\">", n,
                        n);
            vg_html_text(p->out, line);
            vg_text_add(p->out, "</pre></details>\n");
        }
    }
    json_decref(p->shared);
    p->shared = NULL;
}
