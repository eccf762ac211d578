#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/ranktest.h"
#include "base/stats.h"
#include "base/student.h"
#include "report/compare_private.h"

enum { PIECES = 10, LEAST_IN_PIECE = 2, LEAST_PIECES = 2 };

// Values of one kind (times, or cycles) of one side.
struct track {
    double *x;   // process behind process, in the order taken
    size_t count;
    double *log_median;   // of each process
    size_t processes;
    bool broken;   // a value is missing or not positive
};

static void track_finish(struct track *t)
{
    free(t->x);
    free(t->log_median);
}

// ---- collecting ---------------------------------------------------------------------------------

// Marks the indices that the array names, counted from first.
static void mark(const json_t *indices, json_int_t first, bool *marked, size_t count, size_t *marks)
{
    for (size_t i = 0; i < json_array_size(indices); i++) {
        const json_int_t at = first + json_integer_value(json_array_get(indices, i));
        if (at >= 0 && (size_t) at < count && !marked[at]) {
            marked[at] = true;
            ++*marks;
        }
    }
}

// The samples of process `index`, or all of them where the row does not tell processes apart.
static size_t process_size(const struct vg_record *r, size_t index, size_t left)
{
    const json_t *sizes = vg_json_at(r->json, "time_ns.processes");
    const json_int_t size = json_integer_value(json_array_get(sizes, index));
    return size > 0 && (size_t) size <= left ? (size_t) size : left;
}

static void end_process(struct track *t, size_t begin)
{
    if (t->count == begin)
        return;
    t->log_median = vg_grow(t->log_median, t->processes + 1, sizeof *t->log_median);
    t->log_median[t->processes++] = log(vg_stats_median(t->x + begin, t->count - begin));
}

static void add_row(struct track *t, const struct vg_record *r, const json_t *clock)
{
    size_t marks = 0;
    bool *left_out = vg_alloc(r->samples + 1, sizeof *left_out);
    mark(vg_json_at(r->json, "time_ns.left_out"), 0, left_out, r->samples, &marks);
    t->x = vg_grow(t->x, t->count + r->samples + 1, sizeof *t->x);
    for (size_t i = 0, process = 0; i < r->samples; process++) {
        const size_t begin = t->count, end = i + process_size(r, process, r->samples - i);
        for (; i < end; i++) {
            const double mhz = clock ? json_number_value(json_array_get(clock, i)) : 1,
                         value = r->samples_ns[i] * mhz;
            t->broken |= !left_out[i] && !(value > 0);
            if (!left_out[i])
                t->x[t->count++] = value;
        }
        end_process(t, begin);
    }
    free(left_out);
}

static struct track times_of(const struct vg_measurement *m)
{
    struct track t = { 0 };
    for (size_t i = 0; i < m->count; i++)
        add_row(&t, m->rows[i], NULL);
    t.broken |= t.count == 0;
    return t;
}

// Samples by the clock that was read with each; broken where one row has no such reading.
static struct track cycles_of(const struct vg_measurement *m)
{
    struct track t = { 0 };
    for (size_t i = 0; i < m->count; i++) {
        const json_t *clock = vg_json_at(m->rows[i]->json, "telemetry.clock_mhz");
        if (json_array_size(clock) == m->rows[i]->samples)
            add_row(&t, m->rows[i], clock);
        else
            t.broken = true;
    }
    t.broken |= t.count == 0;
    return t;
}

// ---- the interval -------------------------------------------------------------------------------

// One process: the medians of its pieces say how far it wandered.
static struct vg_estimate of_pieces(const struct track *t)
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

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

// The least step between samples as a part of them: what the clock can tell apart.
static double tick(const struct track *t)
{
    double *x = vg_alloc(t->count, sizeof *x), least = INFINITY;
    memcpy(x, t->x, t->count * sizeof *x);
    qsort(x, t->count, sizeof *x, by_value);
    for (size_t i = 1; i < t->count; i++)
        least = x[i] > x[i - 1] ? fmin(least, x[i] - x[i - 1]) : least;
    const double part = isinf(least) ? 0 : least / x[t->count / 2];
    free(x);
    return part;
}

// Processes that agree to the last digit: a coarse clock hides how far apart they are.
static struct vg_estimate of_processes(const struct track *t)
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

static struct vg_shift shift_of(const struct track *base, const struct track *now,
                                const struct vg_compare_how *how)
{
    struct vg_shift s = { NAN, NAN, NAN, false };
    if (base->broken || now->broken)
        return s;
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

static enum vg_verdict verdict_of(const struct vg_shift *s, double effect)
{
    if (!s->known)
        return VG_AMBIGUOUS;
    if (s->low > 1 + effect)
        return VG_SLOWER;
    if (s->high < 1 / (1 + effect))
        return VG_FASTER;
    return s->low >= 1 / (1 + effect) && s->high <= 1 + effect ? VG_SAME : VG_AMBIGUOUS;
}

// ---- the verdict --------------------------------------------------------------------------------

static double mean_clock(const struct vg_measurement *m)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        const json_t *clock = vg_json_at(m->rows[i]->json, "telemetry.clock_mhz");
        for (size_t k = 0; k < json_array_size(clock); k++) {
            const json_t *mhz = json_array_get(clock, k);
            sum += json_number_value(mhz);
            count += json_is_number(mhz);
        }
    }
    return count ? sum / (double) count : NAN;
}

