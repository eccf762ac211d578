#include "bench/measure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bench/settle.h"
#include "bench/telemetry.h"

enum { WARMUP_MOST = 100, WARMUP_WINDOW = 8, SLOPE_MOST = 32 };
static const double flat_enough = 0.02;

const char *vg_stopped_name(enum vg_stopped s)
{
    static const char *const names[] = { "interval", "entropy", "time", "count", "asked" };
    return names[s];
}

static struct vg_measure filled(const struct vg_measure *how, int tracks)
{
    struct vg_measure m = how ? *how : (struct vg_measure) { 0 };
    m.width = m.width > 0 ? m.width : 0.005;
    m.seconds = m.seconds > 0 ? m.seconds : 2;
    m.least = m.least > 0 ? m.least : 10;
    m.most = m.most > 0 ? m.most : 1000;
    m.most = m.most > m.least ? m.most : m.least;
    m.ruling = m.ruling > 0 && m.ruling < tracks ? m.ruling : tracks;
    return m;
}

static bool asked_to_stop(const struct vg_measure *m)
{
    return m->stop && m->stop();
}

static int run_once(vg_measure_fn *once, void *user, double track_ns[VG_TRACKS], double *wall_ns)
{
    const uint64_t begin = vg_clock_ns();
    const int rc = once(user, track_ns);
    *wall_ns = (double) (vg_clock_ns() - begin);
    return rc;
}

// ---- warm-up ------------------------------------------------------------------------------------

double vg_measure_slope(const double *values, int count, double *scatter)
{
    double slope[SLOPE_MOST * (SLOPE_MOST - 1) / 2], step[SLOPE_MOST];
    int n = 0;
    assert(count >= 2 && count <= SLOPE_MOST);
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            slope[n++] = (values[j] - values[i]) / (j - i);
    for (int i = 0; i + 1 < count; i++)
        step[i] = fabs(values[i + 1] - values[i]);
    const double median = vg_stats_median(values, (size_t) count);
    if (scatter)
        *scatter = median > 0 ? vg_stats_median(step, (size_t) count - 1) / median : 0;
    return median > 0 ? vg_stats_median(slope, (size_t) n) * (count - 1) / median : 0;
}

bool vg_measure_flat(const double *values, int count)
{
    double scatter;
    const double slope = fabs(vg_measure_slope(values, count, &scatter));
    return slope < flat_enough || slope < scatter;
}

// Ends with the slope, the time, or a number of runs: what takes seconds is not run eight times.
static int warm_up(struct vg_samples *s, vg_measure_fn *once, void *user,
                   const struct vg_measure *m)
{
    double track_ns[VG_TRACKS], wall_ns, last[WARMUP_WINDOW], spent = 0;
    while (s->warmup < WARMUP_MOST && !asked_to_stop(m)) {
        const int rc = run_once(once, user, track_ns, &wall_ns);
        if (rc != VG_OK)
            return rc;
        memmove(last, last + 1, sizeof last - sizeof *last);
        last[WARMUP_WINDOW - 1] = wall_ns;
        spent += wall_ns;
        s->warmup++;
        s->flat = s->warmup >= WARMUP_WINDOW && vg_measure_flat(last, WARMUP_WINDOW);
        if (s->flat || spent > m->seconds * 1e9)
            break;
    }
    return VG_OK;
}

// ---- when to stop -------------------------------------------------------------------------------

struct rule {
    struct vg_settle *settle[VG_TRACKS];
    size_t next;   // samples at which the intervals are looked at again: sorting is not free
};

static const double *ruled(const struct vg_samples *s, int track)
{
    return s->tracks > 0 ? s->track_ns[track] : s->wall_ns;
}

static int rulers(const struct vg_samples *s, const struct vg_measure *m)
{
    return s->tracks > 0 ? m->ruling : 1;
}

