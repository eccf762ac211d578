#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/export.h"

enum { MOST_NAME = 1024, MOST_SLUG = 64 };

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool is_ok(const struct vg_record *r)
{
    return r->status && !strcmp(r->status, "ok");
}

static void print(const json_t *o, struct vg_text *out)
{
    char *line = vg_json_line(o);
    vg_text_add(out, "%s\n", line);
    free(line);
}

// ---- Bencher ------------------------------------------------------------------------------------

static void add_measure(json_t *benchmark, const char *slug, double value, double low, double high)
{
    if (!isfinite(value))
        return;
    json_t *m = vg_json_object(benchmark, slug);
    vg_json_real(m, "value", value);
    if (isfinite(low) && isfinite(high)) {
        vg_json_real(m, "lower_value", low);
        vg_json_real(m, "upper_value", high);
    }
}

// "images/s" as a slug: letters, digits and single hyphens.
static void slug_of(const char *text, char slug[MOST_SLUG + 1])
{
    size_t n = 0;
    for (; *text && n < MOST_SLUG; text++) {
        if (isalnum((unsigned char) *text))
            slug[n++] = (char) tolower((unsigned char) *text);
        else if (n && slug[n - 1] != '-')
            slug[n++] = '-';
    }
    while (n && slug[n - 1] == '-')
        n--;
    slug[n] = 0;
}

static void add_benchmark(json_t *all, const struct vg_record *r)
{
    char slug[MOST_SLUG + 1];
    char *name =
        vg_format("%s: %s (%s)", or_empty(r->suite), or_empty(r->name), or_empty(r->device_id));
    if (strlen(name) > MOST_NAME) {
        vg_warn("%s:%d: its name is longer than the %d bytes Bencher takes; it is left out",
                r->file, r->line, MOST_NAME);
    } else {
        json_t *b = vg_json_object(all, name);
        slug_of(or_empty(r->throughput_unit), slug);
        add_measure(b, "latency", r->median_ns, r->low_ns, r->high_ns);
        if (slug[0])
            add_measure(b, slug, r->throughput, NAN, NAN);
        add_measure(b, "accuracy", vg_json_real_at(r->accuracy, "accuracy", NAN), NAN, NAN);
        add_measure(b, "loss", r->last_loss, NAN, NAN);
        add_measure(b, "memory", vg_json_real_at(r->json, "memory.peak_bytes", NAN), NAN, NAN);
        if (json_object_size(b) == 0)
            json_object_del(all, name);
    }
    free(name);
}

static int by_time(const void *a, const void *b)
{
    const struct vg_record *x = *(const struct vg_record *const *) a,
                           *y = *(const struct vg_record *const *) b;
    if (x->seconds != y->seconds)
        return x->seconds < y->seconds ? -1 : 1;
    return (x > y) - (x < y);
}

// Those that are ok, oldest first.
static const struct vg_record **ok_rows(const struct vg_rows *rows, size_t *count)
{
    const struct vg_record **list = vg_alloc(rows->count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (is_ok(&rows->list[i]))
            list[(*count)++] = &rows->list[i];
    qsort(list, *count, sizeof *list, by_time);
    return list;
}

int vg_export_bencher(const struct vg_rows *rows, struct vg_text *out)
{
    size_t count;
    json_t *all = json_object();
    const struct vg_record **list = ok_rows(rows, &count);
    for (size_t i = 0; i < count; i++)
        add_benchmark(all, list[i]);   // a later one takes an earlier one's place
    print(all, out);
    json_decref(all);
    free(list);
    return VG_OK;
}

// ---- LNT ----------------------------------------------------------------------------------------

// LNT's times have no zone.
static void add_time(json_t *o, const char *key, const char *time)
{
    char text[32];
    if (!time || strlen(time) >= sizeof text)
        return;
    strcpy(text, time);
    text[strcspn(text, "Z")] = 0;
    vg_json_string(o, key, text);
}

static void add_machine(json_t *report, const struct vg_record *r)
{
    json_t *m = vg_json_object(report, "machine");
    vg_json_string(m, "name", or_empty(r->device_id));
    vg_json_string(m, "device", or_empty(r->device_name));
    vg_json_string(m, "host", or_empty(r->host_cpu));
}

static void add_run(json_t *report, const struct vg_record *first, const struct vg_record *last)
{
    json_t *run = vg_json_object(report, "run");
    add_time(run, "start_time", first->time);
    add_time(run, "end_time", last->time);
    vg_json_string(run, "llvm_project_revision", or_empty(last->commit));
    vg_json_string(run, "driver", or_empty(last->driver));
    vg_json_string(run, "opencl_version", or_empty(last->opencl_version));
}

// The test of that name, which tests holds and by_name finds.
static json_t *test_of(json_t *tests, json_t *by_name, const char *name)
{
    json_t *t = json_object_get(by_name, name);
    if (t)
        return t;
    t = vg_json_object(by_name, name);
    vg_json_string(t, "name", name);
    json_array_append(tests, t);
    return t;
}

static void add_test(json_t *tests, json_t *by_name, const struct vg_record *r)
{
    char *name = vg_format("%s/%s", or_empty(r->suite), or_empty(r->name));
    json_t *t = test_of(tests, by_name, name), *seconds = json_object_get(t, "execution_time");
    const double compile = vg_json_real_at(r->json, "setup.compile_ns", NAN),
                 bytes = vg_json_real_at(r->json, "memory.peak_bytes", NAN);
    if (r->samples && !seconds)
        seconds = vg_json_array(t, "execution_time");
    for (size_t i = 0; i < r->samples; i++)
        json_array_append_new(seconds, json_real(r->samples_ns[i] / 1e9));
    if (isfinite(r->throughput))
        vg_json_real(t, "score", r->throughput);
    if (isfinite(compile))
        vg_json_real(t, "compile_time", compile / 1e9);
    if (isfinite(bytes))
        vg_json_real(t, "mem_bytes", bytes);
    if (r->programs)
        vg_json_string(t, "hash", r->programs);
    free(name);
}

int vg_export_lnt(const struct vg_rows *rows, struct vg_text *out)
{
    int rc = VG_OK;
    size_t count, first = 0;
    const struct vg_record **list = ok_rows(rows, &count);
    json_t *report = json_object(), *by_name = json_object();
    if (count == 0) {
        rc = vg_fail(VG_ERR_VALUE, "lnt: no row is ok");
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(or_empty(list[i]->device_id), or_empty(list[0]->device_id))) {
            rc = vg_fail(VG_ERR_USAGE,
                         "lnt: a report is of one machine, these rows are of '%s' and '%s': name "
                         "the folder of one",
                         or_empty(list[0]->device_id), or_empty(list[i]->device_id));
            goto out;
        }
    while (strcmp(or_empty(list[first]->commit), or_empty(list[count - 1]->commit)))
        first++;
    vg_json_string(report, "format_version", "2");
    add_machine(report, list[count - 1]);
    add_run(report, list[first], list[count - 1]);
    json_t *tests = vg_json_array(report, "tests");
    for (size_t i = first; i < count; i++)
        if (!strcmp(or_empty(list[i]->commit), or_empty(list[count - 1]->commit)))
            add_test(tests, by_name, list[i]);
    print(report, out);
out:
    json_decref(by_name);
    json_decref(report);
    free(list);
    return rc;
}
