#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

enum { MOST_SERIES = 40, MOST_POINTS = 1500, MOST_DEVICES = 12, ROOF = 2 };

struct roofline {
    struct page *p;
    const struct page_device *device;
    double gflops, gbps;   // measured ceilings, of the newest row that has them
    struct vg_plot_series series[MOST_SERIES + ROOF];
    struct vg_plot_key keys[MOST_SERIES + ROOF];
    size_t count, points, most, beyond, without, wrong, above;
};

static double intensity(const struct vg_record *r)
{
    return vg_json_real_at(r->json, "cost.flops", NAN) /
           vg_json_real_at(r->json, "cost.bytes", NAN);
}

// FLOP/ns is GFLOP/s.
static double rate(const struct vg_record *r, double ns)
{
    return vg_json_real_at(r->json, "cost.flops", NAN) / ns;
}

static bool is_point(const struct vg_record *r)
{
    const double x = intensity(r), y = rate(r, page_time(r));
    return isfinite(x) && isfinite(y) && x > 0 && y > 0;
}

static bool is_here(const struct roofline *f, const struct page_entry *e)
{
    return &f->p->devices[e->device] == f->device;
}

// ---- ceilings -----------------------------------------------------------------------------------

static void find_ceilings(struct roofline *f)
{
    int64_t newest = INT64_MIN;
    f->gflops = f->gbps = NAN;
    for (size_t i = 0; i < f->p->entry_count; i++) {
        const struct page_entry *e = &f->p->entries[i];
        const double gflops = vg_json_real_at(e->r->json, "ceiling.gflops", NAN),
                     gbps = vg_json_real_at(e->r->json, "ceiling.gbps", NAN);
        if (!is_here(f, e) || !(gflops > 0) || !(gbps > 0) || e->r->seconds < newest)
            continue;
        newest = e->r->seconds;
        f->gflops = gflops;
        f->gbps = gbps;
    }
}

static double roof(const struct roofline *f, double x)
{
    return fmin(f->gflops, f->gbps * x);
}

// Up the slope to the ridge, then level, a decade beyond the points on either side.
static void add_roof(struct roofline *f)
{
    double low = f->gflops / f->gbps, high = low;
    for (size_t i = 0; i < f->count; i++)
        for (size_t k = 0; k < f->series[i].count; k++) {
            low = fmin(low, f->series[i].x[k]);
            high = fmax(high, f->series[i].x[k]);
        }
    const double at[3] = { low / 2, f->gflops / f->gbps, high * 2 };
    const double up[3] = { roof(f, at[0]), f->gflops, roof(f, at[2]) };
    f->series[f->count] = (struct vg_plot_series) {
        .style = VG_PLOT_BOUND,
        .count = 3,
        .x = vg_arena_copy(f->p->arena, at, sizeof at),
        .y = vg_arena_copy(f->p->arena, up, sizeof up),
    };
    f->keys[f->count++] = (struct vg_plot_key) { "measured ceilings", 0, VG_PLOT_BOUND };
}

// ---- points: a series an operator ---------------------------------------------------------------

static const char *tooltip(struct page *p, const struct page_case *c, const struct vg_record *r)
{
    char x[VG_HTML_NUMBER], y[VG_HTML_NUMBER], time[VG_HTML_NUMBER];
    return vg_arena_string(p->arena, "%s: %s, %s at %s, %s", c->label,
                           vg_html_quantity(time, page_time(r), "ns"),
                           vg_html_quantity(y, rate(r, page_time(r)), "GFLOP/s"),
                           vg_html_quantity(x, intensity(r), "FLOP/byte"),
                           page_state_name(page_state_of(r)));
}

struct points {
    double *x, *y, *low, *high;
    const char **title, **target;
    size_t count;
};

static void points_make(struct points *q, struct vg_arena *a, const struct page_suite *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        n += s->cases[i].count;
    double *numbers = vg_arena_alloc(a, 4 * n * sizeof *numbers);
    const char **texts = vg_arena_alloc(a, 2 * n * sizeof *texts);
    *q = (struct points) { numbers, numbers + n, numbers + 2 * n, numbers + 3 * n, texts, texts + n,
                           0 };
}

