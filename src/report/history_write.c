#include <math.h>

#include "base/json.h"
#include "report/history.h"

static void add_row(json_t *o, const char *key, const struct vg_history_row *r)
{
    json_t *row = vg_json_object(o, key);
    vg_json_string(row, "file", r->file);
    vg_json_int(row, "line", r->line);
    vg_json_string(row, "time", r->time);
    vg_json_string(row, "commit", r->commit);
}

static json_t *change_json(const struct vg_history_change *c)
{
    json_t *o = json_object();
    vg_json_string(o, "turn", vg_turn_name(c->turn));
    vg_json_string(o, "accepted", c->accepted ? c->accepted->reason : NULL);
    vg_json_int(o, "at", (int64_t) c->change.at);
    vg_json_real(o, "before", c->change.before);
    vg_json_real(o, "after", c->change.after);
    vg_json_real(o, "magnitude", c->change.magnitude);
    vg_json_real(o, "divergence", c->change.q);
    vg_json_real(o, "t", c->change.t);
    vg_json_real(o, "p", c->change.p);
    add_row(o, "last_row", c->last);
    add_row(o, "first_row", c->first);
    vg_json_string(o, "surroundings", c->surroundings);
    vg_json_bool(o, "same_programs", c->same_programs);
    return o;
}

static json_t *series_json(const struct vg_series *s)
{
    static const char *const ways[] = { "neither", "higher", "lower" };
    const struct vg_history_row *first = s->rows[0];
    json_t *o = json_object();
    vg_json_string(o, "device", first->device);
    vg_json_string(o, "suite", first->suite);
    vg_json_string(o, "case", first->name);
    vg_json_string(o, "settings", first->settings);
    vg_json_string(o, "metric", s->metric);
    vg_json_string(o, "unit", s->unit);
    vg_json_string(o, "better", ways[s->better]);
    vg_json_int(o, "missing", (int64_t) s->missing);
    vg_json_bool(o, "too_short", s->too_short);
    vg_json_reals(o, "values", s->value, s->count);
    json_t *times = vg_json_array(o, "times"), *commits = vg_json_array(o, "commits");
    for (size_t i = 0; i < s->count; i++) {
        const char *commit = s->rows[i]->commit;
        json_array_append_new(times, json_string(s->rows[i]->time));
        json_array_append_new(commits, commit ? json_string(commit) : json_null());
    }
    json_t *changes = vg_json_array(o, "changes");
    for (size_t i = 0; i < s->change_count; i++)
        json_array_append_new(changes, change_json(&s->changes[i]));
    return o;
}

json_t *vg_history_json(const struct vg_history *h)
{
    json_t *o = json_object(), *series = vg_json_array(o, "series");
    for (size_t i = 0; i < h->count; i++)
        json_array_append_new(series, series_json(&h->list[i]));
    vg_json_int(o, "rows_without_time", (int64_t) h->without_time);
    vg_json_int(o, "rows_without_place", (int64_t) h->without_place);
    return o;
}
