#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/history.h"
#include "report/index.h"
#include "tests/base/scratch.h"

TestSuite(history, .fini = scratch_clean);

// ---- rows ---------------------------------------------------------------------------------------

struct planted {
    const char *commit, *programs, *driver, *status;
    double ns, accuracy, loss;   // NAN: the row has none
};

static const struct planted usual = { "c0", "p0", "1.0", "ok", NAN, NAN, NAN };

// The row of an hour; everything else of a row's fields is the same in all.
static void add_line(struct vg_text *t, int hour, const struct planted *p)
{
    json_t *o = json_object(), *device = vg_json_object(o, "device");
    char time[64];
    snprintf(time, sizeof time, "2026-11-%02dT%02d:00:00Z", 1 + hour / 24, hour % 24);
    vg_json_string(o, "time", time);
    vg_json_string(o, "suite", "s");
    vg_json_string(o, "case", "a case");
    vg_json_string(o, "status", p->status);
    vg_json_string(o, "commit", p->commit);
    vg_json_string(device, "id", "d");
    vg_json_string(device, "driver", p->driver);
    vg_json_string(vg_json_object(o, "engaged"), "programs_sha256", p->programs);
    vg_json_real(vg_json_object(o, "time_ns"), "median", p->ns);
    vg_json_real(vg_json_object(o, "accuracy"), "accuracy", p->accuracy);
    vg_json_reals(vg_json_object(o, "training"), "loss", &p->loss, isnan(p->loss) ? 0 : 1);
    char *line = vg_json_line(o);
    vg_text_add(t, "%s\n", line);
    free(line);
    json_decref(o);
}

static void read_text(struct vg_history_rows *h, const struct vg_text *t)
{
    struct vg_rows *rows = vg_rows_create();
    cr_assert_eq(vg_rows_add_text(rows, "f", 1, 0, t->data, t->length, NULL), VG_OK);
    vg_history_rows_add_records(h, rows);
    vg_rows_destroy(&rows);
}

static struct vg_history *history_of(const struct vg_text *t, const struct vg_history_how *how)
{
    static struct vg_history_rows rows;   // outlives what is made of it; a Test is a process
    struct vg_history *h;
    vg_history_rows_init(&rows);
    read_text(&rows, t);
    vg_history_create(&h, &rows, how);
    return h;
}

static const struct vg_series *series_named(const struct vg_history *h, const char *metric)
{
    size_t i = 0;
    while (i < h->count && strcmp(h->list[i].metric, metric) != 0)
        i++;
    cr_assert_lt(i, h->count, "no series of %s", metric);
    return &h->list[i];
}

static double wobble(int i)
{
    return i % 3 - 1;
}

// ---- tests --------------------------------------------------------------------------------------

// Twelve rows, then twelve of another commit and driver that take 10 % longer and are better.
Test(history, a_change_has_its_rows_and_what_else_changed)
{
    struct vg_text t = { 0 };
    for (int i = 0; i < 24; i++) {
        struct planted p = usual;
        p.ns = (i < 12 ? 1000 : 1100) + wobble(i);
        p.accuracy = (i < 12 ? 0.5 : 0.6) + 0.001 * wobble(i);
        p.loss = 2;
        if (i >= 12)
            p.commit = "c1", p.programs = "p1", p.driver = "1.1";
        add_line(&t, i, &p);
    }
    struct vg_history *h = history_of(&t, &(struct vg_history_how) { 0 });
    cr_assert_eq(h->count, 3);
    const struct vg_series *time = series_named(h, "time"), *accuracy = series_named(h, "accuracy");
    cr_assert_eq(time->change_count, 1);
    const struct vg_history_change *c = vg_series_newest(time);
    cr_expect_eq(c->change.at, 12);
    cr_expect_eq(c->first->line, 13);
    cr_expect_str_eq(c->first->commit, "c1");
    cr_expect_str_eq(c->last->commit, "c0");
    cr_expect_str_eq(c->surroundings, "driver: 1.0 -> 1.1");
    cr_expect_eq(c->turn, VG_TURN_WORSE);
    cr_expect(!c->same_programs);
    cr_assert_eq(accuracy->change_count, 1);
    cr_expect_eq(vg_series_newest(accuracy)->turn, VG_TURN_BETTER);
    cr_expect_null(vg_series_newest(series_named(h, "loss")));
    cr_expect_eq(vg_history_code(h), 1);
    vg_history_destroy(&h);
}

