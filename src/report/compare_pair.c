#include "report/compare_pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

// How much of a case's identity two rows have to share.
enum depth { SUITE = 2, NAME = 3, SETTINGS = 4 };

static int by_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

// Warm or cold: the one thing asked for that is not among the settings.
static const char *caches_of(const struct vg_record *r)
{
    return vg_json_text_at(r->json, "time_ns.caches", NULL);
}

static int by_identity(const struct vg_record *a, const struct vg_record *b, enum depth depth,
                       bool across)
{
    int order = across ? 0 : by_text(a->device_id, b->device_id);
    if (order == 0)
        order = by_text(a->suite, b->suite);
    if (order == 0 && depth >= NAME)
        order = by_text(a->name, b->name);
    if (order == 0 && depth >= SETTINGS)
        order = by_text(a->settings, b->settings);
    if (order == 0 && depth >= SETTINGS)
        order = by_text(caches_of(a), caches_of(b));
    return order;
}

// Rows of one time stay in the order they were read in, which is that of their places in the list.
static int sort_order(const void *one, const void *other, void *across)
{
    const struct vg_record *a = *(const struct vg_record *const *) one,
                           *b = *(const struct vg_record *const *) other;
    const int order = by_identity(a, b, SETTINGS, *(const bool *) across);
    if (order != 0)
        return order;
    if (a->seconds != b->seconds)
        return a->seconds < b->seconds ? -1 : 1;
    return (a > b) - (a < b);
}

static const struct vg_record **sorted(const struct vg_rows *rows, bool across)
{
    const struct vg_record **list = vg_alloc(rows->count + 1, sizeof *list);
    for (size_t i = 0; i < rows->count; i++)
        list[i] = &rows->list[i];
    qsort_r(list, rows->count, sizeof *list, sort_order, &across);
    return list;
}

static int one_device(const struct vg_rows *rows, const char *side)
{
    for (size_t i = 1; i < rows->count; i++)
        if (by_text(rows->list[i].device_id, rows->list[0].device_id))
            return vg_fail(VG_ERR_USAGE,
                           "%s has rows of several devices, '%s' and '%s': name the folder of one",
                           side, rows->list[0].device_id, rows->list[i].device_id);
    return VG_OK;
}

// The rows from *at on that are of the same case; *at moves behind them.
static struct vg_case_rows next_case(const struct vg_record **list, size_t count, size_t *at,
                                     bool across)
{
    const size_t begin = *at;
    while (*at < count && !by_identity(list[begin], list[*at], SETTINGS, across))
        ++*at;
    return (struct vg_case_rows) { list + begin, *at - begin };
}

static void add(struct vg_pairs *p, const struct vg_case_rows *base, const struct vg_case_rows *now)
{
    static const struct vg_case_rows none;
    p->list[p->count++] = (struct vg_pair) { base ? *base : none, now ? *now : none, true };
}

// ---- merging ------------------------------------------------------------------------------------

static void merge(struct vg_pairs *p, size_t bases, size_t nows, bool across)
{
    size_t i = 0, k = 0;
    while (i < bases || k < nows) {
        const int order = i == bases  ? 1
                          : k == nows ? -1
                                      : by_identity(p->base[i], p->now[k], SETTINGS, across);
        struct vg_case_rows base = { 0 }, now = { 0 };
        if (order <= 0)
            base = next_case(p->base, bases, &i, across);
        if (order >= 0)
            now = next_case(p->now, nows, &k, across);
        add(p, &base, &now);
    }
}

static const struct vg_record *first_of(const struct vg_pair *pair)
{
    return pair->base.count ? pair->base.rows[0] : pair->now.rows[0];
}

// Cases of one name that are on one side only find each other; the second of two is emptied.
static void join_by_name(struct vg_pairs *p, bool across)
{
    for (size_t i = 0; i < p->count; i++) {
        struct vg_pair *a = &p->list[i];
        if (!a->base.count == !a->now.count)
            continue;
        for (size_t k = i + 1; k < p->count; k++) {
            struct vg_pair *b = &p->list[k];
            const bool empty = !b->base.count && !b->now.count;
            if (!empty && by_identity(first_of(a), first_of(b), NAME, across))
                break;
            if (empty || !b->base.count == !a->base.count || (b->base.count && b->now.count))
                continue;
            *(a->base.count ? &a->now : &a->base) = a->base.count ? b->now : b->base;
            a->same_settings = false;
            b->base.count = b->now.count = 0;
            break;
        }
    }
}