static void add_point(struct roofline *f, struct points *q, const struct page_case *c,
                      const struct vg_record *r)
{
    f->without += page_timed(r) && !is_point(r);
    if (!is_point(r))
        return;
    if (page_state_of(r) != PAGE_OK || f->points == f->most) {
        ++*(page_state_of(r) != PAGE_OK ? &f->wrong : &f->beyond);
        return;
    }
    const size_t n = q->count++;
    q->x[n] = intensity(r);
    q->y[n] = rate(r, page_time(r));
    q->low[n] = rate(r, r->high_ns);
    q->high[n] = rate(r, r->low_ns);
    q->title[n] = tooltip(f->p, c, r);
    q->target[n] = c->target;
    f->above += isfinite(f->gflops) && q->y[n] > roof(f, q->x[n]);
    f->points++;
}

static void add_suite(struct roofline *f, const struct page_suite *s)
{
    struct points q;
    points_make(&q, f->p->arena, s);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->cases[i].count; k++)
            if (is_here(f, &s->cases[i].entries[k]))
                add_point(f, &q, &s->cases[i], s->cases[i].entries[k].r);
    if (q.count == 0)
        return;
    const int color = (int) (s - f->p->suites);   // the same on every device
    f->series[f->count] =
        (struct vg_plot_series) { s->name, color, VG_PLOT_MARKS, q.count, q.x,
                                  q.y,     q.low, q.high,        q.title, q.target };
    f->keys[f->count++] = (struct vg_plot_key) { s->name, color, VG_PLOT_MARKS };
}

// ---- the figure ---------------------------------------------------------------------------------

static const char *notes(struct roofline *f)
{
    struct vg_text t = { 0 };
    vg_text_add(&t,
                "%s; intensity is exact operations over the least bytes a case can "
                "move, whiskers are the interval of the time.",
                page_count(f->p, f->points, "case"));
    if (!isfinite(f->gflops))
        vg_text_add(&t, " No row has measured ceilings of this device: there is no roof.");
    if (f->above)
        vg_text_add(&t,
                    " %zu above the roof: the data stayed in a cache that the ceiling did not, "
                    "or the ceiling was measured on a busy machine.",
                    f->above);
    if (f->without)
        vg_text_add(&t, " %s without a count of operations not shown.",
                    page_count(f->p, f->without, "timed case"));
    if (f->wrong)
        vg_text_add(&t, " %s not ok or not checked, and not shown.",
                    page_count(f->p, f->wrong, "case"));
    if (f->beyond)
        vg_text_add(&t, " %zu further points left out.", f->beyond);
    const char *text = vg_arena_string(f->p->arena, "%s", vg_text_string(&t));
    vg_text_finish(&t);
    return text;
}

static void add_figure(struct roofline *f)
{
    struct page *p = f->p;
    struct vg_plot plot = {
        .title = vg_arena_string(p->arena, "Roofline of %s: %zu cases", f->device->name, f->points),
        .x = { .label = "arithmetic intensity", .unit = "FLOP/byte", .log = true },
        .y = { .label = "rate",
               .unit = "GFLOP/s",
               .log = true,
               .low = f->gflops,
               .high = 1.5 * f->gflops },
        .series = f->series,
        .count = f->count,
    };
    page_figure_begin(p, "wide");
    vg_text_add(p->out, "<h3>");
    vg_html_name(p->out, f->device->name);
    vg_text_add(p->out, "</h3>\n");
    page_plot(p, &plot);
    vg_plot_legend(p->out, f->keys, f->count);
    page_figure_end(p, "%s", notes(f));
}

static bool add_roofline(struct page *p, const struct page_device *d, bool first)
{
    struct roofline *f = vg_alloc(1, sizeof *f);
    f->p = p;
    f->device = d;
    f->most = MOST_POINTS / (p->device_count < MOST_DEVICES ? p->device_count : MOST_DEVICES);
    find_ceilings(f);
    for (size_t i = 0; i < p->suite_count && f->count < MOST_SERIES; i++)
        add_suite(f, &p->suites[i]);
    const bool any = f->points > 0;
    if (any && isfinite(f->gflops))
        add_roof(f);
    if (any && first) {
        page_heading(p, 2, "roofline", "Roofline");
        vg_text_add(p->out, "<div class=\"grid\">\n");
    }
    if (any)
        add_figure(f);
    free(f);
    return any;
}

void page_roofline(struct page *p)
{
    bool first = true;
    for (size_t i = 0; i < p->device_count && i < MOST_DEVICES; i++)
        first &= !add_roofline(p, &p->devices[i], first);
    vg_text_add(p->out, "%s", first ? "" : "</div>\n");
}