// 0.004 of 0.02 is a fifth, and still not what matters in an accuracy.
Test(history, accuracies_change_by_points)
{
    struct vg_text t = { 0 };
    for (int i = 0; i < 24; i++) {
        struct planted p = usual;
        p.accuracy = i < 12 ? 0.020 : 0.024;
        add_line(&t, i, &p);
    }
    struct vg_history *h = history_of(&t, &(struct vg_history_how) { 0 });
    cr_expect_null(vg_series_newest(series_named(h, "accuracy")));
    vg_history_destroy(&h);
    h = history_of(&t, &(struct vg_history_how) { .points = 0.003 });
    cr_expect_not_null(vg_series_newest(series_named(h, "accuracy")));
}

// Rows come in any order; failed ones and those without the metric are missing, not values.
Test(history, rows_are_sorted_and_failures_are_missing)
{
    struct vg_text t = { 0 };
    for (int k = 0; k < 24; k++) {
        const int i = k * 7 % 24;
        struct planted p = usual;
        p.ns = (i < 12 ? 1000 : 900) + wobble(i);
        if (i == 12 || i == 13)
            p.status = "failed", p.ns = 9000;
        if (i == 3)
            p.ns = NAN, p.loss = 1;
        add_line(&t, i, &p);
    }
    vg_text_add(&t, "{\"case\": \"a case\", \"time\": \"yesterday\"}\n");
    struct vg_history *h = history_of(&t, &(struct vg_history_how) { .metric = "time" });
    cr_assert_eq(h->count, 1);
    cr_expect_eq(h->without_time, 1);
    const struct vg_series *s = &h->list[0];
    cr_expect_eq(s->count, 24);
    cr_expect_eq(s->missing, 3);
    for (size_t i = 1; i < s->count; i++)
        cr_expect_lt(s->rows[i - 1]->seconds, s->rows[i]->seconds);
    cr_assert_eq(s->change_count, 1);
    cr_expect_eq(s->changes[0].change.at, 14);
    cr_expect_eq(s->changes[0].change.last, 11);
    cr_expect_eq(s->changes[0].turn, VG_TURN_BETTER);
    cr_expect_eq(vg_history_code(h), 0);
}

// Nothing that a row tells of changed: not the code's doing.  Accepted: somebody's doing.
Test(history, environment_and_accepted)
{
    struct vg_text same = { 0 }, other = { 0 };
    for (int i = 0; i < 24; i++) {
        struct planted p = usual;
        p.ns = (i < 12 ? 1000 : 1100) + wobble(i);
        add_line(&same, i, &p);
        p.commit = i < 12 ? "aaaa1" : "bbbb1";
        add_line(&other, i, &p);
    }
    struct vg_history *h = history_of(&same, &(struct vg_history_how) { 0 });
    cr_expect_eq(vg_series_newest(series_named(h, "time"))->turn, VG_TURN_ENVIRONMENT);
    cr_expect_eq(vg_history_code(h), 2);

    struct vg_accepted accepted;
    const char line[] = "case=\"a case\" device=d commits=aaaa..bbbb reason=\"sums are exact\"\n";
    cr_assert_eq(vg_file_write(scratch("accepted"), line, strlen(line)), VG_OK);
    cr_assert_eq(vg_accepted_read(&accepted, scratch("accepted")), VG_OK, "%s", vg_error());
    h = history_of(&other, &(struct vg_history_how) { 0 });
    cr_expect_eq(vg_history_code(h), 1);
    h = history_of(&other, &(struct vg_history_how) { .accepted = &accepted });
    cr_expect_eq(vg_series_newest(series_named(h, "time"))->turn, VG_TURN_ACCEPTED);
    cr_expect_eq(vg_history_code(h), 0);
}

