#include "report/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

static const double LEAST = 0.01, POINTS = 0.005;

const char *vg_turn_name(enum vg_turn t)
{
    static const char *const names[] = { "better", "worse", "accepted", "environment" };
    return names[t];
}

static int by_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

// ---- one change ---------------------------------------------------------------------------------

static void say_if_differs(struct vg_text *t, const char *what, const char *was, const char *is)
{
    if (by_text(was, is))
        vg_text_add(t, "%s%s: %s -> %s", t->length ? "; " : "", what, was ? was : "none",
                    is ? is : "none");
}

static const char *surroundings(struct vg_arena *a, const struct vg_history_row *was,
                                const struct vg_history_row *is)
{
    struct vg_text t = { 0 };
    say_if_differs(&t, "driver", was->driver, is->driver);
    say_if_differs(&t, "OpenCL", was->opencl, is->opencl);
    say_if_differs(&t, "compiler options", was->build_options, is->build_options);
    say_if_differs(&t, "host", was->host, is->host);
    const char *text = vg_arena_string(a, "%s", vg_text_string(&t));
    vg_text_finish(&t);
    return text;
}

static enum vg_turn turn_of(const struct vg_series *s, const struct vg_history_change *c)
{
    const bool rose = c->change.after > c->change.before;
    if (rose == (s->better == VG_BETTER_HIGHER))
        return VG_TURN_BETTER;
    if (c->accepted)
        return VG_TURN_ACCEPTED;
    return c->same_programs && !by_text(c->last->commit, c->first->commit) && !*c->surroundings
               ? VG_TURN_ENVIRONMENT
               : VG_TURN_WORSE;
}

static struct vg_history_change explain(struct vg_arena *a, const struct vg_series *s,
                                        const struct vg_change *change,
                                        const struct vg_accepted *accepted)
{
    struct vg_history_change c = { .change = *change,
                                   .last = s->rows[change->last],
                                   .first = s->rows[change->at] };
    c.surroundings = surroundings(a, c.last, c.first);
    c.same_programs = c.last->programs && !by_text(c.last->programs, c.first->programs);
    c.accepted =
        vg_accepted_find(accepted, c.first->name, c.first->device, c.last->commit, c.first->commit);
    c.turn = turn_of(s, &c);
    return c;
}

// ---- one series ---------------------------------------------------------------------------------

static double value_of(const struct vg_history_row *r, const char *metric)
{
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(r->measures[i].metric, metric))
            return r->measures[i].value;
    return NAN;
}

static void find_changes(struct vg_series *s, struct vg_arena *a, const struct vg_history_how *how,
                         bool in_points)
{
    enum { SEGMENT = 3 };
    struct vg_change *found;
    const double least = how->least > 0 ? how->least : LEAST;
    const struct vg_changes_how by = {
        .max_p = how->max_p,
        .segment = SEGMENT,
        .least = in_points ? 0 : least,
        .step = !in_points        ? 0
                : how->points > 0 ? how->points
                                  : POINTS,
    };
    s->too_short = s->count - s->missing < 2 * SEGMENT;
    s->change_count = vg_changes_find(s->value, s->count, &by, &found);
    s->changes = vg_arena_alloc(a, (s->change_count + 1) * sizeof *s->changes);
    for (size_t i = 0; i < s->change_count; i++)
        s->changes[i] = explain(a, s, &found[i], how->accepted);
    free(found);
}

static bool is_relative(const char *metric)
{
    return !strcmp(metric, "time") || !strcmp(metric, "throughput") || !strcmp(metric, "memory") ||
           !strcmp(metric, "loss");
}

static void fill_series(struct vg_series *s, struct vg_arena *a, const struct vg_measure *m,
                        const struct vg_history_row *const *rows, size_t count,
                        const struct vg_history_how *how)
{
    const struct vg_metric *metric = vg_metric_of(m->metric);
    *s = (struct vg_series) { .rows = rows,
                              .count = count,
                              .metric = m->metric,
                              .unit = m->unit,
                              .better = metric->better,
                              .value = vg_arena_alloc(a, count * sizeof *s->value) };
    for (size_t i = 0; i < count; i++) {
        s->value[i] = value_of(rows[i], m->metric);
        s->missing += isnan(s->value[i]);
    }
    find_changes(s, a, how, !is_relative(m->metric));
}

const struct vg_history_change *vg_series_newest(const struct vg_series *s)
{
    return s->change_count ? &s->changes[s->change_count - 1] : NULL;
}

// ---- all ----------------------------------------------------------------------------------------

static int by_case(const struct vg_history_row *x, const struct vg_history_row *y)
{
    const int orders[] = { by_text(x->device, y->device), by_text(x->suite, y->suite),
                           by_text(x->name, y->name), by_text(x->settings, y->settings) };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (orders[i])
            return orders[i];
    return 0;
}

// A row and the place of its commit, 0 for all where time decides.
struct placed {
    const struct vg_history_row *row;
    size_t place;
};

