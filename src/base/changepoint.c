#include "base/changepoint.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"
#include "base/ttest.h"

static const double MAX_P = 0.001;
enum { SEGMENT = 3, WINDOW = 512 };

// ---- divergence ---------------------------------------------------------------------------------

// From the three sums of distances.
static double divergence(double between, double within_x, double within_y, double n, double m)
{
    return n * m / (n + m) *
           (2 * between / (n * m) - 2 * within_x / (n * (n - 1)) - 2 * within_y / (m * (m - 1)));
}

static double sum_within(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            sum += fabs(x[i] - x[k]);
    return sum;
}

double vg_divergence(const double *x, size_t n, const double *y, size_t m)
{
    double between = 0;
    if (n < 2 || m < 2)
        return NAN;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            between += fabs(x[i] - y[j]);
    return divergence(between, sum_within(x, n), sum_within(y, m), (double) n, (double) m);
}

// ---- splitting ----------------------------------------------------------------------------------

struct candidate {
    size_t at;   // in the series without its missing points
    double q;
    struct vg_ttest test;   // of the segments either side
    double before, after, magnitude;
};

struct search {
    const double *x;
    size_t n;
    struct vg_changes_how how;
    struct candidate *found;
    size_t count, room;
    double *before, *after, *between;   // sums of distances for a split at each place of a stretch
};

struct split {
    size_t at, end;   // the points before at, and those from at up to end
    double q;
};

// Takes point `last` of the stretch x into the sums of every split before it.
static void add_point(struct search *s, const double *x, size_t last)
{
    double all = 0, earlier = 0;
    for (size_t i = 0; i < last; i++)
        all += fabs(x[i] - x[last]);
    s->before[last + 1] = s->before[last] + all;
    s->after[last + 1] = 0;
    s->between[last + 1] = 0;
    for (size_t at = 1; at <= last; at++) {
        earlier += fabs(x[at - 1] - x[last]);
        s->between[at] += earlier;
        s->after[at] += all - earlier;
    }
}

/**
 * The greatest q of the stretch begin .. end - 1; of equal ones the first.  Each further point adds
 * its distances to the sums of all splits before it, so all splits with all ends together take
 * O(n^2) time and O(n) memory.
 */
static struct split best_split(struct search *s, size_t begin, size_t end)
{
    const size_t least = s->how.segment;
    struct split best = { .q = -INFINITY };
    s->before[0] = 0;
    for (size_t last = 0; last < end - begin; last++) {
        add_point(s, s->x + begin, last);
        for (size_t at = least; at + least <= last + 1; at++) {
            const double q = divergence(s->between[at], s->before[at], s->after[at], (double) at,
                                        (double) (last + 1 - at));
            if (q > best.q)
                best = (struct split) { begin + at, begin + last + 1, q };
        }
    }
    return best;
}

static void add_candidate(struct search *s, const struct split *split)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->found = vg_grow(s->found, s->room, sizeof *s->found);
    }
    s->found[s->count++] = (struct candidate) { .at = split->at, .q = split->q };
}

// A change may begin at any of the n - 1 later points, and the best place was chosen by looking.
static double corrected(const struct search *s, double p)
{
    return fmin(1, p * (double) (s->n - 1));
}

static void search_stretch(struct search *s, size_t begin, size_t end)
{
    if (end - begin < 2 * s->how.segment)
        return;
    const struct split best = best_split(s, begin, end);
    const struct vg_ttest t =
        vg_ttest_student(s->x + best.at, best.end - best.at, s->x + begin, best.at - begin);
    if (!(corrected(s, t.p) <= 10 * s->how.max_p))
        return;
    add_candidate(s, &best);
    search_stretch(s, begin, best.at);
    search_stretch(s, best.at, end);
}

static int by_place(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->q < y->q) - (x->q > y->q);   // the greater first
}

static void search_all(struct search *s)
{
    const size_t window = s->how.window;
    const size_t longest = s->n < window ? s->n : window;
    s->before = vg_alloc(3 * (longest + 1), sizeof *s->before);
    s->after = s->before + longest + 1;
    s->between = s->after + longest + 1;
    for (size_t begin = 0;; begin += window / 2) {
        search_stretch(s, begin, begin + window < s->n ? begin + window : s->n);
        if (begin + window >= s->n)
            break;
    }
    free(s->before);
    if (s->count > 1)
        qsort(s->found, s->count, sizeof *s->found, by_place);
}

