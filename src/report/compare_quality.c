#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/student.h"
#include "report/compare_private.h"
#include "report/metric.h"

// ---- metrics ------------------------------------------------------------------------------------

// A share's variance is at most that of a yes or no with its mean, p (1 - p), an image.
static struct vg_estimate share(double p, double images)
{
    return (struct vg_estimate) { p, p * (1 - p) / images, INFINITY };
}

static enum vg_verdict metric_verdict(const struct vg_metric *m, double base, double now,
                                      double images, const struct vg_compare_how *how)
{
    if (fabs(now - base) <= how->points)
        return VG_SAME;
    const bool between = fmin(base, now) >= 0 && fmax(base, now) <= 1;
    if (!m->share || !between || !(images >= 1))
        return VG_AMBIGUOUS;
    const struct vg_estimate a = share(base, images), b = share(now, images);
    const struct vg_interval i = vg_estimate_difference(&a, &b, how->confidence);
    const bool above = i.low > how->points, below = i.high < -how->points;
    if (!above && !below)
        return VG_AMBIGUOUS;
    return above == (m->better == VG_BETTER_HIGHER) ? VG_FASTER : VG_WORSE;
}

// ---- loss ---------------------------------------------------------------------------------------

static enum vg_verdict loss_verdict(double base, double now, const struct vg_compare_how *how)
{
    enum { GROSS = 5 };
    if (isnan(base) != isnan(now))
        return isnan(now) ? VG_WORSE : VG_FASTER;
    const double change = (now - base) / fabs(base);
    if (now == base || isnan(now) || fabs(change) <= how->loss)
        return VG_SAME;
    return fabs(change) <= GROSS * how->loss ? VG_AMBIGUOUS : change > 0 ? VG_WORSE : VG_FASTER;
}

// ---- both ---------------------------------------------------------------------------------------

static void add(struct vg_comparison *c, struct vg_arena *a, const char *name, double base,
                double now, enum vg_verdict v)
{
    c->quality[c->qualities++] = (struct vg_quality) { name, base, now, v };
    if (v == VG_SAME && base != now && c->base.row->programs && c->now.row->programs &&
        !strcmp(c->base.row->programs, c->now.row->programs))
        vg_comparison_say(c, a, "%s %.6g -> %.6g by the same programs", name, base, now);
    if (v != VG_SAME)
        vg_comparison_say(c, a, "%s %.6g -> %.6g%s", name, base, now,
                          v == VG_WORSE       ? ", worse"
                          : v == VG_AMBIGUOUS ? ", no interval tells"
                                              : ", better");
}

static void add_metrics(struct vg_comparison *c, struct vg_arena *a,
                        const struct vg_compare_how *how)
{
    const char *name;
    json_t *value;
    const double images = vg_json_real_at(c->now.row->json, "settings.test", NAN);
    json_object_foreach((json_t *) c->now.row->accuracy, name, value)
    {
        const json_t *before = json_object_get(c->base.row->accuracy, name);
        const struct vg_metric *m = vg_metric_of(name);
        if (!m || !json_is_number(value) || !json_is_number(before))
            continue;
        const double base = json_number_value(before), now = json_number_value(value);
        add(c, a, name, base, now, metric_verdict(m, base, now, images, how));
    }
}

enum vg_verdict vg_compare_quality(struct vg_comparison *c, struct vg_arena *a,
                                   const struct vg_compare_how *how)
{
    const struct vg_record *base = c->base.row, *now = c->now.row;
    const size_t most = json_object_size(now->accuracy) + 1;
    c->quality = vg_arena_alloc(a, most * sizeof *c->quality);
    if (base->accuracy && now->accuracy)
        add_metrics(c, a, how);
    if (base->losses && now->losses) {
        const double was = vg_record_loss(base), is = vg_record_loss(now);
        add(c, a, "loss", was, is, loss_verdict(was, is, how));
    }
    enum vg_verdict v = c->qualities ? VG_SAME : VG_NOT_COMPARABLE;
    for (size_t i = 0; i < c->qualities; i++) {
        if (c->quality[i].verdict == VG_WORSE)
            return VG_WORSE;
        if (c->quality[i].verdict == VG_AMBIGUOUS)
            v = VG_AMBIGUOUS;
    }
    return v;
}
