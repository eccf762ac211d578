#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

enum { MOST_PLOTS = 40, MOST_BARS = 40, MOST_CELLS = 3000 };

// ---- what was learned, beside what random weights give ------------------------------------------

static bool is_evaluated(const struct vg_record *r)
{
    return isfinite(vg_json_real_at(r->json, "accuracy.accuracy", NAN));
}

static size_t add_bars(struct page *p, const struct page_case *c, struct vg_plot_bar *bars)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count && n + 2 <= MOST_BARS; i++) {
        const struct page_entry *e = &c->entries[i];
        const char *device = p->devices[e->device].name;
        const bool ok = page_state_of(e->r) == PAGE_OK;
        if (!is_evaluated(e->r))
            continue;
        const double own = vg_json_real_at(e->r->json, "accuracy.accuracy", NAN),
                     random = vg_json_real_at(e->r->json, "accuracy.random_accuracy", NAN);
        bars[n++] = (struct vg_plot_bar) {
            .label = device,
            .value = 100 * own,
            .low = NAN,
            .high = NAN,
            .color = e->device,
            .hollow = !ok,
            .words = ok ? NULL : page_state_name(page_state_of(e->r)),
        };
        if (isfinite(random))
            bars[n++] = (struct vg_plot_bar) {
                .label = vg_arena_string(p->arena, "%s, random weights", device),
                .value = 100 * random,
                .low = NAN,
                .high = NAN,
                .color = e->device,
                .hollow = true,
            };
    }
    return n;
}

static bool add_figure(struct page *p, const struct page_case *c)
{
    struct vg_plot_bar *bars = vg_alloc(MOST_BARS, sizeof *bars);
    struct vg_plot_bars plot = {
        .title = vg_arena_string(p->arena, "Accuracy of %s", c->label),
        .axis = { .label = "accuracy", .unit = "%" },
        .bars = bars,
        .count = add_bars(p, c, bars),
    };
    if (plot.count > 0) {
        page_figure_begin(p, "case");
        vg_text_add(p->out, "<h3><a href=\"#%s\">", c->target);
        vg_html_name(p->out, c->label);
        vg_text_add(p->out, "</a></h3>\n");
        page_bars(p, &plot, false);
        page_figure_end(p, "Test images; an outline is the same task on random weights. One run: "
                           "rows of several seeds are cases of their own.");
    }
    free(bars);
    return plot.count > 0;
}

static void add_figures(struct page *p)
{
    size_t shown = 0;
    vg_text_add(p->out, "<div class=\"cases\">\n");
    for (size_t i = 0; i < p->case_count && shown < MOST_PLOTS; i++)
        shown += add_figure(p, &p->cases[i]);
    vg_text_add(p->out, "</div>\n");
}

// ---- every figure of merit ----------------------------------------------------------------------

static size_t add_metrics(struct page_table *t, const struct page_case *c,
                          const struct page_entry *e, size_t room)
{
    const char *name;
    json_t *value;
    size_t n = 0;
    json_object_foreach((json_t *) e->r->accuracy, name, value)
    {
        if (n == room)
            return n;
        page_table_row(t, NULL);
        page_cell_name(t, c->label);
        page_cell_name(t, t->p->devices[e->device].name);
        page_cell_name(t, name);
        page_cell_number(t, json_is_number(value) ? json_number_value(value) : NAN, "");
        page_cell_row(t, e);
        n++;
    }
    return n;
}

static void add_table(struct page *p)
{
    static const char *const heads[] = { "case", "device", "metric", "#value", "row", NULL };
    struct page_table t;
    size_t room = MOST_CELLS;
    vg_text_add(p->out, "<details><summary>All metrics</summary>\n");
    page_table_begin(&t, p, "Metrics as the rows have them", heads);
    for (size_t i = 0; i < p->case_count; i++)
        for (size_t k = 0; k < p->cases[i].count; k++)
            room -= add_metrics(&t, &p->cases[i], &p->cases[i].entries[k], room);
    page_table_end(&t);
    if (room == 0)
        vg_text_add(p->out, "<p class=\"note\">The first %d; the rest is in the rows.</p>\n",
                    MOST_CELLS);
    vg_text_add(p->out, "</details>\n");
}

void page_accuracy(struct page *p)
{
    bool any = false;
    for (size_t i = 0; i < p->entry_count; i++)
        any |= json_object_size(p->entries[i].r->accuracy) > 0;
    if (!any)
        return;
    page_heading(p, 2, "accuracy", "Accuracy");
    add_figures(p);
    add_table(p);
}
