#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

enum { MOST_CASES = 30, MOST_BARS = 40 };   // of one plot

static const char interval_note[] =
    "Median of the samples and, as whiskers, the row's interval of the median (95 % where the row "
    "has at least 6 samples).";

// ---- a bar --------------------------------------------------------------------------------------

// What a bar says at its end: the value, and what must be known beside it.
static const char *words_of(struct page *p, const struct vg_record *r, double value,
                            const char *unit)
{
    char text[VG_HTML_NUMBER];
    const enum page_state state = page_state_of(r);
    if (!isfinite(value))
        return state == PAGE_OK ? "missing" : page_state_name(state);
    vg_html_quantity(text, value, unit);
    return state == PAGE_OK ? vg_arena_string(p->arena, "%s", text)
                            : vg_arena_string(p->arena, "%s, %s", text, page_state_name(state));
}

static struct vg_plot_bar bar_of(struct page *p, const struct page_entry *e, bool time)
{
    const struct vg_record *r = e->r;
    const double value = time ? page_time(r) : r->throughput;
    return (struct vg_plot_bar) {
        .label = p->devices[e->device].name,
        .value = value,
        .low = time ? r->low_ns : NAN,
        .high = time ? r->high_ns : NAN,
        .words = words_of(p, r, value,
                          time                 ? "ns"
                          : r->throughput_unit ? r->throughput_unit
                                               : ""),
        .color = e->device,
        .hollow = page_state_of(r) != PAGE_OK,
    };
}

// Lengths say something up to here; beyond it the shortest bar cannot be seen.
static bool far_apart(const struct vg_plot_bar *bars, size_t count)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(bars[i].value) || bars[i].value <= 0)
            continue;
        low = fmin(low, bars[i].value);
        high = fmax(high, bars[i].value);
    }
    return high > 50 * low;
}

// ---- one case, its devices side by side ---------------------------------------------------------

static bool any_time(const struct page_case *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (page_timed(c->entries[i].r))
            return true;
    return false;
}

// One unit for all, or none of the throughputs can stand beside another.
static const char *common_unit(const struct page_case *c)
{
    const char *unit = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const struct vg_record *r = c->entries[i].r;
        if (!isfinite(r->throughput) || !r->throughput_unit)
            continue;
        if (unit && strcmp(unit, r->throughput_unit) != 0)
            return NULL;
        unit = r->throughput_unit;
    }
    return unit;
}

static bool is_plotted(const struct page_case *c)
{
    return c->count > 1 && (any_time(c) || common_unit(c));
}

static const char *work_of(const struct page_case *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->entries[i].r->unit_of_work)
            return c->entries[i].r->unit_of_work;
    return NULL;
}

static void add_case_plot(struct page *p, const struct page_case *c)
{
    const bool time = any_time(c);
    const size_t count = c->count < MOST_BARS ? c->count : MOST_BARS;
    struct vg_plot_bar *bars = vg_alloc(count, sizeof *bars);
    for (size_t i = 0; i < count; i++)
        bars[i] = bar_of(p, &c->entries[i], time);
    struct vg_plot_bars plot = {
        .title = vg_arena_string(p->arena, "%s: %s on %zu devices", page_label(c),
                                 time ? "time" : "throughput", count),
        .axis = { .label = time ? "time, median" : "throughput",
                  .unit = time ? "ns" : common_unit(c),
                  .log = far_apart(bars, count) },
        .bars = bars,
        .count = count,
    };
    page_figure_begin(p, "case");
    vg_text_add(p->out, "<h3 id=\"%s\"><a href=\"#%s\">", c->target, c->target);
    vg_html_name(p->out, page_label(c));
    vg_text_add(p->out, "</a></h3>\n");
    page_bars(p, &plot, false);
    page_figure_end(p, "%s%s%s%s",
                    work_of(c) ? work_of(c)
                    : time     ? ""
                               : "Throughput",
                    plot.axis.log ? "; logarithmic, so no bars" : "",
                    c->count > count ? "; further devices are in the table" : "",
                    time && !work_of(c) ? "Time" : "");
    free(bars);
}

