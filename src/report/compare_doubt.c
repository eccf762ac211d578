#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "report/compare_private.h"

static const double bit_of_a_core = 0.25;

bool vg_is_throttled(const struct vg_measurement *m)
{
    size_t samples = 0, throttled = 0;
    for (size_t i = 0; i < m->count; i++) {
        const struct vg_record *r = m->rows[i];
        size_t all = 0, out = 0;
        bool *marked = vg_alloc(r->samples + 1, sizeof *marked);
        vg_mark_samples(vg_json_at(r->json, "time_ns.left_out"), 0, marked, r->samples, &out);
        vg_mark_samples(vg_json_at(r->json, "telemetry.throttled"),
                        json_integer_value(vg_json_at(r->json, "telemetry.first_sample")), marked,
                        r->samples, &all);
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

bool vg_is_load(struct vg_comparison *c, struct vg_arena *a, enum vg_verdict v,
                const struct vg_measurement *base, const struct vg_measurement *now)
{
    const struct load slow = load_of(v == VG_SLOWER ? now : base),
                      fast = load_of(v == VG_SLOWER ? base : now);
    if (!(slow.least - fast.most > bit_of_a_core))
        return false;
    vg_comparison_say(c, a,
                      "other processes took at least %.1f cores on the slower side, at most "
                      "%.1f on the other",
                      slow.least, fast.most);
    return true;
}

// ---- cores that the device needs ----------------------------------------------------------------

// Cores of the host that nobody needs while the device works: its own threads need one for each of
// its compute units if it is a CPU, else the host's thread needs one.
static double spare_cores(const struct vg_record *r)
{
    const bool cpu = r->device_type && !strcasecmp(r->device_type, "cpu");
    return vg_json_real_at(r->json, "host.cores", NAN) -
           (cpu ? vg_json_real_at(r->json, "device.compute_units", NAN) : 1);
}

// Whether others took more than is spare from most processes of a side; *most keeps the greatest.
static bool most_are_crowded(const struct vg_measurement *m, double *most)
{
    size_t processes = 0, crowded = 0;
    for (size_t i = 0; i < m->count; i++) {
        const double spare = spare_cores(m->rows[i]);
        const json_t *cores = vg_json_at(m->rows[i]->json, "telemetry.other_cores");
        for (size_t k = 0; k < json_array_size(cores); k++, processes++) {
            const double others = json_number_value(json_array_get(cores, k));
            crowded += !isnan(spare) && others > fmax(spare, 0) + bit_of_a_core;
            *most = fmax(*most, others);
        }
    }
    return 2 * crowded > processes;
}

bool vg_is_crowded(struct vg_comparison *c, struct vg_arena *a, const struct vg_measurement *base,
                   const struct vg_measurement *now)
{
    double most = 0;
    const bool was = most_are_crowded(base, &most), is = most_are_crowded(now, &most);
    if (was || is)
        vg_comparison_say(c, a, "other processes took up to %.1f cores that the device needs",
                          most);
    return was || is;
}

// ---- the clock of events ------------------------------------------------------------------------

static bool most_disagree(const struct vg_measurement *m)
{
    size_t off = 0;
    for (size_t i = 0; i < m->count; i++)
        off += json_is_false(vg_json_at(m->rows[i]->json, "time_ns.event_clock.agrees"));
    return 2 * off > m->count;
}

bool vg_is_off_clock(struct vg_comparison *c, struct vg_arena *a, const struct vg_measurement *base,
                     const struct vg_measurement *now)
{
    const bool off = most_disagree(base) || most_disagree(now);
    if (off)
        vg_comparison_say(c, a, "the device's event clock does not agree with the host's");
    return off;
}
