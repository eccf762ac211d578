#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "bench/row.h"

static const char *const every[] = {
    "schema",  "time",       "commit",    "program_version", "suite",    "case",
    "kind",    "status",     "reason",    "settings",        "device",   "host",
    "engaged", "checked",    "time_ns",   "throughput",      "cost",     "ceiling",
    "memory",  "setup",      "telemetry", "training",        "accuracy", "reference",
    "why",     "row_sha256",
};

static json_t *read_back(struct vg_row *r)
{
    json_t *o;
    char *line = vg_row_line(r);
    cr_assert_eq(vg_json_parse("row", line, &o), VG_OK, "%s", vg_error());
    free(line);
    return o;
}

Test(row, every_field_is_filled_or_null_with_a_reason)
{
    struct vg_row *r = vg_row_create("op/l2norm", "l2norm x=3x5", VG_ROW_OP, NULL);
    json_t *o = read_back(r);
    for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
        const json_t *value = json_object_get(o, every[i]);
        cr_expect(value, "no %s", every[i]);
        if (json_is_null(value))
            cr_expect(vg_json_at(json_object_get(o, "why"), every[i]), "%s is null, and why?",
                      every[i]);
    }
    cr_expect_str_eq(vg_json_text_at(o, "status", ""), "failed");
    cr_expect_gt(vg_json_real_at(o, "host.cores", 0), 0);
    json_decref(o);
    vg_row_destroy(&r);
}

Test(row, a_throughput_needs_a_passed_check)
{
    struct vg_row *r = vg_row_create("s", "c", VG_ROW_OP, NULL);
    vg_row_throughput(r, 12, "GFLOP/s");
    vg_row_status(r, VG_ROW_OK, NULL);
    json_t *o = read_back(r);
    cr_expect(json_is_null(json_object_get(o, "throughput")));
    cr_expect(vg_json_at(o, "why.throughput"));
    cr_expect_str_eq(vg_json_text_at(o, "status", ""), "failed");
    cr_expect_str_eq(vg_json_text_at(o, "reason", ""), "not checked");
    json_decref(o);

    vg_row_throughput(r, 12, "GFLOP/s");
    vg_row_checked(r, true, "by hand", 0.5);
    vg_row_status(r, VG_ROW_OK, NULL);
    o = read_back(r);
    cr_expect_float_eq(vg_json_real_at(o, "throughput.value", 0), 12, 0);
    cr_expect_null(vg_json_at(o, "why.throughput"));
    cr_expect_str_eq(vg_json_text_at(o, "status", ""), "ok");
    json_decref(o);
    vg_row_destroy(&r);
}

Test(row, times_cost_and_ceiling_give_the_percent)
{
    static const double ns[] = { 90, 100, 110, 100, 100 };
    const struct vg_ceiling c = { .gflops = 100, .gbps = 10 };
    struct vg_row *r = vg_row_create("s", "c", VG_ROW_OP, NULL);
    vg_row_time(r, ns, 5, "one call");
    vg_row_cost(r, 2000, 500);   // 20 ns of arithmetic, 50 ns of memory
    vg_row_ceiling(r, &c);
    json_t *o = read_back(r);
    cr_expect_float_eq(vg_json_real_at(o, "time_ns.median", 0), 100, 0);
    cr_expect_float_eq(vg_json_real_at(o, "ceiling.percent_of_roofline", 0), 50, 1e-9);
    cr_expect_eq(json_array_size(vg_json_at(o, "time_ns.samples")), 5);
    json_decref(o);
    vg_row_destroy(&r);
}

Test(row, lines_are_appended_below_the_device)
{
    char folder[] = "/tmp/visage-row-XXXXXX";
    cr_assert(mkdtemp(folder));
    for (int i = 0; i < 2; i++) {
        struct vg_row *r = vg_row_create("op/x", "c", VG_ROW_STATIC, NULL);
        cr_expect_eq(vg_row_append(r, folder), VG_OK, "%s", vg_error());
        vg_row_destroy(&r);
    }
    char *path = vg_format("%s/host/op/x.jsonl", folder), *text;
    cr_assert_eq(vg_file_read(path, 1 << 20, &text, NULL), VG_OK, "%s", vg_error());
    const char *second = strchr(text, '\n');
    cr_expect(second && strchr(second + 1, '\n') && !strchr(second + 1, '\n')[1]);
    unlink(path);
    free(path);
    free(text);
    path = vg_format("rm -r %s", folder);
    cr_expect_eq(system(path), 0);
    free(path);
}