static void fill_side(struct vg_side *side, const struct vg_measurement *m, const struct track *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->processes; i++)
        sum += t->log_median[i];
    side->samples = t->count;
    side->processes = t->processes;
    side->median_ns = t->broken ? NAN : exp(sum / (double) t->processes);
    side->clock_mhz = mean_clock(m);
}

// Whether more than half of the samples that count were taken under a throttled clock.
static bool is_throttled(const struct vg_measurement *m)
{
    size_t samples = 0, throttled = 0;
    for (size_t i = 0; i < m->count; i++) {
        const struct vg_record *r = m->rows[i];
        size_t all = 0, out = 0;
        bool *marked = vg_alloc(r->samples + 1, sizeof *marked);
        mark(vg_json_at(r->json, "time_ns.left_out"), 0, marked, r->samples, &out);
        mark(vg_json_at(r->json, "telemetry.throttled"),
             json_integer_value(vg_json_at(r->json, "telemetry.first_sample")), marked, r->samples,
             &all);
        throttled += all;   // those that were not left out
        samples += r->samples - out;
        free(marked);
    }
    return 2 * throttled > samples;
}

// What other processes took of the machine, in cores, while those of one side ran.
struct load {
    double least, most;   // of a process; NAN where it was not read
};

static struct load load_of(const struct vg_measurement *m)
{
    struct load l = { NAN, NAN };
    for (size_t i = 0; i < m->count; i++) {
        const json_t *cores = vg_json_at(m->rows[i]->json, "telemetry.other_cores");
        for (size_t k = 0; k < json_array_size(cores); k++) {
            const json_t *one = json_array_get(cores, k);
            l.least = json_is_number(one) ? fmin(l.least, json_number_value(one)) : l.least;
            l.most = json_is_number(one) ? fmax(l.most, json_number_value(one)) : l.most;
        }
    }
    return l;
}

// Whether every process of the side that is slower had less of the machine than any of the other.
static bool is_load(struct vg_comparison *c, struct vg_arena *a, enum vg_verdict v,
                    const struct vg_measurement *base, const struct vg_measurement *now)
{
    static const double quarter = 0.25;
    const struct load slow = load_of(v == VG_SLOWER ? now : base),
                      fast = load_of(v == VG_SLOWER ? base : now);
    if (!(slow.least - fast.most > quarter))
        return false;
    vg_comparison_say(c, a,
                      "other processes took at least %.1f cores on the slower side, at most "
                      "%.1f on the other",
                      slow.least, fast.most);
    return true;
}

static bool is_decided(enum vg_verdict v)
{
    return v == VG_FASTER || v == VG_SLOWER;
}

// What the clock has to say of a decided time.
static enum vg_verdict confirm(struct vg_comparison *c, struct vg_arena *a, enum vg_verdict time,
                               const struct vg_compare_how *how)
{
    if (!c->cycles.known)
        return time;
    const enum vg_verdict cycles = verdict_of(&c->cycles, how->effect);
    if (cycles == time) {
        vg_comparison_say(c, a, "confirmed in clock cycles");
        return time;
    }
    vg_comparison_say(c, a, "%s in time, %s in clock cycles: the clock was %.0f MHz, is %.0f",
                      vg_verdict_name(time), vg_verdict_name(cycles), c->base.clock_mhz,
                      c->now.clock_mhz);
    return cycles == VG_SAME ? VG_ENVIRONMENT : VG_AMBIGUOUS;
}

static void say_processes(struct vg_comparison *c, struct vg_arena *a,
                          const struct vg_compare_how *how)
{
    if (c->base.processes == 1 && c->now.processes == 1)
        vg_comparison_say(c, a,
                          "one process a side, a deviation of %g %% between processes assumed",
                          100 * how->spread);
}

enum vg_verdict vg_compare_time(struct vg_comparison *c, struct vg_arena *a,
                                const struct vg_measurement *base, const struct vg_measurement *now,
                                const struct vg_compare_how *how)
{
    struct track was = times_of(base), is = times_of(now), was_cycles = cycles_of(base),
                 is_cycles = cycles_of(now);
    enum vg_verdict v = VG_NOT_COMPARABLE;
    fill_side(&c->base, base, &was);
    fill_side(&c->now, now, &is);
    if (was.count == 0 || is.count == 0)
        goto out;
    c->p = vg_rank_test(was.x, was.count, is.x, is.count).p;
    c->time = shift_of(&was, &is, how);
    c->cycles = shift_of(&was_cycles, &is_cycles, how);
    v = verdict_of(&c->time, how->effect);
    if (is_decided(v) && c->p >= 1 - how->confidence) {
        vg_comparison_say(c, a, "the ranks of the samples do not tell them apart (p = %.2g)", c->p);
        v = VG_AMBIGUOUS;
    }
    if (is_decided(v) && (is_throttled(base) || is_throttled(now))) {
        vg_comparison_say(c, a, "measured under a throttled clock");
        v = VG_AMBIGUOUS;
    }
    if (is_decided(v) && is_load(c, a, v, base, now))
        v = VG_AMBIGUOUS;
    if (is_decided(v))
        v = confirm(c, a, v, how);
    if (!c->time.known)
        vg_comparison_say(c, a, "too few samples");
    say_processes(c, a, how);
out:
    track_finish(&was);
    track_finish(&is);
    track_finish(&was_cycles);
    track_finish(&is_cycles);
    return v;
}
