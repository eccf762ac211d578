#include <math.h>

#include "base/json.h"
#include "report/compare_private.h"

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

// ---- the sides ----------------------------------------------------------------------------------

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

static void fill_side(struct vg_side *side, const struct vg_measurement *m,
                      const struct vg_track *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->processes; i++)
        sum += t->log_median[i];
    side->samples = t->count;
    side->processes = t->processes;
    side->median_ns = t->broken ? NAN : exp(sum / (double) t->processes);
    side->clock_mhz = mean_clock(m);
}

// ---- the verdict --------------------------------------------------------------------------------

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
    if (c->pairs > 0)
        vg_comparison_say(c, a, "%zu pairs of processes that took turns", c->pairs);
    if (c->base.processes == 1 && c->now.processes == 1)
        vg_comparison_say(c, a,
                          "one process a side, a deviation of %g %% between processes assumed",
                          100 * how->spread);
}

enum vg_verdict vg_compare_time(struct vg_comparison *c, struct vg_arena *a,
                                const struct vg_measurement *base, const struct vg_measurement *now,
                                const struct vg_compare_how *how)
{
    struct vg_track was = vg_track_times(base), is = vg_track_times(now),
                    was_cycles = vg_track_cycles(base), is_cycles = vg_track_cycles(now);
    enum vg_verdict v = VG_NOT_COMPARABLE;
    fill_side(&c->base, base, &was);
    fill_side(&c->now, now, &is);
    if (was.count == 0 || is.count == 0)
        goto out;
    c->pairs = vg_track_pairs(&was, &is, how);
    c->time = vg_shift_of(&was, &is, how, &c->p);
    c->cycles = vg_shift_of(&was_cycles, &is_cycles, how, NULL);
    v = verdict_of(&c->time, how->effect);
    const bool crowded = vg_is_crowded(c, a, base, now);
    if (vg_is_off_clock(c, a, base, now) || crowded)
        v = VG_AMBIGUOUS;
    if (is_decided(v) && c->p >= 1 - how->confidence) {
        vg_comparison_say(c, a, "the ranks of the samples do not tell them apart (p = %.2g)", c->p);
        v = VG_AMBIGUOUS;
    }
    if (is_decided(v) && (vg_is_throttled(base) || vg_is_throttled(now))) {
        vg_comparison_say(c, a, "measured under a throttled clock");
        v = VG_AMBIGUOUS;
    }
    if (is_decided(v) && vg_is_load(c, a, v, base, now))
        v = VG_AMBIGUOUS;
    if (is_decided(v))
        v = confirm(c, a, v, how);
    if (!c->time.known)
        vg_comparison_say(c, a, "too few samples");
    say_processes(c, a, how);
out:
    vg_track_finish(&was);
    vg_track_finish(&is);
    vg_track_finish(&was_cycles);
    vg_track_finish(&is_cycles);
    return v;
}
