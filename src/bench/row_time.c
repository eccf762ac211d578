#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/stats.h"
#include "bench/row_private.h"

// Samples of a row: what is left out of them, and what the others say.

enum { LEAST_LEFT = 10 };

// ---- which samples count ------------------------------------------------------------------------

static size_t mark_throttled(const json_t *row, bool *marked, size_t n)
{
    const json_t *list = vg_json_at(row, "telemetry.throttled");
    const json_int_t first = json_integer_value(vg_json_at(row, "telemetry.first_sample"));
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_int_t at = first + json_integer_value(json_array_get(list, i));
        if (at < 0 || (size_t) at >= n || marked[at])
            continue;
        marked[at] = true;
        count++;
    }
    return count;
}

// True where a sample does not count.  Marked ones stay where too few others would.
static void leave_out(const json_t *row, json_t *time, bool *out, size_t n)
{
    char why[120];
    const size_t marked = mark_throttled(row, out, n), left = n - marked;
    const bool enough = left >= LEAST_LEFT && 2 * left >= n;
    json_t *list = vg_json_array(time, "left_out");
    for (size_t i = 0; i < n; i++) {
        if (out[i] && enough)
            json_array_append_new(list, json_integer((json_int_t) i));
        out[i] = out[i] && enough;
    }
    snprintf(why, sizeof why,
             enough ? "%zu of %zu samples were taken under a throttled clock"
                    : "%zu of %zu samples were taken under a throttled clock: too few others, so "
                      "all count",
             marked, n);
    vg_json_string(time, "left_out_why", marked ? why : NULL);
}

// ---- what they say ------------------------------------------------------------------------------

static size_t keep(const json_t *samples, const bool *out, size_t from, size_t to, double *kept)
{
    size_t n = 0;
    for (size_t i = from; i < to && i < json_array_size(samples); i++)
        if (!out[i])
            kept[n++] = json_number_value(json_array_get(samples, i));
    return n;
}

// Samples of one process are alike in ways that those of another are not (where its memory came to
// lie), so the interval of the median holds the median of each.
static void summarise(json_t *o, const json_t *processes, const bool *out, size_t n)
{
    const json_t *samples = json_object_get(o, "samples");
    double *kept = vg_alloc(n ? n : 1, sizeof *kept);
    struct vg_summary s = vg_summary_of(kept, keep(samples, out, 0, n, kept));
    size_t from = 0;
    for (size_t p = 0; p < json_array_size(processes); p++) {
        const size_t to = from + (size_t) json_integer_value(json_array_get(processes, p)),
                     count = keep(samples, out, from, to, kept);
        const double median = vg_stats_median(kept, count);
        if (count > 0) {
            s.low = fmin(s.low, median);
            s.high = fmax(s.high, median);
        }
        from = to;
    }
    vg_json_real(o, "median", s.median);
    vg_json_real(o, "low", s.low);
    vg_json_real(o, "high", s.high);
    free(kept);
}

void vg_row_summarise(json_t *row)
{
    json_t *time = json_object_get(row, "time_ns"), *wall = json_object_get(time, "wall");
    const json_t *processes = json_object_get(time, "processes");
    const size_t n = json_array_size(json_object_get(time, "samples"));
    bool *out = vg_alloc(n ? n : 1, sizeof *out);
    leave_out(row, time, out, n);
    summarise(time, processes, out, n);
    if (json_is_object(wall) && json_array_size(json_object_get(wall, "samples")) == n)
        summarise(wall, processes, out, n);
    free(out);
}

// ---- setters ------------------------------------------------------------------------------------

static json_t *time_of(struct vg_row *r)
{
    json_t *o = json_object_get(r->json, "time_ns");
    return json_is_object(o) ? o : vg_row_fill(r, "time_ns");
}

void vg_row_time(struct vg_row *r, const double *samples_ns, size_t count, const char *unit)
{
    json_t *o = vg_row_fill(r, "time_ns");
    vg_json_reals(o, "samples", samples_ns, count);
    json_array_append_new(vg_json_array(o, "processes"), json_integer((json_int_t) count));
    vg_row_summarise(r->json);
    vg_json_string(o, "unit_of_work", unit);
}

void vg_row_wall(struct vg_row *r, const double *samples_ns, size_t count)
{
    vg_json_reals(vg_json_object(time_of(r), "wall"), "samples", samples_ns, count);
    vg_row_summarise(r->json);
}

void vg_row_stopped(struct vg_row *r, const struct vg_samples *s)
{
    json_t *o = time_of(r), *warmup = vg_json_object(o, "warmup");
    vg_json_reals(o, "begun_s", &s->begun_s, 1);
    json_array_append_new(vg_json_array(o, "stopped_by"), json_string(vg_stopped_name(s->stopped)));
    json_array_append_new(vg_json_array(warmup, "runs"), json_integer(s->warmup));
    json_array_append_new(vg_json_array(warmup, "flat"), json_boolean(s->flat));
}

void vg_row_event_clock(struct vg_row *r, const struct vg_event_clock *c)
{
    json_t *o = vg_json_object(time_of(r), "event_clock");
    vg_json_reals(o, "rate", &c->rate, 1);
    vg_json_reals(o, "uncertain", &c->uncertain, 1);
    vg_json_bool(o, "agrees", c->agrees);
}

void vg_row_telemetry(struct vg_row *r, const struct vg_telemetry *t)
{
    const size_t samples = json_array_size(vg_json_at(r->json, "time_ns.samples"));
    json_t *o = vg_row_fill(r, "telemetry");
    vg_telemetry_json(t, o);
    if (samples == 0)
        return;
    const size_t read = vg_telemetry_count(t);
    vg_json_int(o, "first_sample", samples > read ? (int64_t) (samples - read) : 0);
    vg_row_summarise(r->json);
}

double vg_row_median(const struct vg_row *r)
{
    return vg_json_real_at(r->json, "time_ns.median", NAN);
}