Test(history, too_few_rows_decide_nothing)
{
    struct vg_text t = { 0 };
    for (int i = 0; i < 5; i++) {
        struct planted p = usual;
        p.ns = i < 3 ? 1000 : 9000;
        add_line(&t, i, &p);
    }
    struct vg_history *h = history_of(&t, &(struct vg_history_how) { 0 });
    cr_expect(h->list[0].too_short);
    cr_expect_eq(vg_history_code(h), 2);
}

// ---- the index ----------------------------------------------------------------------------------

static void expect_same_text(const char *what, const char *a, const char *b)
{
    cr_expect((!a && !b) || (a && b && !strcmp(a, b)), "%s: %s, wanted %s", what, a ? a : "NULL",
              b ? b : "NULL");
}

static void expect_same_row(const struct vg_history_row *a, const struct vg_history_row *b)
{
    expect_same_text("file", a->file, b->file);
    expect_same_text("suite", a->suite, b->suite);
    expect_same_text("name", a->name, b->name);
    expect_same_text("kind", a->kind, b->kind);
    expect_same_text("settings", a->settings, b->settings);
    expect_same_text("device", a->device, b->device);
    expect_same_text("commit", a->commit, b->commit);
    expect_same_text("time", a->time, b->time);
    expect_same_text("programs", a->programs, b->programs);
    expect_same_text("driver", a->driver, b->driver);
    expect_same_text("opencl", a->opencl, b->opencl);
    expect_same_text("build options", a->build_options, b->build_options);
    expect_same_text("host", a->host, b->host);
    cr_expect_eq(a->line, b->line);
    cr_expect_eq(a->seconds, b->seconds);
    cr_expect_eq(a->ok, b->ok);
    cr_assert_eq(a->count, b->count, "%s:%d", a->file, a->line);
    for (size_t i = 0; i < a->count; i++) {
        // An index has them sorted by name.
        size_t k = 0;
        while (k < b->count && strcmp(a->measures[i].metric, b->measures[k].metric) != 0)
            k++;
        cr_assert_lt(k, b->count, "%s", a->measures[i].metric);
        expect_same_text("unit", a->measures[i].unit, b->measures[k].unit);
        cr_expect_eq(a->measures[i].value, b->measures[k].value);
    }
}

// More than a MiB, so that it is read in pieces; the last line has no line feed, as after a kill.
static void write_many(const char *path)
{
    struct vg_text t = { 0 };
    for (int i = 0; i < 8000; i++) {
        struct planted p = usual;
        p.ns = 1000.1 + i;
        p.accuracy = i % 5 ? 0.1 * (i % 7) : NAN;
        p.status = i % 11 ? "ok" : "failed";
        p.commit = i % 13 ? "\"quoted\" <c>" : NULL;
        add_line(&t, i % 600, &p);
    }
    vg_text_add(&t, "{}\n");
    cr_assert_gt(t.length, (size_t) 2 << 20);
    cr_assert_eq(vg_file_write(path, t.data, t.length - 1), VG_OK);
    vg_text_finish(&t);
}

Test(history, an_index_says_what_the_rows_say)
{
    struct vg_history_rows read, indexed;
    char *dir = vg_strdup(scratch("rows")), *file = vg_format("%s/many.jsonl", dir);
    cr_assert_eq(vg_dir_make(dir), VG_OK);
    write_many(file);
    // A path twice, and one below it: each row once.
    const char *paths[] = { dir, dir, file };
    vg_history_rows_init(&read);
    cr_assert_eq(vg_history_rows_read(&read, paths, 3), VG_OK, "%s", vg_error());
    cr_assert_eq(read.count, 8001);
    cr_expect_eq(read.list[8000].line, 8001);
    for (int call = 0; call < 2 && vg_index_is_built(); call++) {
        vg_history_rows_init(&indexed);
        cr_assert_eq(vg_index_rows(&indexed, paths, 3), VG_OK, "%s", vg_error());
        cr_assert_eq(indexed.count, read.count);
        for (size_t i = 0; i < read.count; i++)
            expect_same_row(&indexed.list[i], &read.list[i]);
        vg_history_rows_finish(&indexed);
    }
    vg_history_rows_finish(&read);
    free(file);
    free(dir);
}
