#include "report/compare.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "report/compare_pair.h"
#include "report/compare_private.h"

const char *vg_verdict_name(enum vg_verdict v)
{
    static const char *const names[VG_VERDICTS] = {
        "same",        "faster",         "slower",  "worse", "ambiguous",
        "environment", "not comparable", "missing", "new",
    };
    return names[v];
}

void vg_comparison_say(struct vg_comparison *c, struct vg_arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    const int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return;
    c->reason = vg_arena_string(a, "%s%s%s", c->reason, *c->reason ? "; " : "", text);
    free(text);
}

// ---- whether they may be compared ---------------------------------------------------------------

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

static bool differs(const char *a, const char *b)
{
    return strcmp(or_none(a), or_none(b)) != 0;
}

static const char *at(const struct vg_record *r, const char *path)
{
    return vg_json_text_at(r->json, path, NULL);
}

static bool is_ok(const struct vg_record *r)
{
    return r->status && !strcmp(r->status, "ok");
}

static bool is_checked(const struct vg_record *r)
{
    return r->checked == VG_RECORD_CHECK_PASSED;
}

// What was run: VG_SAME if both rows are sound, else the verdict.
static enum vg_verdict check_status(struct vg_comparison *c, struct vg_arena *a)
{
    const struct vg_record *base = c->base.row, *now = c->now.row;
    if (is_ok(base) && is_ok(now) && is_checked(base) && is_checked(now))
        return VG_SAME;
    if (!is_ok(base))
        vg_comparison_say(c, a, "the base is %s: %s", or_none(base->status), or_none(base->reason));
    if (!is_ok(now))
        vg_comparison_say(c, a, "%s: %s", or_none(now->status), or_none(now->reason));
    if (is_ok(base) && !is_checked(base))
        vg_comparison_say(c, a, "the base was not checked");
    if (is_ok(now) && !is_checked(now))
        vg_comparison_say(c, a, "was not checked");
    const bool failed = now->status && !strcmp(now->status, "failed");
    return is_ok(base) && is_checked(base) && failed ? VG_WORSE : VG_NOT_COMPARABLE;
}

// What a time is of.  Without it a ratio has no meaning.
static bool has_same_work(struct vg_comparison *c, struct vg_arena *a, bool across_devices)
{
    static const struct {
        const char *path, *name;
    } texts[] = { { "time_ns.unit_of_work", "unit of work" }, { "time_ns.caches", "caches" } };
    bool same = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *base = at(c->base.row, texts[i].path), *now = at(c->now.row, texts[i].path);
        if (differs(base, now)) {
            vg_comparison_say(c, a, "%s: %s -> %s", texts[i].name, or_none(base), or_none(now));
            same = false;
        }
    }
    const double base = vg_json_real_at(c->base.row->json, "device.compute_units", 0),
                 now = vg_json_real_at(c->now.row->json, "device.compute_units", 0);
    if (base != now && !across_devices) {
        vg_comparison_say(c, a, "compute units: %g -> %g", base, now);
        same = false;
    }
    return same;
}

// Driver, compiler, host: no part of a case's identity, but of what its time says.
static bool has_same_surroundings(struct vg_comparison *c, struct vg_arena *a)
{
    static const struct {
        const char *path, *name;
    } texts[] = {
        { "device.driver", "driver" },
        { "device.opencl_version", "OpenCL" },
        { "engaged.build_options", "compiler options" },
        { "engaged.driver_settings", "driver settings" },
        { "host.cpu", "host" },
    };
    bool same = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *base = at(c->base.row, texts[i].path), *now = at(c->now.row, texts[i].path);
        if (differs(base, now)) {
            vg_comparison_say(c, a, "%s: %s -> %s", texts[i].name, or_none(base), or_none(now));
            same = false;
        }
    }
    return same;
}

static bool is_comparable(struct vg_comparison *c, struct vg_arena *a,
                          const struct vg_compare_how *how)
{
    if (!has_same_work(c, a, how->across_devices))
        return false;
    const bool same = has_same_surroundings(c, a), across = how->across || how->across_devices;
    if (!same && !across)
        vg_comparison_say(c, a, "--across compares nevertheless");
    return same || across;
}

// ---- the verdict --------------------------------------------------------------------------------

static bool is_same_program(struct vg_comparison *c, struct vg_arena *a)
{
    const struct vg_record *base = c->base.row, *now = c->now.row;
    if (!base->programs || differs(base->programs, now->programs) ||
        differs(at(base, "engaged.planted"), at(now, "engaged.planted")))
        return false;
    if (!base->commit || differs(base->commit, now->commit)) {
        vg_comparison_say(c, a, "the kernels are the same: the host's code or the environment");
        return false;
    }
    if (strstr(base->commit, "-dirty")) {
        vg_comparison_say(c, a, "the kernels are the same; the commit is %s", base->commit);
        return false;
    }
    vg_comparison_say(c, a, "the same programs and commit, measured %s and %s", or_none(base->time),
                      or_none(now->time));
    return true;
}

static bool is_same_rows(const struct vg_measurement *base, const struct vg_measurement *now)
{
    bool same = base->count == now->count;
    for (size_t i = 0; same && i < base->count; i++)
        same = json_equal(base->rows[i]->json, now->rows[i]->json);
    return same;
}

