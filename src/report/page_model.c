#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "report/page_private.h"

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

// ---- states -------------------------------------------------------------------------------------

enum page_state page_state_of(const struct vg_record *r)
{
    const char *status = or_empty(r->status);
    if (!strcmp(status, "unsupported"))
        return PAGE_UNSUPPORTED;
    if (!strcmp(status, "skipped"))
        return PAGE_SKIPPED;
    if (strcmp(status, "ok") != 0 || r->checked == VG_RECORD_CHECK_FAILED)
        return r->checked == VG_RECORD_UNCHECKED && !strcmp(status, "") ? PAGE_UNCHECKED
                                                                        : PAGE_FAILED;
    return r->checked == VG_RECORD_CHECK_PASSED ? PAGE_OK : PAGE_UNCHECKED;
}

const char *page_state_name(enum page_state s)
{
    static const char *const names[PAGE_STATES] = { "ok", "not checked", "failed", "unsupported",
                                                    "skipped" };
    return names[s];
}

double page_time(const struct vg_record *r)
{
    return isfinite(r->median_ns) ? r->median_ns : vg_stats_median(r->samples_ns, r->samples);
}

bool page_timed(const struct vg_record *r)
{
    return page_time(r) > 0;
}

// ---- order --------------------------------------------------------------------------------------

// Digits by the number they are: "x=9" before "x=10".
static int natural(const char *a, const char *b)
{
    return strverscmp(or_empty(a), or_empty(b));
}

static int compare_case(const struct vg_record *a, const struct vg_record *b)
{
    int order = natural(a->suite, b->suite);
    order = order ? order : natural(a->kind, b->kind);
    order = order ? order : natural(a->name, b->name);
    return order ? order : natural(a->settings, b->settings);
}

// A case, its devices, and the newest row of each first; later in the files is newer.
static int compare(const void *left, const void *right)
{
    const struct vg_record *a = *(const struct vg_record *const *) left,
                           *b = *(const struct vg_record *const *) right;
    int order = compare_case(a, b);
    order = order ? order : natural(a->device_id, b->device_id);
    if (order)
        return order;
    return a->seconds != b->seconds ? (a->seconds < b->seconds) - (a->seconds > b->seconds)
                                    : (a < b) - (a > b);
}

// ---- devices ------------------------------------------------------------------------------------

static int device_of(struct page *p, const struct vg_record *r)
{
    for (size_t i = 0; i < p->device_count; i++)
        if (!strcmp(p->devices[i].id, or_empty(r->device_id)))
            return (int) i;
    return -1;
}

static int by_id(const void *a, const void *b)
{
    const struct page_device *left = a, *right = b;
    const int named = (left->id[0] == 0) - (right->id[0] == 0);   // no device comes last
    return named ? named : natural(left->id, right->id);
}

static bool name_taken(const struct page *p, size_t but)
{
    for (size_t i = 0; i < p->device_count; i++)
        if (i != but && !strcmp(or_empty(p->devices[i].first->device_name),
                                or_empty(p->devices[but].first->device_name)))
            return true;
    return false;
}

// By name; by id where two have the same name or one has none.
static void name_devices(struct page *p)
{
    for (size_t i = 0; i < p->device_count; i++) {
        struct page_device *d = &p->devices[i];
        const char *name = or_empty(d->first->device_name);
        d->name = name[0] && !name_taken(p, i) ? name : d->id[0] ? d->id : "no device";
        vg_html_id(d->target, "device", d->id, d->id);
    }
}

static void find_devices(struct page *p, const struct vg_record *const *list, size_t count)
{
    p->devices = vg_alloc(count + 1, sizeof *p->devices);
    for (size_t i = 0; i < count; i++)
        if (device_of(p, list[i]) < 0)
            p->devices[p->device_count++] =
                (struct page_device) { .id = or_empty(list[i]->device_id), .first = list[i] };
    qsort(p->devices, p->device_count, sizeof *p->devices, by_id);
    name_devices(p);
}

// ---- cases --------------------------------------------------------------------------------------

