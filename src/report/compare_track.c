#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/stats.h"
#include "report/compare_private.h"

void vg_track_finish(struct vg_track *t)
{
    free(t->x);
    free(t->log_median);
    free(t->begun_s);
}

void vg_mark_samples(const json_t *indices, json_int_t first, bool *marked, size_t count,
                     size_t *marks)
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

static void end_process(struct vg_track *t, size_t begin, const json_t *begun_s)
{
    if (t->count == begin)
        return;
    t->log_median = vg_grow(t->log_median, t->processes + 1, sizeof *t->log_median);
    t->begun_s = vg_grow(t->begun_s, t->processes + 1, sizeof *t->begun_s);
    t->begun_s[t->processes] = json_is_number(begun_s) ? json_number_value(begun_s) : NAN;
    t->log_median[t->processes++] = log(vg_stats_median(t->x + begin, t->count - begin));
}

static void add_row(struct vg_track *t, const struct vg_record *r, const json_t *clock)
{
    size_t marks = 0;
    const json_t *begun = vg_json_at(r->json, "time_ns.begun_s");
    bool *left_out = vg_alloc(r->samples + 1, sizeof *left_out);
    vg_mark_samples(vg_json_at(r->json, "time_ns.left_out"), 0, left_out, r->samples, &marks);
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
        end_process(t, begin, json_array_get(begun, process));
    }
    free(left_out);
}

struct vg_track vg_track_times(const struct vg_measurement *m)
{
    struct vg_track t = { 0 };
    for (size_t i = 0; i < m->count; i++)
        add_row(&t, m->rows[i], NULL);
    t.broken |= t.count == 0;
    return t;
}

struct vg_track vg_track_cycles(const struct vg_measurement *m)
{
    struct vg_track t = { 0 };
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
