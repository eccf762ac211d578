#include <stdlib.h>
#include <string.h>

#include "report/compare.h"
#include "report/page_private.h"

enum { MOST_LINES = 500, MOST_BARS = 40 };

// What must be looked at comes first.
static int weight(const struct vg_comparison *c)
{
    static const int order[VG_VERDICTS] = {
        [VG_WORSE] = 0,          [VG_SLOWER] = 1, [VG_AMBIGUOUS] = 2, [VG_ENVIRONMENT] = 3,
        [VG_NOT_COMPARABLE] = 4, [VG_FASTER] = 5, [VG_MISSING] = 6,   [VG_NEW] = 7,
        [VG_SAME] = 8,
    };
    return c->accepted ? 5 : order[c->verdict];
}

// Of one weight, the order they had.
static int by_weight(const void *a, const void *b)
{
    const struct vg_comparison *left = *(const struct vg_comparison *const *) a,
                               *right = *(const struct vg_comparison *const *) b;
    const int order = weight(left) - weight(right);
    return order ? order : (left > right) - (left < right);
}

static const struct vg_record *row_of(const struct vg_comparison *c)
{
    return c->now.row ? c->now.row : c->base.row;
}

static const char *text_or(const char *s, const char *otherwise)
{
    return s && s[0] ? s : otherwise;
}

// ---- changes of time ----------------------------------------------------------------------------

static double percent(double ratio)
{
    return 100 * (ratio - 1);
}

static struct vg_plot_bar bar_of(struct page *p, const struct vg_comparison *c)
{
    struct vg_text change = { 0 };
    const struct vg_record *r = row_of(c);
    vg_comparison_change(&c->time, &change);
    struct vg_plot_bar b = {
        .label = p->device_count > 1
                     ? vg_arena_string(p->arena, "%s, %s", text_or(r->name, "(no name)"),
                                       text_or(r->device_name, "(no device)"))
                     : text_or(r->name, "(no name)"),
        .value = percent(c->time.ratio),
        .low = c->time.known ? percent(c->time.low) : NAN,
        .high = c->time.known ? percent(c->time.high) : NAN,
        .words = vg_arena_string(p->arena, "%s: %s", vg_verdict_name(c->verdict),
                                 vg_text_string(&change)),
        .color = c->verdict == VG_SLOWER   ? 1
                 : c->verdict == VG_FASTER ? 2
                                           : 6,
    };
    vg_text_finish(&change);
    return b;
}

static void add_plot(struct page *p, const struct vg_comparison *const *list, size_t count)
{
    struct vg_plot_bar *bars = vg_alloc(MOST_BARS, sizeof *bars);
    size_t n = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(list[i]->time.ratio))
            continue;
        all++;
        if (n < MOST_BARS)
            bars[n++] = bar_of(p, list[i]);
    }
    struct vg_plot_bars plot = {
        .title = vg_arena_string(p->arena, "Change of time against the baseline, %zu cases", n),
        .axis = { .label = "change of time", .unit = "%" },
        .bars = bars,
        .count = n,
        .marks = true,
    };
    if (n > 0) {
        page_figure_begin(p, "overview");
        page_bars(p, &plot, true);
        page_figure_end(p,
                        "New over baseline, with the interval of the ratio of medians; right of "
                        "0 is slower.%s",
                        all > n ? vg_arena_string(p->arena, " The first %zu of %zu.", n, all) : "");
    }
    free(bars);
}

// ---- the table ----------------------------------------------------------------------------------

static const struct page_entry *entry_of(const struct page *p, const struct vg_record *r)
{
    for (size_t i = 0; i < p->entry_count; i++)
        if (p->entries[i].r == r)
            return &p->entries[i];
    return NULL;
}

static void add_verdict(struct page_table *t, const struct vg_comparison *c)
{
    const bool bad = c->verdict == VG_SLOWER || c->verdict == VG_WORSE;
    const bool good = c->verdict == VG_SAME || c->verdict == VG_FASTER || c->verdict == VG_NEW;
    page_cell_open(t, weight(c));
    vg_text_add(t->p->out, "<span class=\"state %s\">%s%s</span>",
                c->accepted ? "skipped"
                : bad       ? "failed"
                : good      ? "ok"
                            : "unchecked",
                vg_verdict_name(c->verdict), c->accepted ? ", accepted" : "");
    page_cell_close(t);
}

static void add_rows_of(struct page_table *t, const struct vg_comparison *c, int number)
{
    const struct page_entry *now = c->now.row ? entry_of(t->p, c->now.row) : NULL;
    page_cell_open(t, NAN);
    if (c->base.row)
        vg_text_add(t->p->out, "<a href=\"#row-%d\">base</a> ", number);
    if (now)
        vg_text_add(t->p->out, "<a href=\"#row-%d\">new</a>", now->number);
    page_cell_close(t);
}

static void add_line(struct page_table *t, const struct vg_comparison *c, int number)
{
    const struct vg_record *r = row_of(c);
    struct vg_text change = { 0 };
    page_table_row(t, NULL);
    page_cell_name(t, r->name);
    add_verdict(t, c);
    page_cell_name(t, text_or(r->device_name, r->device_id));
    page_cell_number(t, c->base.median_ns, "ns");
    page_cell_number(t, c->now.median_ns, "ns");
    vg_comparison_change(&c->time, &change);
    page_cell_open(t, percent(c->time.ratio));
    if (change.length)
        vg_html_text(t->p->out, change.data);
    else
        page_missing(t->p, NULL);
    page_cell_close(t);
    page_cell_open(t, NAN);
    vg_html_name(t->p->out, c->reason);
    page_cell_close(t);
    add_rows_of(t, c, number);
    vg_text_finish(&change);
}

static void add_table(struct page *p, const struct vg_comparison *const *list, size_t count)
{
    static const char *const heads[] = { "case",  "verdict", "device",
                                         "#base", "#new",    "#change of time",
                                         "why",   "rows",    NULL };
    struct page_table t;
    const int number = (int) p->entry_count + 1;
    page_table_begin(&t, p, "Cases against the baseline", heads);
    for (size_t i = 0; i < count; i++)
        add_line(&t, list[i], number + (int) i);
    page_table_end(&t);
    vg_text_add(p->out, "<details class=\"rows\"><summary>Rows of the baseline</summary>\n");
    for (size_t i = 0; i < count; i++)
        if (list[i]->base.row)
            page_row(p,
                     &(struct page_entry) { .r = list[i]->base.row, .number = number + (int) i });
    vg_text_add(p->out, "</details>\n");
}

void page_baseline(struct page *p)
{
    const struct vg_compared *c = p->how->compared;
    struct vg_text counts = { 0 };
    if (!c)
        return;
    const struct vg_comparison **list = vg_alloc(c->count + 1, sizeof *list);
    for (size_t i = 0; i < c->count; i++)
        list[i] = &c->list[i];
    qsort(list, c->count, sizeof *list, by_weight);
    const size_t shown = c->count < MOST_LINES ? c->count : MOST_LINES;
    page_heading(p, 2, "baseline", "Against the baseline");
    vg_compared_counts(c, &counts);
    vg_text_add(p->out, "<p>");
    vg_html_text(p->out, vg_text_string(&counts));
    vg_text_add(p->out, ".</p>\n");
    add_plot(p, list, shown);
    add_table(p, list, shown);
    if (shown < c->count)
        vg_text_add(p->out, "<p class=\"note\">%s more, none of a graver verdict.</p>\n",
                    page_count(p, c->count - shown, "case"));
    vg_text_finish(&counts);
    free(list);
}