static enum vg_verdict join(enum vg_verdict time, enum vg_verdict quality)
{
    if (quality == VG_NOT_COMPARABLE)
        return time;
    if (time == VG_SLOWER)
        return time;
    if (quality == VG_WORSE || time == VG_NOT_COMPARABLE)
        return quality;
    return quality == VG_AMBIGUOUS ? quality : time;
}

static enum vg_verdict decide(struct vg_comparison *c, struct vg_arena *a,
                              const struct vg_measurement *base, const struct vg_measurement *now,
                              const struct vg_compare_how *how)
{
    const enum vg_verdict sound = check_status(c, a);
    if (sound != VG_SAME)
        return sound;
    if (!is_comparable(c, a, how))
        return VG_NOT_COMPARABLE;
    enum vg_verdict time = vg_compare_time(c, a, base, now, how);
    if (time != VG_NOT_COMPARABLE && is_same_rows(base, now)) {
        c->reason = "the same rows on both sides";
        time = VG_SAME;
    }
    if ((time == VG_FASTER || time == VG_SLOWER) && !how->across_devices && is_same_program(c, a))
        time = VG_ENVIRONMENT;
    const enum vg_verdict v = join(time, vg_compare_quality(c, a, how));
    if (v == VG_NOT_COMPARABLE)
        vg_comparison_say(c, a, "has neither samples nor a metric on both sides");
    return v;
}

static void compare_pair(struct vg_comparison *c, struct vg_arena *a, const struct vg_pair *pair,
                         const struct vg_compare_how *how)
{
    *c = (struct vg_comparison) { .reason = "", .time = { NAN, NAN, NAN, false }, .p = NAN };
    c->cycles = c->time;
    c->base = (struct vg_side) { .median_ns = NAN, .clock_mhz = NAN };
    c->now = c->base;
    const struct vg_measurement base = vg_pair_newest(&pair->base, a),
                                now = vg_pair_newest(&pair->now, a);
    c->base.rows = base.count;
    c->now.rows = now.count;
    c->base.row = base.count ? base.rows[base.count - 1] : NULL;
    c->now.row = now.count ? now.rows[now.count - 1] : NULL;
    if (!c->base.row || !c->now.row) {
        c->verdict = c->base.row ? VG_MISSING : VG_NEW;
    } else if (!pair->same_settings) {
        const char *settings = vg_settings_difference(c->base.row, c->now.row, a);
        c->verdict = VG_NOT_COMPARABLE;
        if (*settings)
            vg_comparison_say(c, a, "settings: %s", settings);
        has_same_work(c, a, how->across_devices);
    } else {
        c->verdict = decide(c, a, &base, &now, how);
    }
    if (c->verdict == VG_SLOWER || c->verdict == VG_WORSE)
        c->accepted = vg_accepted_find(how->accepted, c->now.row->name, c->now.row->device_id,
                                       c->base.row->commit, c->now.row->commit);
    if (c->accepted)
        vg_comparison_say(c, a, "accepted: %s", c->accepted->reason);
}

static struct vg_compare_how defaults(const struct vg_compare_how *how)
{
    struct vg_compare_how h = how ? *how : (struct vg_compare_how) { 0 };
    h.effect = h.effect > 0 ? h.effect : 0.01;
    h.confidence = h.confidence > 0 ? h.confidence : 0.95;
    h.spread = h.spread > 0 ? h.spread : 0.01;
    h.points = h.points > 0 ? h.points : 0.005;
    h.loss = h.loss > 0 ? h.loss : 0.01;
    return h;
}

int vg_compare(struct vg_compared **out, const struct vg_rows *base, const struct vg_rows *now,
               const struct vg_compare_how *how)
{
    int rc = VG_OK;
    const struct vg_compare_how h = defaults(how);
    struct vg_compared *c = vg_alloc(1, sizeof *c);
    struct vg_pairs pairs = { 0 };
    c->arena = vg_arena_create();
    VG_TRY(vg_pairs_find(&pairs, base, now, h.across_devices));
    c->not_asked = pairs.not_asked;
    c->list = vg_alloc(pairs.count + 1, sizeof *c->list);
    for (; c->count < pairs.count; c->count++) {
        struct vg_comparison *one = &c->list[c->count];
        compare_pair(one, c->arena, &pairs.list[c->count], &h);
        if (one->accepted)
            c->accepted++;
        else
            c->verdicts[one->verdict]++;
    }
out:
    vg_pairs_finish(&pairs);
    if (rc != VG_OK)
        vg_compared_destroy(&c);
    *out = c;
    return rc;
}

void vg_compared_destroy(struct vg_compared **c)
{
    if (!*c)
        return;
    vg_arena_destroy(&(*c)->arena);
    free((*c)->list);
    free(*c);
    *c = NULL;
}

int vg_compared_code(const struct vg_compared *c)
{
    if (c->verdicts[VG_SLOWER] || c->verdicts[VG_WORSE])
        return 1;
    return c->verdicts[VG_AMBIGUOUS] || c->verdicts[VG_ENVIRONMENT] ||
                   c->verdicts[VG_NOT_COMPARABLE] || c->verdicts[VG_MISSING]
               ? 2
               : 0;
}