static void begin_suite(struct page *p, const struct page_case *c)
{
    struct page_suite *s = &p->suites[p->suite_count++];
    *s = (struct page_suite) { .name = c->suite, .cases = c };
    vg_html_id(s->target, "suite", c->suite, c->suite);
}

static void begin_case(struct page *p, const struct vg_record *r)
{
    struct page_case *c = &p->cases[p->case_count++];
    *c = (struct page_case) { .suite = or_empty(r->suite),
                              .name = or_empty(r->name),
                              .kind = or_empty(r->kind),
                              .settings = or_empty(r->settings),
                              .entries = &p->entries[p->entry_count] };
    char *key = vg_format("%s\n%s\n%s\n%s", c->name, c->suite, c->kind, c->settings);
    vg_html_id(c->target, "case", c->name, key);
    free(key);
    if (p->suite_count == 0 || strcmp(p->suites[p->suite_count - 1].name, c->suite) != 0)
        begin_suite(p, c);
    p->suites[p->suite_count - 1].count++;
}

static void add_entry(struct page *p, const struct vg_record *r)
{
    struct page_entry *e = &p->entries[p->entry_count++];
    *e = (struct page_entry) { .r = r, .device = device_of(p, r), .number = (int) p->entry_count };
    p->devices[e->device].entries++;
    p->cases[p->case_count - 1].count++;
}

static void take(struct page *p, const struct vg_record *before, const struct vg_record *r)
{
    if (p->entry_count == PAGE_ENTRIES) {
        p->dropped++;
        return;
    }
    const bool same_case = before && compare_case(before, r) == 0;
    if (!same_case)
        begin_case(p, r);
    if (same_case && natural(before->device_id, r->device_id) == 0)
        p->entries[p->entry_count - 1].older++;
    else
        add_entry(p, r);
}

// The words of one text that another does not have.
static void add_own_words(struct vg_text *out, const char *words, const char *others)
{
    char *padded = vg_format(" %s ", others);
    for (const char *at = words; *at;) {
        const size_t length = strcspn(at, " ");
        char *word = vg_format(" %.*s ", (int) length, at);
        if (length > 0 && !strstr(padded, word))
            vg_text_add(out, " %.*s", (int) length, at);
        free(word);
        at += length + (at[length] == ' ');
    }
    free(padded);
}

static bool same_name(const struct page_case *a, const struct page_case *b)
{
    return !strcmp(a->suite, b->suite) && !strcmp(a->kind, b->kind) && !strcmp(a->name, b->name);
}

// Cases of one name stand beside one another.
static void label_cases(struct page *p)
{
    for (size_t i = 0; i < p->case_count; i++) {
        struct page_case *c = &p->cases[i];
        struct vg_text t = { 0 };
        const bool before = i > 0 && same_name(c, c - 1);
        const bool behind = i + 1 < p->case_count && same_name(c, c + 1);
        vg_text_add(&t, "%s", c->name[0] ? c->name : "(no name)");
        if (before || behind)
            add_own_words(&t, c->settings, before ? c[-1].settings : c[1].settings);
        c->label = vg_arena_string(p->arena, "%s", vg_text_string(&t));
        vg_text_finish(&t);
    }
}

const char *page_label(const struct page_case *c)
{
    return c->label;
}

void page_sort(struct page *p)
{
    const struct vg_rows *rows = p->how->rows;
    const struct vg_record **list = vg_alloc(rows->count + 1, sizeof *list);
    for (size_t i = 0; i < rows->count; i++)
        list[i] = &rows->list[i];
    p->entries = vg_alloc(rows->count + 1, sizeof *p->entries);
    p->cases = vg_alloc(rows->count + 1, sizeof *p->cases);
    p->suites = vg_alloc(rows->count + 1, sizeof *p->suites);
    find_devices(p, list, rows->count);
    qsort(list, rows->count, sizeof *list, compare);
    for (size_t i = 0; i < rows->count; i++)
        take(p, i > 0 ? list[i - 1] : NULL, list[i]);
    label_cases(p);
    free(list);
}

void page_finish(struct page *p)
{
    free(p->devices);
    free(p->entries);
    free(p->cases);
    free(p->suites);
}
