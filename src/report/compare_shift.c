#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ranktest.h"
#include "base/signedrank.h"
#include "base/stats.h"
#include "base/student.h"
#include "report/compare_private.h"

enum { PIECES = 10, LEAST_IN_PIECE = 2, LEAST_PIECES = 2 };

// One process: the medians of its pieces say how far it wandered.
static struct vg_estimate of_pieces(const struct vg_track *t)
{
    double medians[PIECES];
    size_t pieces = t->count / LEAST_IN_PIECE;
    pieces = pieces > PIECES ? PIECES : pieces;
    if (pieces < LEAST_PIECES)
        return (struct vg_estimate) { t->log_median[0], NAN, 1 };
    for (size_t i = 0; i < pieces; i++) {
        const size_t begin = i * t->count / pieces, end = (i + 1) * t->count / pieces;
        medians[i] = log(vg_stats_median(t->x + begin, end - begin));
    }
    struct vg_estimate e = vg_estimate_mean(medians, pieces);
    e.value = t->log_median[0];
    return e;
}

// A known deviation on top of an estimated one.
static void widen(struct vg_estimate *e, double deviation)
{
    const double known = deviation * deviation, all = e->variance + known;
    e->df = e->variance > 0 ? all * all / (e->variance * e->variance / e->df) : INFINITY;
    e->variance = all;
}

// The least step between samples as a part of them: what the clock can tell apart.
static double tick(const struct vg_track *t)
{
    double *x = vg_alloc(t->count, sizeof *x), least = INFINITY;
    memcpy(x, t->x, t->count * sizeof *x);
    vg_stats_sort(x, t->count);
    for (size_t i = 1; i < t->count; i++)
        least = x[i] > x[i - 1] ? fmin(least, x[i] - x[i - 1]) : least;
    const double part = isinf(least) ? 0 : least / x[t->count / 2];
    free(x);
    return part;
}

// Processes that agree to the last digit: a coarse clock hides how far apart they are.
static struct vg_estimate of_processes(const struct vg_track *t)
{
    struct vg_estimate e = vg_estimate_mean(t->log_median, t->processes);
    if (e.variance == 0)
        widen(&e, tick(t) / sqrt(12));   // the deviation of what is rounded to a tick
    return e;
}

// Of one process beside several: it is one more draw from what the others were drawn from.
static void borrow(struct vg_estimate *several, size_t processes, struct vg_estimate *one)
{
    const double each = several->variance * (double) processes;
    *one = (struct vg_estimate) { one->value, each + several->variance, several->df };
    several->variance = 0;
}

static struct vg_shift of_sides(const struct vg_track *base, const struct vg_track *now,
                                const struct vg_compare_how *how)
{
    struct vg_shift s = { NAN, NAN, NAN, false };
    const bool a_several = base->processes > 1, b_several = now->processes > 1;
    struct vg_estimate a = a_several ? of_processes(base) : of_pieces(base),
                       b = b_several ? of_processes(now) : of_pieces(now);
    if (a_several && !b_several)
        borrow(&a, base->processes, &b);
    else if (b_several && !a_several)
        borrow(&b, now->processes, &a);
    else if (!a_several)
        widen(&a, how->spread), widen(&b, how->spread);
    s.ratio = exp(b.value - a.value);
    s.known = !isnan(a.variance + b.variance);
    if (s.known) {
        const struct vg_interval i = vg_estimate_difference(&a, &b, how->confidence);
        s.low = exp(i.low);
        s.high = exp(i.high);
    }
    return s;
}

// ---- processes that took turns ------------------------------------------------------------------

// Whether n differences can have an interval of the confidence: all on one side, 2 in 2^n.
static bool is_enough(size_t n, double confidence)
{
    return n <= VG_SIGNED_RANK_MOST && ldexp(1, 1 - (int) n) <= 1 - confidence;
}

// Whether the pair i is over before the next begins.  Not so where one of the times is not known.
static bool precedes(const struct vg_track *base, const struct vg_track *now, size_t i)
{
    const double last = fmax(base->begun_s[i], now->begun_s[i]),
                 next = fmin(base->begun_s[i + 1], now->begun_s[i + 1]);
    return last < next;
}

size_t vg_track_pairs(const struct vg_track *base, const struct vg_track *now,
                      const struct vg_compare_how *how)
{
    const size_t n = base->processes;
    if (base->broken || now->broken || n != now->processes || !is_enough(n, how->confidence))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (isnan(base->begun_s[i] + now->begun_s[i]) || (i + 1 < n && !precedes(base, now, i)))
            return 0;
    return n;
}

// What changes slowly is in both of a pair, and not in their difference.
static struct vg_shift of_pairs(const struct vg_track *base, const struct vg_track *now,
                                size_t pairs, const struct vg_compare_how *how, double *p)
{
    double *d = vg_alloc(pairs, sizeof *d);
    for (size_t i = 0; i < pairs; i++)
        d[i] = now->log_median[i] - base->log_median[i];
    const struct vg_signed_rank r = vg_signed_rank(d, pairs, how->confidence);
    // Each median is rounded to a tick, half of it either way.
    const double step = fmax(tick(base), tick(now)),
                 wider = r.interval.high - r.interval.low < step ? step : 0;
    free(d);
    if (p)
        *p = r.p;
    return (struct vg_shift) { exp(r.centre), exp(r.interval.low - wider),
                               exp(r.interval.high + wider), true };
}

struct vg_shift vg_shift_of(const struct vg_track *base, const struct vg_track *now,
                            const struct vg_compare_how *how, double *p)
{
    const size_t pairs = vg_track_pairs(base, now, how);
    if (pairs > 0)
        return of_pairs(base, now, pairs, how, p);
    if (p)
        *p = vg_rank_test(base->x, base->count, now->x, now->count).p;
    return base->broken || now->broken ? (struct vg_shift) { NAN, NAN, NAN, false }
                                       : of_sides(base, now, how);
}
