#include "bench/measure.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/stats.h"

// Warm-up ends when two runs in a row are no faster than 0.98 of the fastest before them: caches,
// clocks and the driver's lazy work have done what they do.
enum { WARMUP_LEAST = 3, WARMUP_MOST = 50, SETTLED = 2 };
static const double still_faster = 0.98;

static struct vg_measure filled(const struct vg_measure *how)
{
    struct vg_measure m = how ? *how : (struct vg_measure) { 0 };
    m.width = m.width > 0 ? m.width : 0.005;
    m.seconds = m.seconds > 0 ? m.seconds : 2;
    m.least = m.least > 0 ? m.least : 10;
    m.most = m.most > 0 ? m.most : 1000;
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

static int warm_up(struct vg_samples *s, vg_measure_fn *once, void *user,
                   const struct vg_measure *m)
{
    double track_ns[VG_TRACKS], wall_ns, best = 0, spent = 0;
    int settled = 0;
    while (s->warmup < WARMUP_MOST && !asked_to_stop(m)) {
        const int rc = run_once(once, user, track_ns, &wall_ns);
        if (rc != VG_OK)
            return rc;
        spent += wall_ns;
        settled = s->warmup > 0 && wall_ns >= still_faster * best ? settled + 1 : 0;
        best = s->warmup == 0 || wall_ns < best ? wall_ns : best;
        s->warmup++;
        if (spent > m->seconds * 1e9 || (s->warmup >= WARMUP_LEAST && settled >= SETTLED))
            break;
    }
    return VG_OK;
}

static bool is_narrow(const struct vg_samples *s, double width)
{
    for (int t = 0; t < s->tracks; t++)
        if (vg_summary_of(s->track_ns[t], s->count).width > width)
            return false;
    return s->tracks > 0 || vg_summary_of(s->wall_ns, s->count).width <= width;
}

static int take(struct vg_samples *s, vg_measure_fn *once, void *user)
{
    double track_ns[VG_TRACKS] = { 0 }, wall_ns;
    const int rc = run_once(once, user, track_ns, &wall_ns);
    if (rc != VG_OK)
        return rc;
    for (int t = 0; t < s->tracks; t++)
        s->track_ns[t][s->count] = track_ns[t];
    s->wall_ns[s->count++] = wall_ns;
    return VG_OK;
}

int vg_measure(struct vg_samples *s, int tracks, vg_measure_fn *once, void *user,
               const struct vg_measure *how)
{
    int rc = VG_OK;
    const struct vg_measure m = filled(how);
    assert(tracks <= VG_TRACKS);
    *s = (struct vg_samples) { .tracks = tracks };
    for (int t = 0; t < tracks; t++)
        s->track_ns[t] = vg_alloc(m.most, sizeof(double));
    s->wall_ns = vg_alloc(m.most, sizeof(double));

    VG_TRY(warm_up(s, once, user, &m));
    const uint64_t begin = vg_clock_ns();
    while (s->count < (size_t) m.most) {
        s->stopped = asked_to_stop(&m);
        if (s->stopped)
            break;
        VG_TRY(take(s, once, user));
        if (s->count < (size_t) m.least)
            continue;
        s->narrow = is_narrow(s, m.width);
        if (s->narrow || (double) (vg_clock_ns() - begin) > m.seconds * 1e9)
            break;
    }
out:
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