// Whether the new rows, which are sorted, have anything of the row's device and suite.
static bool is_asked(const struct vg_record *r, const struct vg_record **now, size_t count,
                     bool across)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = by_identity(now[middle], r, SUITE, across);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void drop_not_asked(struct vg_pairs *p, size_t nows, bool across)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct vg_pair *pair = &p->list[i];
        if (!pair->base.count && !pair->now.count)
            continue;
        if (!pair->now.count && !is_asked(pair->base.rows[0], p->now, nows, across))
            p->not_asked++;
        else
            p->list[kept++] = *pair;
    }
    p->count = kept;
}

int vg_pairs_find(struct vg_pairs *p, const struct vg_rows *base, const struct vg_rows *now,
                  bool across)
{
    int rc = VG_OK;
    *p = (struct vg_pairs) { 0 };
    if (across) {
        VG_TRY(one_device(base, "BASE"));
        VG_TRY(one_device(now, "NEW"));
    }
    p->base = sorted(base, across);
    p->now = sorted(now, across);
    p->list = vg_alloc(base->count + now->count + 1, sizeof *p->list);
    merge(p, base->count, now->count, across);
    join_by_name(p, across);
    drop_not_asked(p, now->count, across);
out:
    return rc;
}

void vg_pairs_finish(struct vg_pairs *p)
{
    free(p->list);
    free(p->base);
    free(p->now);
    *p = (struct vg_pairs) { 0 };
}

// ---- one side -----------------------------------------------------------------------------------

static bool is_kin(const struct vg_record *a, const struct vg_record *b)
{
    return !by_text(a->commit, b->commit) && !by_text(a->programs, b->programs) &&
           !by_text(a->driver, b->driver) && !by_text(a->opencl_version, b->opencl_version) &&
           !by_text(a->host_cpu, b->host_cpu) && !by_text(a->status, b->status) &&
           !by_text(a->unit_of_work, b->unit_of_work) && a->checked == b->checked &&
           !by_text(vg_json_text_at(a->json, "engaged.driver_settings", NULL),
                    vg_json_text_at(b->json, "engaged.driver_settings", NULL)) &&
           !by_text(vg_json_text_at(a->json, "engaged.planted", NULL),
                    vg_json_text_at(b->json, "engaged.planted", NULL));
}

// A row that was copied with its folder is not another process.
static bool is_there(const struct vg_measurement *m, const struct vg_record *r)
{
    for (size_t i = m->count; i > 0 && m->rows[i - 1]->seconds == r->seconds; i--)
        if (json_equal(m->rows[i - 1]->json, r->json))
            return true;
    return false;
}

struct vg_measurement vg_pair_newest(const struct vg_case_rows *c, struct vg_arena *a)
{
    struct vg_measurement m = { 0 };
    if (c->count == 0)
        return m;
    m.rows = vg_arena_alloc(a, c->count * sizeof *m.rows);
    for (size_t i = 0; i < c->count; i++)
        if (is_kin(c->rows[i], c->rows[c->count - 1]) && !is_there(&m, c->rows[i]))
            m.rows[m.count++] = c->rows[i];
    return m;
}

// ---- settings -----------------------------------------------------------------------------------

static void add_setting(struct vg_text *t, const char *key, const json_t *base, const json_t *now)
{
    char *was = base ? vg_json_canonical(base) : vg_strdup("none"),
         *is = now ? vg_json_canonical(now) : vg_strdup("none");
    if (strcmp(was, is))
        vg_text_add(t, "%s%s %s -> %s", t->length ? ", " : "", key, was, is);
    free(was);
    free(is);
}

const char *vg_settings_difference(const struct vg_record *base, const struct vg_record *now,
                                   struct vg_arena *a)
{
    const char *key;
    json_t *value, *was = json_object_get(base->json, "settings"),
                   *is = json_object_get(now->json, "settings");
    struct vg_text t = { 0 };
    json_object_foreach(was, key, value) add_setting(&t, key, value, json_object_get(is, key));
    json_object_foreach(is, key, value)
    {
        if (!json_object_get(was, key))
            add_setting(&t, key, NULL, value);
    }
    const char *text = vg_arena_string(a, "%s", vg_text_string(&t));
    vg_text_finish(&t);
    return text;
}
