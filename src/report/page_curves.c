#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "report/page_private.h"

enum { MOST_CURVES = 40, MOST_PARTS = 10, BUCKETS = 300 };

// ---- a curve ------------------------------------------------------------------------------------

/**
 * Up to BUCKETS steps are drawn one by one.  More are gathered into as many runs of equal length:
 * the median of each, and the band from its least to its greatest value.
 */
static size_t bucket_of(size_t count)
{
    return (count + BUCKETS - 1) / BUCKETS;
}

static void gather(const double *value, size_t n, double *middle, double *low, double *high)
{
    double kept[4096];
    size_t known = 0;
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < n && known < sizeof kept / sizeof *kept; i++)
        if (isfinite(value[i])) {
            kept[known++] = value[i];
            *low = fmin(*low, value[i]);
            *high = fmax(*high, value[i]);
        }
    *middle = vg_stats_median(kept, known);
}

static struct vg_plot_series curve(struct page *p, const double *value, size_t count,
                                   const char *name, int color)
{
    const size_t each = bucket_of(count), n = (count + each - 1) / each;
    double *x = vg_arena_alloc(p->arena, 4 * n * sizeof *x), *y = x + n, *low = y + n,
           *high = low + n;
    for (size_t i = 0; i < n; i++) {
        const size_t from = i * each, end = from + each < count ? from + each : count;
        x[i] = 0.5 * (double) (from + 1 + end);
        gather(value + from, end - from, &y[i], &low[i], &high[i]);
    }
    const bool banded = each > 1;
    return (struct vg_plot_series) {
        .name = name,
        .color = color,
        .count = n,
        .x = x,
        .y = y,
        .style = VG_PLOT_LINE | VG_PLOT_DASHED | (banded ? VG_PLOT_BAND : 0),
        .low = banded ? low : NULL,
        .high = banded ? high : NULL,
    };
}

// ---- which curves -------------------------------------------------------------------------------

struct curves {
    struct vg_plot_series series[MOST_PARTS];
    size_t count, longest, beyond;
};

static void add(struct page *p, struct curves *c, const double *value, size_t count,
                const char *name, int color)
{
    if (c->count == MOST_PARTS) {
        c->beyond++;
        return;
    }
    c->series[c->count++] = curve(p, value, count, name, color);
    c->longest = count > c->longest ? count : c->longest;
}

static void add_parts(struct page *p, struct curves *c, const struct vg_record *r)
{
    const char *name;
    json_t *array;
    json_object_foreach(vg_json_at(r->json, "training.loss_parts"), name, array)
    {
        const size_t n = json_array_size(array);
        double *value = vg_arena_alloc(p->arena, (n + 1) * sizeof *value);
        for (size_t i = 0; i < n; i++) {
            const json_t *one = json_array_get(array, i);
            value[i] = json_is_number(one) ? json_number_value(one) : NAN;
        }
        if (n > 0)
            add(p, c, value, n, name, (int) c->count);
    }
}

// The devices' losses beside one another; of one device alone the parts of its loss as well.
static void find(struct page *p, struct curves *c, const struct page_case *one)
{
    const struct vg_record *last = NULL;
    for (size_t i = 0; i < one->count; i++) {
        const struct vg_record *r = one->entries[i].r;
        if (r->losses == 0)
            continue;
        last = r;
        add(p, c, r->loss, r->losses, p->devices[one->entries[i].device].name,
            one->entries[i].device);
    }
    if (c->count != 1)
        return;
    c->series[0].name = "loss";
    c->series[0].color = 0;
    add_parts(p, c, last);
}

static void add_figure(struct page *p, const struct page_case *one, const struct curves *c)
{
    struct vg_plot_key keys[MOST_PARTS];
    const size_t each = bucket_of(c->longest);
    for (size_t i = 0; i < c->count; i++)
        keys[i] =
            (struct vg_plot_key) { c->series[i].name, c->series[i].color, c->series[i].style };
    struct vg_plot plot = {
        .title = vg_arena_string(p->arena, "Loss of %s over %zu steps", one->label, c->longest),
        .x = { .label = "step", .unit = "" },
        .y = { .label = "loss", .unit = "" },
        .series = c->series,
        .count = c->count,
    };
    page_figure_begin(p, "wide");
    vg_text_add(p->out, "<h3><a href=\"#%s\">", one->target);
    vg_html_name(p->out, one->label);
    vg_text_add(p->out, "</a></h3>\n");
    page_plot(p, &plot);
    vg_plot_legend(p->out, keys, c->count);
    page_figure_end(p, "%s%s",
                    each > 1 ? vg_arena_string(p->arena,
                                               "Median of %zu steps each; the band is from the "
                                               "least to the greatest of them.",
                                               each)
                             : "Each step as it was.",
                    c->beyond ? " Further curves are left out." : "");
}

void page_curves(struct page *p)
{
    size_t shown = 0, beyond = 0;
    for (size_t i = 0; i < p->case_count; i++) {
        struct curves c = { .count = 0 };
        if (shown == MOST_CURVES) {
            for (size_t k = 0; k < p->cases[i].count; k++)
                beyond += p->cases[i].entries[k].r->losses > 0;
            continue;
        }
        find(p, &c, &p->cases[i]);
        if (c.count == 0)
            continue;
        if (shown++ == 0) {
            page_heading(p, 2, "loss", "Loss");
            vg_text_add(p->out, "<div class=\"grid\">\n");
        }
        add_figure(p, &p->cases[i], &c);
    }
    if (shown)
        vg_text_add(p->out, "</div>\n");
    if (beyond)
        vg_text_add(p->out,
                    "<p class=\"note\">%s more have losses; this page draws %d cases.</p>\n",
                    page_count(p, beyond, "row"), MOST_CURVES);
}