static int by_case_and_time(const void *a, const void *b)
{
    const struct placed *p = a, *q = b;
    const struct vg_history_row *x = p->row, *y = q->row;
    const int order = by_case(x, y);
    if (order)
        return order;
    if (p->place != q->place)
        return p->place < q->place ? -1 : 1;
    if (x->seconds != y->seconds)
        return x->seconds < y->seconds ? -1 : 1;
    const int file = by_text(x->file, y->file);
    return file ? file : (x->line > y->line) - (x->line < y->line);
}

static bool has(const char *text, const char *part)
{
    return !part || (text && strstr(text, part));
}

struct commit {
    const char *text;
    size_t place;
};

static int by_commit(const void *a, const void *b)
{
    return strcmp(((const struct commit *) a)->text, ((const struct commit *) b)->text);
}

// Sorted by their text, for place_of.
static struct commit *sorted_commits(const struct vg_history_how *how)
{
    struct commit *list = vg_alloc(how->commit_count + 1, sizeof *list);
    for (size_t i = 0; i < how->commit_count; i++)
        list[i] = (struct commit) { how->commits[i], i };
    qsort(list, how->commit_count, sizeof *list, by_commit);
    return list;
}

// The place of the first commit that begins with the text, SIZE_MAX if there is none.
static size_t place_of(const struct commit *list, size_t count, const char *text)
{
    const size_t length = text ? strcspn(text, "-") : 0;   // "1f0c2a-dirty"
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (strncmp(list[middle].text, text ? text : "", length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return length > 0 && low < count && !strncmp(list[low].text, text, length) ? list[low].place
                                                                               : SIZE_MAX;
}

// Those asked for, sorted.
static const struct vg_history_row **chosen(struct vg_history *h,
                                            const struct vg_history_rows *rows,
                                            const struct vg_history_how *how, size_t *count)
{
    const struct vg_history_row **list = vg_arena_alloc(h->arena, (rows->count + 1) * sizeof *list);
    struct placed *placed = vg_alloc(rows->count + 1, sizeof *placed);
    struct commit *commits = how->commits ? sorted_commits(how) : NULL;
    *count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct vg_history_row *r = &rows->list[i];
        if (!has(r->name, how->name) || !has(r->device, how->device))
            continue;
        const size_t place = commits ? place_of(commits, how->commit_count, r->commit) : 0;
        if (r->seconds == INT64_MIN)
            h->without_time++;
        else if (place == SIZE_MAX)
            h->without_place++;
        else
            placed[(*count)++] = (struct placed) { r, place };
    }
    qsort(placed, *count, sizeof *placed, by_case_and_time);
    for (size_t i = 0; i < *count; i++)
        list[i] = placed[i].row;
    free(commits);
    free(placed);
    return list;
}

static const struct vg_measure *measure_named(const struct vg_measure *list, size_t count,
                                              const char *metric)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i].metric, metric))
            return &list[i];
    return NULL;
}

// The metrics that any of the rows has, in the order they are met; the newest unit counts.
static size_t metrics_of(const struct vg_history_row *const *rows, size_t count, const char *wanted,
                         struct vg_measure **list)
{
    size_t n = 0;
    *list = NULL;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < rows[i]->count; k++) {
            const struct vg_measure *m = &rows[i]->measures[k];
            if ((wanted && strcmp(m->metric, wanted)) || measure_named(*list, n, m->metric))
                continue;
            *list = vg_grow(*list, n + 1, sizeof **list);
            (*list)[n++] = *m;
        }
    return n;
}

static void add_case(struct vg_history *h, const struct vg_history_row *const *rows, size_t count,
                     const struct vg_history_how *how)
{
    struct vg_measure *metrics;
    const size_t n = metrics_of(rows, count, how->metric, &metrics);
    if (n > 0)
        h->list = vg_grow(h->list, h->count + n, sizeof *h->list);
    for (size_t i = 0; i < n; i++)
        fill_series(&h->list[h->count++], h->arena, &metrics[i], rows, count, how);
    free(metrics);
}

void vg_history_create(struct vg_history **history, const struct vg_history_rows *rows,
                       const struct vg_history_how *how)
{
    size_t count;
    struct vg_history *h = *history = vg_alloc(1, sizeof *h);
    h->arena = vg_arena_create();
    const struct vg_history_row **list = chosen(h, rows, how, &count);
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && !by_case(list[begin], list[end]);)
            end++;
        add_case(h, list + begin, end - begin, how);
    }
}

void vg_history_destroy(struct vg_history **h)
{
    if (!*h)
        return;
    vg_arena_destroy(&(*h)->arena);
    free((*h)->list);
    free(*h);
    *h = NULL;
}

int vg_history_code(const struct vg_history *h)
{
    bool environment = false, seen = false;
    for (size_t i = 0; i < h->count; i++) {
        const struct vg_history_change *c = vg_series_newest(&h->list[i]);
        if (c && c->turn == VG_TURN_WORSE)
            return 1;
        environment |= c && c->turn == VG_TURN_ENVIRONMENT;
        seen |= !h->list[i].too_short;
    }
    return environment || !seen ? 2 : 0;
}
