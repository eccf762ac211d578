#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "report/compare.h"
#include "report/markdown.h"

// ---- JSON ---------------------------------------------------------------------------------------

static void add_side(json_t *o, const char *key, const struct vg_side *side)
{
    const struct vg_record *r = side->row;
    if (!r) {
        vg_json_null(o, key);
        return;
    }
    json_t *s = vg_json_object(o, key);
    vg_json_string(s, "file", r->file);
    vg_json_int(s, "line", r->line);
    vg_json_string(s, "time", r->time);
    vg_json_string(s, "commit", r->commit);
    vg_json_string(s, "driver", r->driver);
    vg_json_string(s, "programs_sha256", r->programs);
    vg_json_int(s, "rows", (int64_t) side->rows);
    vg_json_int(s, "processes", (int64_t) side->processes);
    vg_json_int(s, "samples", (int64_t) side->samples);
    vg_json_real(s, "median_ns", side->median_ns);
    vg_json_real(s, "clock_mhz", side->clock_mhz);
}

static void add_shift(json_t *o, const char *key, const struct vg_shift *shift)
{
    if (isnan(shift->ratio)) {
        vg_json_null(o, key);
        return;
    }
    json_t *s = vg_json_object(o, key);
    vg_json_real(s, "ratio", shift->ratio);
    vg_json_real(s, "low", shift->low);
    vg_json_real(s, "high", shift->high);
}

static void add_quality(json_t *list, const struct vg_quality *q)
{
    json_t *o = json_object();
    vg_json_string(o, "name", q->name);
    vg_json_real(o, "base", q->base);
    vg_json_real(o, "new", q->new_value);
    vg_json_string(o, "verdict", q->verdict == VG_FASTER ? "better" : vg_verdict_name(q->verdict));
    json_array_append_new(list, o);
}

static json_t *comparison_json(const struct vg_comparison *c)
{
    const struct vg_record *r = c->now.row ? c->now.row : c->base.row;
    json_t *o = json_object();
    vg_json_string(o, "device", r->device_id);
    vg_json_string(o, "suite", r->suite);
    vg_json_string(o, "case", r->name);
    vg_json_string(o, "settings", r->settings);
    vg_json_string(o, "verdict", vg_verdict_name(c->verdict));
    vg_json_string(o, "reason", c->reason);
    vg_json_string(o, "accepted", c->accepted ? c->accepted->reason : NULL);
    add_side(o, "base", &c->base);
    add_side(o, "new", &c->now);
    add_shift(o, "time", &c->time);
    add_shift(o, "cycles", &c->cycles);
    vg_json_int(o, "pairs", (int64_t) c->pairs);
    vg_json_real(o, "rank_p", c->p);
    json_t *qualities = vg_json_array(o, "quality");
    for (size_t i = 0; i < c->qualities; i++)
        add_quality(qualities, &c->quality[i]);
    return o;
}

json_t *vg_compared_json(const struct vg_compared *c)
{
    json_t *o = json_object(), *counts = vg_json_object(o, "verdicts");
    for (int v = 0; v < VG_VERDICTS; v++)
        vg_json_int(counts, vg_verdict_name(v), (int64_t) c->verdicts[v]);
    vg_json_int(o, "accepted", (int64_t) c->accepted);
    vg_json_int(o, "not_asked", (int64_t) c->not_asked);
    json_t *cases = vg_json_array(o, "cases");
    for (size_t i = 0; i < c->count; i++)
        json_array_append_new(cases, comparison_json(&c->list[i]));
    return o;
}

// ---- in words -----------------------------------------------------------------------------------

void vg_compared_counts(const struct vg_compared *c, struct vg_text *out)
{
    vg_text_add(out, "%zu case%s", c->count, c->count == 1 ? "" : "s");
    const char *comma = ": ";
    for (int v = 0; v < VG_VERDICTS; v++)
        if (c->verdicts[v]) {
            vg_text_add(out, "%s%zu %s", comma, c->verdicts[v], vg_verdict_name(v));
            comma = ", ";
        }
    if (c->accepted)
        vg_text_add(out, "%s%zu accepted", comma, c->accepted);
    if (c->not_asked)
        vg_text_add(out, "; %zu of the base are of suites or devices that NEW has no rows of",
                    c->not_asked);
}

void vg_comparison_change(const struct vg_shift *s, struct vg_text *out)
{
    if (isnan(s->ratio))
        return;
    vg_text_add(out, "%+.2f %%", 100 * (s->ratio - 1));
    if (s->known)
        vg_text_add(out, " (%+.2f to %+.2f)", 100 * (s->low - 1), 100 * (s->high - 1));
}

// ---- Markdown -----------------------------------------------------------------------------------

static void add_row(struct vg_text *out, const struct vg_comparison *c)
{
    const struct vg_record *r = c->now.row ? c->now.row : c->base.row;
    struct vg_text change = { 0 };
    vg_comparison_change(&c->time, &change);
    vg_text_add(out, "|");
    vg_markdown_cell(out, vg_verdict_name(c->verdict));
    vg_markdown_cell(out, r->name);
    vg_markdown_cell(out, r->device_id);
    vg_markdown_number(out, c->base.median_ns / 1e6);
    vg_markdown_number(out, c->now.median_ns / 1e6);
    vg_markdown_cell(out, vg_text_string(&change));
    vg_markdown_cell(out, c->reason);
    vg_text_add(out, "\n");
    vg_text_finish(&change);
}

static void add_rows(struct vg_text *out, const struct vg_compared *c, bool same)
{
    vg_text_add(out, "| verdict | case | device | base, ms | new, ms | change of time | why |\n"
                     "|---|---|---|--:|--:|---|---|\n");
    for (size_t i = 0; i < c->count; i++)
        if ((c->list[i].verdict == VG_SAME) == same)
            add_row(out, &c->list[i]);
}

void vg_compared_markdown(const struct vg_compared *c, struct vg_text *out)
{
    vg_compared_counts(c, out);
    vg_text_add(out, ".\n\n");
    if (c->verdicts[VG_SAME] < c->count)
        add_rows(out, c, false);
    if (c->verdicts[VG_SAME] == 0)
        return;
    vg_text_add(out, "\n<details><summary>%zu the same</summary>\n\n", c->verdicts[VG_SAME]);
    add_rows(out, c, true);
    vg_text_add(out, "\n</details>\n");
}