// How many of the cases have a plot: the first ones that can.
static size_t add_case_plots(struct page *p, const struct page_suite *s)
{
    size_t plotted = 0;
    vg_text_add(p->out, "<div class=\"cases\">\n");
    for (size_t i = 0; i < s->count; i++) {
        if (!is_plotted(&s->cases[i]))
            continue;
        const size_t before = p->out->length;
        if (p->plots_room == 0) {
            p->plots_left_out++;
            continue;
        }
        add_case_plot(p, &s->cases[i]);
        const size_t bytes = p->out->length - before;
        p->plots_room -= bytes < p->plots_room ? bytes : p->plots_room;
        plotted++;
    }
    vg_text_add(p->out, "</div>\n");
    return plotted;
}

// ---- all cases at a glance ----------------------------------------------------------------------

static size_t timed_cases(const struct page_suite *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += any_time(&s->cases[i]);
    return n;
}

static size_t add_case_bars(struct page *p, const struct page_case *c, struct vg_plot_bar *bars)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count && i < MOST_BARS; i++) {
        struct vg_plot_bar *b = &bars[n++];
        *b = bar_of(p, &c->entries[i], true);
        b->close = i > 0;
        b->label = page_label(c);
        b->target = c->target;
        if (c->count > 1)
            b->words = "";
    }
    return n;
}

static void add_overview(struct page *p, const struct page_suite *s)
{
    size_t n = 0, shown = 0;
    struct vg_plot_bar *bars = vg_alloc(MOST_CASES * MOST_BARS, sizeof *bars);
    for (size_t i = 0; i < s->count && shown < MOST_CASES; i++)
        if (any_time(&s->cases[i])) {
            n += add_case_bars(p, &s->cases[i], bars + n);
            shown++;
        }
    struct vg_plot_bars plot = {
        .title = vg_arena_string(p->arena, "%s: time of %zu cases", s->name, shown),
        .axis = { .label = "time, median, logarithmic", .unit = "ns", .log = true },
        .bars = bars,
        .count = n,
    };
    const size_t all = timed_cases(s);
    page_figure_begin(p, "overview");
    page_bars(p, &plot, true);
    page_device_legend(p, s->cases, s->count, VG_PLOT_MARKS);
    page_figure_end(p, "%s%s", interval_note,
                    shown < all ? vg_arena_string(p->arena,
                                                  " The first %zu of %zu timed cases; all are in "
                                                  "the table.",
                                                  shown, all)
                                : "");
    free(bars);
}

// ---- the table ----------------------------------------------------------------------------------

enum { CASE, DEVICE, TIME, INTERVAL, THROUGHPUT, ROOFLINE, LOSS, ACCURACY, STATE, ROW, COLUMNS };

static const char *const column_heads[COLUMNS] = {
    "case",         "device",     "#time",     "#interval", "#throughput",
    "#of roofline", "#last loss", "#accuracy", "check",     "row",
};

static double column_value(const struct vg_record *r, int column)
{
    switch (column) {
    case TIME:
    case INTERVAL: return page_time(r);
    case ROOFLINE: return vg_json_real_at(r->json, "ceiling.percent_of_roofline", NAN);
    case LOSS: return r->last_loss;
    case ACCURACY: return vg_json_real_at(r->json, "accuracy.accuracy", NAN);
    default: return r->throughput;
    }
}

// A column that no row of the suite fills is left out.
static bool is_filled(const struct page_suite *s, int column)
{
    if (column < TIME || column > ACCURACY || column == THROUGHPUT)
        return true;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->cases[i].count; k++)
            if (isfinite(column_value(s->cases[i].entries[k].r, column)))
                return true;
    return false;
}

