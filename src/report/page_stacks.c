#include <stdlib.h>
#include <string.h>

#include "report/page_private.h"

enum { MOST_ROWS = 60 };

// ---- which parts --------------------------------------------------------------------------------

struct stacks {
    struct page *p;
    const char *path;                  // of an object of numbers in a row
    const char *name[VG_PLOT_PARTS];   // of the parts, in the order of their sums
    int names;
    bool rest;     // the last part is all others
    bool shares;   // parts in percent of their sum, which stands beside the bar
    struct vg_plot_bar *bars;
    size_t count, beyond;
};

struct sum {
    const char *name;
    double value;
};

static int by_value(const void *a, const void *b)
{
    const double left = ((const struct sum *) a)->value, right = ((const struct sum *) b)->value;
    return (left < right) - (left > right);
}

static bool is_stacked(const struct vg_record *r, const char *path)
{
    return json_object_size(vg_json_at(r->json, path)) > 0 && r->kind && strcmp(r->kind, "op") != 0;
}

static json_t *sums_of(struct stacks *s)
{
    json_t *sums = json_object();
    for (size_t i = 0; i < s->p->entry_count; i++) {
        const struct vg_record *r = s->p->entries[i].r;
        const char *key;
        json_t *value;
        if (!is_stacked(r, s->path))
            continue;
        json_object_foreach(vg_json_at(r->json, s->path), key, value)
        {
            const double before = json_number_value(json_object_get(sums, key));
            const double more = json_number_value(value);
            json_object_set_new(sums, key,
                                json_real(before + (more > 0 && more < 1e290 ? more : 0)));
        }
    }
    return sums;
}

// The largest parts have a place each; what comes behind them shares the last.
static void choose_names(struct stacks *s)
{
    const char *key;
    json_t *value, *sums = sums_of(s);
    struct sum *list = vg_alloc(json_object_size(sums) + 1, sizeof *list);
    int n = 0;
    json_object_foreach(sums, key, value)
    {
        list[n++] =
            (struct sum) { vg_arena_string(s->p->arena, "%s", key), json_number_value(value) };
    }
    qsort(list, (size_t) n, sizeof *list, by_value);
    s->rest = n > VG_PLOT_COLORS;
    s->names = s->rest ? VG_PLOT_COLORS : n;
    for (int i = 0; i < s->names; i++)
        s->name[i] = list[i].name;
    if (s->rest)
        s->name[s->names - 1] = vg_arena_string(s->p->arena, "%d others", n - s->names + 1);
    free(list);
    json_decref(sums);
}

static int place_of(const struct stacks *s, const char *key)
{
    const int own = s->names - s->rest;
    for (int i = 0; i < own; i++)
        if (!strcmp(s->name[i], key))
            return i;
    return own;
}

// ---- bars ---------------------------------------------------------------------------------------

static void to_shares(struct stacks *s, struct vg_plot_bar *b)
{
    char text[VG_HTML_NUMBER];
    double sum = 0;
    for (int i = 0; i < s->names; i++)
        sum += fmax(b->part[i], 0);
    b->words = vg_arena_string(s->p->arena, "%s", vg_html_quantity(text, sum, "ns"));
    for (int i = 0; i < s->names; i++)
        b->part[i] = sum > 0 ? 100 * b->part[i] / sum : 0;
}

static void add_bar(struct stacks *s, const struct page_case *c, const struct page_entry *e)
{
    const char *key;
    json_t *value;
    if (s->count == MOST_ROWS) {
        s->beyond++;
        return;
    }
    struct vg_plot_bar *b = &s->bars[s->count++];
    *b = (struct vg_plot_bar) { .low = NAN, .high = NAN, .target = c->target };
    b->label = s->p->device_count > 1
                   ? vg_arena_string(s->p->arena, "%s, %s", c->label, s->p->devices[e->device].name)
                   : c->label;
    json_object_foreach(vg_json_at(e->r->json, s->path), key, value)
    {
        if (json_is_number(value))
            b->part[place_of(s, key)] += json_number_value(value);
    }
    if (s->shares)
        to_shares(s, b);
}

static void add_stacks(struct page *p, const char *target, const char *heading, const char *path,
                       const char *axis, const char *unit, const char *note, bool shares)
{
    struct stacks s = {
        .p = p, .path = path, .shares = shares, .bars = vg_alloc(MOST_ROWS, sizeof *s.bars)
    };
    struct vg_plot_key keys[VG_PLOT_PARTS];
    choose_names(&s);
    for (size_t i = 0; i < p->case_count; i++)
        for (size_t k = 0; k < p->cases[i].count; k++)
            if (is_stacked(p->cases[i].entries[k].r, path))
                add_bar(&s, &p->cases[i], &p->cases[i].entries[k]);
    struct vg_plot_bars plot = { .title = heading,
                                 .axis = { .label = axis, .unit = unit },
                                 .bars = s.bars,
                                 .count = s.count,
                                 .parts = s.names };
    for (int i = 0; i < s.names; i++)
        keys[i] = (struct vg_plot_key) { s.name[i], i, 0 };
    if (s.count > 0 && s.names > 0) {
        page_heading(p, 2, target, heading);
        page_figure_begin(p, "wide");
        page_bars(p, &plot, true);
        vg_plot_legend(p->out, keys, (size_t) s.names);
        page_figure_end(p, "%s%s", note, s.beyond ? " Further rows are left out." : "");
    }
    free(s.bars);
}

void page_stacks(struct page *p)
{
    add_stacks(p, "operators", "Step time by operator", "profile.ns_by_operator",
               "part of a step's device time", "%",
               "One step after the measured ones, launch by launch with events; launches that "
               "wait for events overlap less than in the steps that were timed.",
               true);
    add_stacks(p, "memory", "Memory map", "memory.by_kind", "device memory, planned", "bytes",
               "Temporaries share their memory: tensors that do not live at the same time lie at "
               "the same place.",
               false);
}
