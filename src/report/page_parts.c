#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

void page_heading(struct page *p, int level, const char *target, const char *text)
{
    vg_text_add(p->out, "<h%d id=\"%s\"><a href=\"#%s\">", level, target, target);
    vg_html_name(p->out, text);
    vg_text_add(p->out, "</a></h%d>\n", level);
}

void page_missing(struct page *p, const char *why)
{
    vg_text_add(p->out, "<span class=\"missing\">missing%s", why ? ": " : "");
    if (why)
        vg_html_name(p->out, why);
    vg_text_add(p->out, "</span>");
}

const char *page_count(struct page *p, size_t n, const char *one)
{
    return vg_arena_string(p->arena, "%zu %s%s", n, one, n == 1 ? "" : "s");
}

// ---- figures ------------------------------------------------------------------------------------

void page_figure_begin(struct page *p, const char *class)
{
    vg_text_add(p->out, "<figure class=\"%s\">\n", class);
}

void page_figure_end(struct page *p, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    vg_text_add(p->out, "<figcaption>");
    vg_html_text(p->out, text);
    vg_text_add(p->out, "</figcaption></figure>\n");
}

size_t page_plot(struct page *p, struct vg_plot *plot)
{
    plot->width = VG_PLOT_WIDE;
    plot->height = 340;
    vg_plot_draw(p->out, plot);
    plot->width = VG_PLOT_NARROW;
    plot->height = 280;
    return vg_plot_draw(p->out, plot);
}

size_t page_bars(struct page *p, struct vg_plot_bars *bars, bool wide)
{
    if (wide) {
        bars->width = VG_PLOT_WIDE;
        vg_plot_draw_bars(p->out, bars);
    }
    bars->width = VG_PLOT_NARROW;
    return vg_plot_draw_bars(p->out, bars);
}

void page_device_legend(struct page *p, const struct page_case *cases, size_t count, unsigned style)
{
    size_t n = 0;
    bool *seen = vg_alloc(p->device_count, sizeof *seen);
    struct vg_plot_key *keys = vg_alloc(p->device_count, sizeof *keys);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < cases[i].count; k++)
            seen[cases[i].entries[k].device] = true;
    for (size_t d = 0; d < p->device_count; d++)
        if (seen[d])
            keys[n++] = (struct vg_plot_key) { p->devices[d].name, (int) d, style };
    if (n > 1)
        vg_plot_legend(p->out, keys, n);
    free(seen);
    free(keys);
}

// ---- tables -------------------------------------------------------------------------------------

static bool of_numbers(const char *head)
{
    return head[0] == '#';
}

static const char *head_text(const char *head)
{
    return head + of_numbers(head);
}

void page_table_begin(struct page_table *t, struct page *p, const char *caption,
                      const char *const *heads)
{
    *t = (struct page_table) { p, heads, 0 };
    vg_text_add(p->out, "<table class=\"sortable\"><caption>");
    vg_html_text(p->out, caption);
    vg_text_add(p->out, "</caption><thead><tr>");
    for (int i = 0; heads[i]; i++) {
        vg_text_add(p->out, "<th scope=\"col\"%s>", of_numbers(heads[i]) ? " class=\"n\"" : "");
        vg_html_text(p->out, head_text(heads[i]));
        vg_text_add(p->out, "</th>");
    }
    vg_text_add(p->out, "</tr></thead><tbody>\n");
}

void page_table_row(struct page_table *t, const char *target)
{
    if (target)
        vg_text_add(t->p->out, "<tr id=\"%s\">", target);
    else
        vg_text_add(t->p->out, "<tr>");
    t->at = 0;
}

void page_cell_open(struct page_table *t, double sort)
{
    const char *head = t->heads[t->at];
    vg_text_add(t->p->out, of_numbers(head) ? "<td class=\"n\" data-l=\"" : "<td data-l=\"");
    vg_html_text(t->p->out, head_text(head));
    vg_text_add(t->p->out, "\"");
    if (isfinite(sort))
        vg_text_add(t->p->out, " data-v=\"%.6g\"", sort);
    vg_text_add(t->p->out, ">");
}

void page_cell_close(struct page_table *t)
{
    t->at++;
    vg_text_add(t->p->out, t->heads[t->at] ? "</td>" : "</td></tr>\n");
}

void page_cell_name(struct page_table *t, const char *text)
{
    page_cell_open(t, NAN);
    if (text && text[0])
        vg_html_name(t->p->out, text);
    else
        page_missing(t->p, NULL);
    page_cell_close(t);
}

void page_cell_number(struct page_table *t, double value, const char *unit)
{
    char text[VG_HTML_NUMBER];
    page_cell_open(t, value);
    if (isfinite(value))
        vg_html_text(t->p->out, vg_html_quantity(text, value, unit));
    else
        page_missing(t->p, NULL);
    page_cell_close(t);
}

static void add_remark(struct page_table *t, const char *text)
{
    vg_text_add(t->p->out, " <span class=\"reason\">");
    vg_html_name(t->p->out, text);
    vg_text_add(t->p->out, "</span>");
}

// What a reader of the number must know beside it.
static void add_remarks(struct page_table *t, const struct vg_record *r)
{
    const char *planted = vg_json_text_at(r->json, "engaged.planted", NULL),
               *throttled = vg_json_text_at(r->json, "time_ns.left_out_why", NULL);
    if (planted)
        add_remark(t, vg_arena_string(t->p->arena, "slowed on purpose: %s", planted));
    if (throttled)
        add_remark(t, throttled);
    if (json_is_false(vg_json_at(r->json, "time_ns.event_clock.agrees")))
        add_remark(t, "the device's clock and the host's disagree");
}

void page_cell_state(struct page_table *t, const struct vg_record *r)
{
    static const char *const classes[PAGE_STATES] = { "ok", "unchecked", "failed", "skipped",
                                                      "skipped" };
    const enum page_state s = page_state_of(r);
    page_cell_open(t, s);
    vg_text_add(t->p->out, "<span class=\"state %s\">%s</span>", classes[s], page_state_name(s));
    if (s != PAGE_OK && r->reason && r->reason[0])
        add_remark(t, r->reason);
    add_remarks(t, r);
    page_cell_close(t);
}

void page_cell_row(struct page_table *t, const struct page_entry *e)
{
    page_cell_open(t, e->number);
    vg_text_add(t->p->out, "<a href=\"#row-%d\">row\u00a0%d</a>", e->number, e->number);
    page_cell_close(t);
}

void page_table_end(struct page_table *t)
{
    vg_text_add(t->p->out, "</tbody></table>\n");
}