static void add_name(struct page_table *t, const struct page_case *c)
{
    page_cell_open(t, NAN);
    vg_text_add(t->p->out, "<a href=\"#%s\">", c->target);
    vg_html_name(t->p->out, page_label(c));
    vg_text_add(t->p->out, "</a>");
    page_cell_close(t);
}

static void add_interval(struct page_table *t, const struct vg_record *r)
{
    char low[VG_HTML_NUMBER], high[VG_HTML_NUMBER];
    const double half = 50 * (r->high_ns - r->low_ns) / page_time(r);
    page_cell_open(t, half);
    if (isfinite(half)) {
        vg_html_text(t->p->out, vg_html_quantity(low, r->low_ns, "ns"));
        vg_text_add(t->p->out, " \u2013 ");
        vg_html_text(t->p->out, vg_html_quantity(high, r->high_ns, "ns"));
        vg_text_add(t->p->out, " <small>(\u00b1%.1f\u00a0%%)</small>", half);
    } else {
        page_missing(t->p, NULL);
    }
    page_cell_close(t);
}

static void add_cell(struct page_table *t, const struct page_case *c, const struct page_entry *e,
                     int column)
{
    const struct vg_record *r = e->r;
    switch (column) {
    case CASE: add_name(t, c); break;
    case DEVICE: page_cell_name(t, t->p->devices[e->device].name); break;
    case TIME: page_cell_number(t, page_time(r), "ns"); break;
    case INTERVAL: add_interval(t, r); break;
    case THROUGHPUT:
        page_cell_number(t, r->throughput, r->throughput_unit ? r->throughput_unit : "");
        break;
    case ROOFLINE: page_cell_number(t, column_value(r, ROOFLINE), "%"); break;
    case STATE: page_cell_state(t, r); break;
    case ROW: page_cell_row(t, e); break;
    default: page_cell_number(t, column_value(r, column), ""); break;
    }
}

static void add_table(struct page *p, const struct page_suite *s, size_t plotted)
{
    struct page_table t;
    int shown[COLUMNS], n = 0;
    const char *heads[COLUMNS + 1] = { NULL };
    for (int i = 0; i < COLUMNS; i++)
        if (is_filled(s, i)) {
            heads[n] = column_heads[i];
            shown[n++] = i;
        }
    page_table_begin(&t, p, vg_arena_string(p->arena, "Cases of %s", s->name), heads);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->cases[i].count; k++) {
            const struct page_case *c = &s->cases[i];
            const bool has_plot = is_plotted(c) && plotted > 0;
            page_table_row(&t, k == 0 && !has_plot ? c->target : NULL);
            if (k + 1 == c->count && is_plotted(c) && plotted > 0)
                plotted--;
            for (int at = 0; at < n; at++)
                add_cell(&t, c, &c->entries[k], shown[at]);
        }
    page_table_end(&t);
}

// ---- the section --------------------------------------------------------------------------------

static void add_rows(struct page *p, const struct page_suite *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->cases[i].count;
    vg_text_add(p->out, "<details class=\"rows\"><summary>%s of ", page_count(p, n, "row"));
    vg_html_name(p->out, s->name);
    vg_text_add(p->out, "</summary>\n");
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->cases[i].count; k++)
            page_row(p, &s->cases[i].entries[k]);
    vg_text_add(p->out, "</details>\n");
}

void page_suites(struct page *p)
{
    for (size_t i = 0; i < p->suite_count; i++) {
        const struct page_suite *s = &p->suites[i];
        vg_text_add(p->out, "<section>\n");
        page_heading(p, 2, s->target, s->name[0] ? s->name : "(no suite)");
        if (timed_cases(s) > 1)
            add_overview(p, s);
        const size_t plotted = add_case_plots(p, s);
        add_table(p, s, plotted);
        add_rows(p, s);
        vg_text_add(p->out, "</section>\n");
    }
}
