#include "report/page.h"

#include <string.h>

#include "report/page_files.h"
#include "report/page_private.h"

// What keeps a page of many rows below 10 MB: a case on a device takes about ENTRY_BYTES in tables,
// and of what they leave pictures and rows have a third each, plots of single cases a sixth.
enum { PAGE_BYTES = 9500000, ENTRY_BYTES = 650 };

static void add_head(struct page *p)
{
    vg_text_add(p->out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
                "<link rel=\"icon\" href=\"data:,\">\n<title>");
    vg_html_text(p->out, p->how->title ? p->how->title : "visage");
    vg_text_add(p->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", vg_page_css);
}

// ---- what is here -------------------------------------------------------------------------------

static void add_states(struct page *p)
{
    static const char *const classes[PAGE_STATES] = { "ok", "unchecked", "failed", "skipped",
                                                      "skipped" };
    size_t count[PAGE_STATES] = { 0 };
    for (size_t i = 0; i < p->entry_count; i++)
        count[page_state_of(p->entries[i].r)]++;
    vg_text_add(p->out, "<p class=\"states\">");
    for (int s = 0; s < PAGE_STATES; s++)
        if (count[s])
            vg_text_add(p->out, "<span class=\"state %s\">%zu %s</span> ", classes[s], count[s],
                        page_state_name(s));
    vg_text_add(p->out, "</p>\n");
}

static size_t wrong_digests(const struct vg_rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->count; i++)
        n += vg_record_digest(&rows->list[i]) == VG_RECORD_DIGEST_WRONG;
    return n;
}

static void add_summary(struct page *p)
{
    const struct vg_rows *rows = p->how->rows;
    const size_t older = rows->count - p->entry_count - p->dropped, wrong = wrong_digests(rows);
    vg_text_add(p->out, "<p>%s on %s, ", page_count(p, p->case_count, "case"),
                page_count(p, p->device_count, "device"));
    vg_text_add(p->out, "from %s. Made at %s.", page_count(p, rows->count, "row"),
                p->how->now ? p->how->now : "an unknown time");
    if (older)
        vg_text_add(p->out, " The newest row of each case on each device is shown; %s not.",
                    page_count(p, older, "older row"));
    if (p->dropped)
        vg_text_add(p->out, " <strong>%s left out, since the page would grow too large.</strong>",
                    page_count(p, p->dropped, "row"));
    if (rows->skipped)
        vg_text_add(p->out, " <strong>%s could not be read.</strong>",
                    page_count(p, rows->skipped, "line"));
    if (wrong)
        vg_text_add(p->out, " <strong>%s changed after it was written.</strong>",
                    page_count(p, wrong, "row"));
    vg_text_add(p->out, "</p>\n");
    add_states(p);
}

// Links to the sections that follow, found in what they have written.
static void add_contents(struct page *p, const char *sections)
{
    vg_text_add(p->out, "<nav aria-label=\"Sections\"><ul>\n");
    for (const char *at = sections; (at = strstr(at, "<h2 id=\""));) {
        at += strlen("<h2 id=\"");
        const char *text = strchr(at, '>'), *end = text ? strstr(text, "</h2>") : NULL;
        text = text ? strchr(text, '<') : NULL;
        if (!end || !text)
            break;
        vg_text_add(p->out, "<li>");
        vg_text_add_bytes(p->out, text, (size_t) (end - text));
        vg_text_add(p->out, "</li>\n");
        at = end;
    }
    vg_text_add(p->out, "</ul></nav>\n");
}

static void add_left_out(struct page *p)
{
    if (p->plots_left_out)
        vg_text_add(p->out,
                    "<p class=\"note\">%s without a plot of its own, to keep this page "
                    "small; all are in the tables.</p>\n",
                    page_count(p, p->plots_left_out, "case"));
    if (!p->whole_rows)
        vg_text_add(p->out,
                    "<p class=\"note\">There are too many rows for one page: long lists in "
                    "them are cut, parts in common are written once at the end%s.</p>\n",
                    p->rows_left_out
                        ? vg_arena_string(p->arena, ", and %zu are named by file and line only",
                                          p->rows_left_out)
                        : "");
}

static const char reading[] =
    "<h2 id=\"reading\"><a href=\"#reading\">How to read this</a></h2>\n"
    "<p>Times are medians; an interval holds the median of what the samples were drawn from with "
    "the row's confidence, and says nothing of differences between machines or days. Two intervals "
    "that part are a hint: <code>visage compare</code> decides. <span class=\"missing\">missing"
    "</span> is a value that the row does not have, <span class=\"state unchecked\">not checked"
    "</span> one whose answer nobody compared; a bar that is an outline is of a row that is not "
    "ok. Of a roofline, the roof is what this device reached in "
    "the ceilings' own kernels, not a vendor's figure. Times on a logarithmic axis are marks, "
    "since "
    "lengths say nothing there. Tables sort by the buttons in their heads.</p>\n";

static void add_sections(struct page *p)
{
    page_rows_begin(p);
    page_baseline(p);
    page_roofline(p);
    page_curves(p);
    page_accuracy(p);
    page_pictures(p);
    page_stacks(p);
    page_telemetry(p);
    page_suites(p);
    page_devices(p);
    vg_text_add(p->out, "%s", reading);
    add_left_out(p);
    page_rows_end(p);
}

void vg_page_write(struct vg_text *out, const struct vg_page *how)
{
    struct vg_text sections = { 0 };
    struct page p = { .out = &sections, .how = how, .arena = vg_arena_create() };
    page_sort(&p);
    const size_t room = PAGE_BYTES - p.entry_count * ENTRY_BYTES;
    p.rows_room = p.pictures_room = room / 3;
    p.plots_room = room / 6;
    add_sections(&p);
    p.out = out;
    add_head(&p);
    vg_text_add(out, "<header><h1>");
    vg_html_name(out, how->title ? how->title : "visage");
    vg_text_add(out, "</h1>\n");
    add_summary(&p);
    add_contents(&p, vg_text_string(&sections));
    vg_text_add(out, "</header>\n<main>\n");
    vg_text_add_bytes(out, sections.data, sections.length);
    vg_text_add(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", vg_page_js);
    vg_text_finish(&sections);
    page_finish(&p);
    vg_arena_destroy(&p.arena);
}
