#pragma once

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "report/compare.h"

// Rows made to be compared, and what is asked of the comparison.

// What a row says where a test does not say otherwise.
__attribute__((unused)) static json_t *row(const char *commit, const char *programs)
{
    json_t *o;
    char *text = vg_format(
        "{\"schema\": 1, \"time\": \"2026-11-24T12:00:00Z\", \"commit\": \"%s\", \"suite\": \"s\","
        " \"case\": \"c\", \"status\": \"ok\", \"settings\": {\"x\": 3, \"seed\": 1},"
        " \"device\": {\"id\": \"d\", \"driver\": \"1\", \"compute_units\": 2},"
        " \"host\": {\"cpu\": \"h\"}, \"engaged\": {\"programs_sha256\": \"%s\"},"
        " \"checked\": {\"passed\": true}, \"time_ns\": {\"samples\": [], \"unit_of_work\": \"u\"},"
        " \"telemetry\": null, \"accuracy\": null, \"training\": null}",
        commit, programs);
    cr_assert_eq(vg_json_parse("row", text, &o), VG_OK, "%s", vg_error());
    free(text);
    return o;
}

static void add_row(struct vg_rows *rows, json_t *o)
{
    char *line = vg_json_line(o);
    cr_assert_eq(vg_rows_add_text(rows, "f", 1, 0, line, strlen(line), NULL), VG_OK);
    free(line);
    json_decref(o);
}

enum { SAMPLES = 20 };

// Samples around ns: processes differ by `between`, samples of one by `within`, one in ten is late.
__attribute__((unused)) static void add_samples(json_t *o, struct vg_rng *n, int processes,
                                                double ns, double between, double within)
{
    double x[8 * SAMPLES];
    json_t *time = json_object_get(o, "time_ns"), *sizes = vg_json_array(time, "processes");
    for (int p = 0; p < processes; p++) {
        const double centre = ns * exp(between * vg_rng_gauss(n));
        for (int i = 0; i < SAMPLES; i++)
            x[p * SAMPLES + i] = centre * exp(within * vg_rng_gauss(n)) * (i % 10 == 7 ? 1.2 : 1);
        json_array_append_new(sizes, json_integer(SAMPLES));
    }
    vg_json_reals(time, "samples", x, (size_t) (processes * SAMPLES));
}

static struct vg_compared *compare(struct vg_rows *base, struct vg_rows *now,
                                   const struct vg_compare_how *how)
{
    struct vg_compared *c;
    cr_assert_eq(vg_compare(&c, base, now, how), VG_OK, "%s", vg_error());
    return c;
}

// One case each side, already built; both objects are taken.
__attribute__((unused)) static struct vg_comparison *one(json_t *base, json_t *now,
                                                         const struct vg_compare_how *how)
{
    struct vg_rows *was = vg_rows_create(), *is = vg_rows_create();
    add_row(was, base);
    add_row(is, now);
    struct vg_compared *c = compare(was, is, how);
    cr_assert_eq(c->count, 1);
    return &c->list[0];   // a Test is a process: what it holds goes with it
}

__attribute__((unused)) static void expect_verdict(const struct vg_comparison *c, enum vg_verdict v,
                                                   const char *reason)
{
    cr_expect_eq(c->verdict, v, "is %s, wanted %s: %s", vg_verdict_name(c->verdict),
                 vg_verdict_name(v), c->reason);
    cr_expect(strstr(c->reason, reason), "'%s' does not say '%s'", c->reason, reason);
}