// The first sample sets the width of the bins: what the interval is asked to reach.
static void watch(struct rule *r, const struct vg_samples *s, const struct vg_measure *m)
{
    for (int t = 0; t < rulers(s, m); t++) {
        const double x = ruled(s, t)[s->count - 1];
        if (!r->settle[t])
            r->settle[t] = vg_settle_create(x > 0 ? m->width * x : 1);
        vg_settle_add(r->settle[t], x);
    }
}

static bool is_narrow(const struct vg_samples *s, const struct vg_measure *m)
{
    for (int t = 0; t < rulers(s, m); t++)
        if (vg_summary_of(ruled(s, t), s->count).width > m->width)
            return false;
    return true;
}

static bool has_settled(const struct rule *r, int count)
{
    for (int t = 0; t < count; t++)
        if (!vg_settle_done(r->settle[t]))
            return false;
    return true;
}

static bool is_enough(struct rule *r, struct vg_samples *s, const struct vg_measure *m,
                      double spent_ns)
{
    if (s->count < (size_t) m->least)
        return false;
    if (!m->exhaust && s->count >= r->next) {
        r->next = s->count + 1 + s->count / 16;
        if (is_narrow(s, m)) {
            s->stopped = VG_STOPPED_INTERVAL;
            return true;
        }
        if (has_settled(r, rulers(s, m))) {
            s->stopped = VG_STOPPED_ENTROPY;
            return true;
        }
    }
    s->stopped = spent_ns > m->seconds * 1e9 ? VG_STOPPED_TIME : VG_STOPPED_COUNT;
    return s->stopped == VG_STOPPED_TIME || s->count >= (size_t) m->most;
}

static void finish_rule(struct rule *r)
{
    for (int t = 0; t < VG_TRACKS; t++)
        vg_settle_destroy(&r->settle[t]);
}

// ---- samples ------------------------------------------------------------------------------------

static int take(struct vg_samples *s, vg_measure_fn *once, void *user, const struct vg_measure *m)
{
    double track_ns[VG_TRACKS] = { 0 }, wall_ns;
    if (m->telemetry)
        vg_telemetry_begin(m->telemetry);
    const int rc = run_once(once, user, track_ns, &wall_ns);
    if (rc != VG_OK)
        return rc;
    if (m->telemetry)
        vg_telemetry_end(m->telemetry);
    for (int t = 0; t < s->tracks; t++)
        s->track_ns[t][s->count] = track_ns[t];
    s->wall_ns[s->count++] = wall_ns;
    return VG_OK;
}

int vg_measure(struct vg_samples *s, int tracks, vg_measure_fn *once, void *user,
               const struct vg_measure *how)
{
    int rc = VG_OK;
    struct rule rule = { 0 };
    const struct vg_measure m = filled(how, tracks);
    assert(tracks <= VG_TRACKS);
    *s = (struct vg_samples) { .tracks = tracks };
    for (int t = 0; t < tracks; t++)
        s->track_ns[t] = vg_alloc(m.most, sizeof(double));
    s->wall_ns = vg_alloc(m.most, sizeof(double));

    VG_TRY(warm_up(s, once, user, &m));
    if (m.telemetry)
        vg_telemetry_restart(m.telemetry);
    s->begun_s = vg_clock_epoch_s();
    const uint64_t begin = vg_clock_ns();
    do {
        if (asked_to_stop(&m)) {
            s->stopped = VG_STOPPED_ASKED;
            break;
        }
        VG_TRY(take(s, once, user, &m));
        watch(&rule, s, &m);
    } while (!is_enough(&rule, s, &m, (double) (vg_clock_ns() - begin)));
out:
    finish_rule(&rule);
    return rc;
}

void vg_samples_finish(struct vg_samples *s)
{
    for (int t = 0; t < s->tracks; t++)
        free(s->track_ns[t]);
    free(s->wall_ns);
    *s = (struct vg_samples) { 0 };
}

struct vg_summary vg_summary_of(const double *samples, size_t count)
{
    const struct vg_interval i = vg_stats_median_interval(samples, count, 0.95);
    const double median = vg_stats_median(samples, count);
    return (struct vg_summary) { median, i.low, i.high,
                                 median > 0 ? (i.high - i.low) / median : 0 };
}