// ---- judging ------------------------------------------------------------------------------------

static void drop(struct search *s, size_t index)
{
    memmove(s->found + index, s->found + index + 1, (s->count - index - 1) * sizeof *s->found);
    s->count--;
}

// Two stretches that overlap may have found the same change, or nearly.
static void drop_doubles(struct search *s)
{
    for (size_t i = 1; i < s->count;) {
        if (s->found[i].at - s->found[i - 1].at >= s->how.segment)
            i++;
        else
            drop(s, s->found[i].q > s->found[i - 1].q ? i - 1 : i);
    }
}

static void judge(struct search *s, size_t index)
{
    struct candidate *c = &s->found[index];
    const size_t begin = index ? c[-1].at : 0, end = index + 1 < s->count ? c[1].at : s->n;
    const double *old = s->x + begin, *new = s->x + c->at;
    c->before = vg_stats_mean(old, c->at - begin);
    c->after = vg_stats_mean(new, end - c->at);
    c->test = vg_ttest_student(new, end - c->at, old, c->at - begin);
    c->test.p = corrected(s, c->test.p);
    c->magnitude = fabs(c->after - c->before) / fabs(c->before);
}

static bool is_weaker(const struct candidate *a, const struct candidate *b)
{
    // Far below the least double, p is 0 for all and t still tells them apart.
    return a->test.p > b->test.p || (a->test.p == b->test.p && fabs(a->test.t) < fabs(b->test.t));
}

static bool is_small(const struct search *s, const struct candidate *c)
{
    return c->magnitude < s->how.least || fabs(c->after - c->before) < s->how.step;
}

// The one to drop next: the weakest, if its p is too large, else the smallest that is too small;
// count if all are to stay.
static size_t next_to_drop(const struct search *s)
{
    size_t weakest = 0, smallest = s->count;
    for (size_t i = 0; i < s->count; i++) {
        const struct candidate *c = &s->found[i];
        if (is_weaker(c, &s->found[weakest]))
            weakest = i;
        if (is_small(s, c) && (smallest == s->count || c->magnitude < s->found[smallest].magnitude))
            smallest = i;
    }
    return s->count > 0 && s->found[weakest].test.p > s->how.max_p ? weakest : smallest;
}

static void keep_strong(struct search *s)
{
    for (size_t i = 0; i < s->count; i++)
        judge(s, i);
    for (size_t at = next_to_drop(s); at < s->count; at = next_to_drop(s)) {
        drop(s, at);
        if (at > 0)
            judge(s, at - 1);
        if (at < s->count)
            judge(s, at);
    }
}

// ---- the whole ----------------------------------------------------------------------------------

static struct vg_changes_how defaults(const struct vg_changes_how *how)
{
    struct vg_changes_how h = how ? *how : (struct vg_changes_how) { 0 };
    h.max_p = h.max_p > 0 ? h.max_p : MAX_P;
    h.segment = h.segment > 0 ? h.segment : SEGMENT;
    h.window = h.window > 0 ? h.window : WINDOW > 4 * h.segment ? WINDOW : 4 * h.segment;
    assert(h.segment >= 2 && h.window >= 4 * h.segment);
    return h;
}

static struct vg_change change_of(const struct candidate *c, const size_t *place)
{
    return (struct vg_change) { .at = place[c->at],
                                .last = place[c->at - 1],
                                .before = c->before,
                                .after = c->after,
                                .magnitude = c->magnitude,
                                .q = c->q,
                                .t = c->test.t,
                                .p = c->test.p };
}

size_t vg_changes_find(const double *x, size_t n, const struct vg_changes_how *how,
                       struct vg_change **changes)
{
    double *present = vg_alloc(n + 1, sizeof *present);
    size_t *place = vg_alloc(n + 1, sizeof *place);
    struct search s = { .x = present, .how = defaults(how) };
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            place[s.n] = i;
            present[s.n++] = x[i];
        }
    search_all(&s);
    drop_doubles(&s);
    keep_strong(&s);
    *changes = vg_alloc(s.count + 1, sizeof **changes);
    for (size_t i = 0; i < s.count; i++)
        (*changes)[i] = change_of(&s.found[i], place);
    free(s.found);
    free(place);
    free(present);
    return s.count;
}
