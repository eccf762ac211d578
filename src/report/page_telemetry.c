#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

enum { MOST_CASES = 40, MOST_DEVICES = 8 };

static const struct quantity {
    const char *path, *label, *unit;
} quantities[] = {
    { "telemetry.clock_mhz", "clock", "MHz" },
    { "telemetry.temperature_c", "temperature", "\u00b0C" },
    { "telemetry.power_w", "power", "W" },
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

// ---- series -------------------------------------------------------------------------------------

// Of the samples that telemetry has, which may begin behind those of an interrupted run; NULL if
// they are not known one by one.
static const double *times_each(const struct vg_record *r, size_t n)
{
    const json_int_t first = json_integer_value(vg_json_at(r->json, "telemetry.first_sample"));
    if (first < 0 || (r->walls != n + (size_t) first && r->samples != n + (size_t) first))
        return NULL;
    return (r->walls == n + (size_t) first ? r->wall_ns : r->samples_ns) + first;
}

static double sum(const double *x, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += x[i];
    return all;
}

// Whether time can be the axis: known of all, and no device so slow that the others vanish.
static bool by_time(const struct page_case *c, const struct quantity *q)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct vg_record *r = c->entries[i].r;
        const size_t n = json_array_size(vg_json_at(r->json, q->path));
        const double *each = times_each(r, n);
        if (n == 0)
            continue;
        if (!each)
            return false;
        least = fmin(least, sum(each, n));
        most = fmax(most, sum(each, n));
    }
    return least > 0 && most < 4 * least;
}

// When each sample ended, counted from the first one's begin; or its number.
static double *times_of(struct page *p, const struct vg_record *r, size_t n, bool number)
{
    double *x = vg_arena_alloc(p->arena, n * sizeof *x), at = 0;
    const double *each = number ? NULL : times_each(r, n);
    for (size_t i = 0; i < n; i++) {
        at += each ? each[i] : 1;
        x[i] = at;
    }
    return x;
}

static double *values_of(struct page *p, const json_t *array, size_t n)
{
    double *y = vg_arena_alloc(p->arena, n * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(array, i);
        y[i] = json_is_number(one) ? json_number_value(one) : NAN;
    }
    return y;
}

struct panel {
    struct vg_plot_series series[2 * MOST_DEVICES];
    struct vg_plot_key keys[MOST_DEVICES];
    size_t count, devices, throttled;
    bool by_number;
};

// Marked samples again, as marks on the line.
static void add_throttled(struct page *p, struct panel *t, const struct vg_record *r, size_t n,
                          const struct vg_plot_series *line)
{
    const json_t *marked = vg_json_at(r->json, "telemetry.throttled");
    const size_t count = json_array_size(marked);
    double *x = vg_arena_alloc(p->arena, 2 * (count + 1) * sizeof *x), *y = x + count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const json_int_t at = json_integer_value(json_array_get(marked, i));
        if (at < 0 || (size_t) at >= n)
            continue;
        x[kept] = line->x[at];
        y[kept++] = line->y[at];
    }
    if (kept == 0)
        return;
    t->throttled += kept;
    t->series[t->count++] =
        (struct vg_plot_series) { NULL, line->color, VG_PLOT_MARKS, kept, x,
                                  y,    NULL,        NULL,          NULL, NULL };
}

static void add_entry(struct page *p, struct panel *t, const struct page_entry *e,
                      const struct quantity *q)
{
    const json_t *array = vg_json_at(e->r->json, q->path);
    const size_t n = json_array_size(array);
    if (n == 0 || t->devices == MOST_DEVICES)
        return;
    struct vg_plot_series *s = &t->series[t->count++];
    *s = (struct vg_plot_series) {
        .name = p->devices[e->device].name,
        .color = e->device,
        .count = n,
        .style = n > 1 ? VG_PLOT_LINE | VG_PLOT_DASHED : VG_PLOT_MARKS,
        .x = times_of(p, e->r, n, t->by_number),
        .y = values_of(p, array, n),
    };
    t->keys[t->devices++] = (struct vg_plot_key) { s->name, s->color, s->style };
    add_throttled(p, t, e->r, n, s);
}

// ---- figures ------------------------------------------------------------------------------------

static void add_panel(struct page *p, const struct page_case *c, const struct quantity *q)
{
    struct panel t = { .by_number = !by_time(c, q) };
    for (size_t i = 0; i < c->count; i++)
        add_entry(p, &t, &c->entries[i], q);
    if (t.count == 0)
        return;
    struct vg_plot plot = {
        .title = vg_arena_string(p->arena, "%s during %s", q->label, c->label),
        .x = { .label = t.by_number ? "sample" : "time measured",
               .unit = t.by_number ? "" : "ns",
               .zero = true },
        .y = { .label = q->label, .unit = q->unit },
        .series = t.series,
        .count = t.count,
        .width = VG_PLOT_NARROW,
        .height = 230,
    };
    page_figure_begin(p, "case");
    vg_text_add(p->out, "<h3>%s, <a href=\"#%s\">", q->label, c->target);
    vg_html_name(p->out, c->label);
    vg_text_add(p->out, "</a></h3>\n");
    vg_plot_draw(p->out, &plot);
    vg_plot_legend(p->out, t.keys, t.devices);
    page_figure_end(p, "%s%s",
                    t.by_number ? "By the number of the sample." : "Samples one behind the other.",
                    t.throttled ? vg_arena_string(p->arena, " Marks: %s under a throttled clock.",
                                                  page_count(p, t.throttled, "sample"))
                                : "");
}

static bool has_any(const struct page_case *c)
{
    for (size_t i = 0; i < c->count; i++)
        for (int q = 0; q < QUANTITIES; q++)
            if (json_array_size(vg_json_at(c->entries[i].r->json, quantities[q].path)) > 0)
                return true;
    return false;
}

void page_telemetry(struct page *p)
{
    size_t shown = 0, beyond = 0;
    for (size_t i = 0; i < p->case_count; i++) {
        if (!has_any(&p->cases[i]))
            continue;
        if (shown == MOST_CASES) {
            beyond++;
            continue;
        }
        if (shown++ == 0) {
            page_heading(p, 2, "telemetry", "Telemetry");
            vg_text_add(p->out, "<div class=\"cases\">\n");
        }
        for (int q = 0; q < QUANTITIES; q++)
            add_panel(p, &p->cases[i], &quantities[q]);
    }
    if (shown)
        vg_text_add(p->out, "</div>\n");
    if (beyond)
        vg_text_add(p->out, "<p class=\"note\">%s more have telemetry; this page draws %d.</p>\n",
                    page_count(p, beyond, "case"), MOST_CASES);
}
