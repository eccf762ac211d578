#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/plot.h"
#include "report/plot_private.h"
#include "tests/base/scratch.h"

TestSuite(plot, .fini = scratch_clean);

static const char hostile[] = "<script>alert('x')</script> \"quoted\"\n\u202eright\u202c "
                              "\u05e9\u05dc\u05d5\u05dd ]]> --> &amp; \u6f22\u5b57";

// As python's parser has it.
static void expect_well_formed(const struct vg_text *t, const char *what)
{
    const char *path = scratch("plot.xml");
    cr_assert_eq(vg_file_write(path, t->data, t->length), 0);
    char *command = vg_format("python3 tests/report/wellformed.py %s", path);
    cr_expect_eq(system(command), 0, "%s", what);
    free(command);
}

static size_t times(const char *text, const char *piece)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, piece)); at += strlen(piece))
        n++;
    return n;
}

Test(plot, series_with_holes_and_hostile_names)
{
    const double x[] = { 1, 10, 100, NAN, 1000, 0 }, y[] = { 3, NAN, 4, 5, 6, 7 };
    const double low[] = { 2, 2, NAN, 4, 5, 6 }, high[] = { 4, 4, 5, INFINITY, 7, 8 };
    const char *title[] = { hostile, hostile, hostile, hostile, hostile, hostile };
    const char *target[] = { "a", "b", "c", "d", "e", "f" };
    const struct vg_plot_series s[] = {
        { hostile, 0, VG_PLOT_LINE | VG_PLOT_BAND | VG_PLOT_DASHED, 6, x, y, low, high, NULL,
          NULL },
        { "b", 9, VG_PLOT_MARKS, 6, x, y, low, high, title, target },
        { "bound", 2, VG_PLOT_BOUND, 6, x, y, NULL, NULL, NULL, NULL },
        { "nothing", 3, VG_PLOT_LINE, 0, NULL, NULL, NULL, NULL, NULL, NULL },
    };
    struct vg_text t = { 0 };
    for (int log = 0; log < 2; log++) {
        const size_t lost = vg_plot_draw(&t, &(struct vg_plot) {
                                                 .title = hostile,
                                                 .x = { .label = hostile, .unit = "", .log = log },
                                                 .y = { .label = "time", .unit = "ns" },
                                                 .series = s,
                                                 .count = 4,
                                                 .width = log ? VG_PLOT_WIDE : VG_PLOT_NARROW,
                                                 .height = 240,
                                             });
        cr_expect_eq(lost, log ? 3 : 0, "x = 0 in each of three series");
    }
    expect_well_formed(&t, "series");
    // Of six points four have both coordinates, and one of these is at 0.
    cr_expect_eq(times(vg_text_string(&t), "class=\"mark"), 4 + 3);
    cr_expect_null(strstr(vg_text_string(&t), "<script"));
    vg_text_finish(&t);
}

Test(plot, bars_with_missing_values_and_very_long_names)
{
    char endless[5001];
    memset(endless, 'W', 5000);
    endless[5000] = 0;
    const struct vg_plot_bar bars[] = {
        { .label = endless, .value = 5, .low = 4, .high = 6 },
        { .label = hostile, .value = NAN, .low = NAN, .high = NAN, .words = "missing", .color = 1 },
        { .label = "c", .value = 3, .low = NAN, .high = NAN, .hollow = true, .target = "x" },
        { .label = "d", .value = 0, .low = NAN, .high = NAN },
    };
    struct vg_text t = { 0 };
    for (int log = 0; log < 2; log++) {
        const size_t lost =
            vg_plot_draw_bars(&t, &(struct vg_plot_bars) {
                                      .title = "t",
                                      .axis = { .label = "time", .unit = "", .log = log },
                                      .bars = bars,
                                      .count = 4,
                                      .width = VG_PLOT_NARROW,
                                  });
        cr_expect_eq(lost, (size_t) log);
    }
    expect_well_formed(&t, "bars");
    cr_expect_geq(times(vg_text_string(&t), "\u2026"), 2, "shortened");
    vg_text_finish(&t);
}

Test(plot, stacked_bars_and_no_bars)
{
    const struct vg_plot_bar bars[] = {
        { .label = "a", .low = NAN, .high = NAN, .part = { 1, NAN, 3, 0, -1 } }
    };
    struct vg_text t = { 0 };
    struct vg_plot_bars p = { .title = "t",
                              .axis = { .label = "memory", .unit = "bytes" },
                              .bars = bars,
                              .count = 1,
                              .parts = 5,
                              .width = VG_PLOT_WIDE };
    vg_plot_draw_bars(&t, &p);
    cr_expect_eq(times(vg_text_string(&t), "class=\"area"), 2);
    p.count = 0;
    vg_plot_draw_bars(&t, &p);
    expect_well_formed(&t, "stacked");
    vg_text_finish(&t);
}

Test(plot, legend_is_well_formed)
{
    const struct vg_plot_key keys[] = { { hostile, 0, VG_PLOT_LINE | VG_PLOT_DASHED },
                                        { NULL, 1, VG_PLOT_MARKS },
                                        { "b", 13, VG_PLOT_MARKS },
                                        { "area", 2, 0 } };
    struct vg_text t = { 0 };
    vg_plot_legend(&t, keys, 4);
    expect_well_formed(&t, "legend");
    cr_expect_eq(times(vg_text_string(&t), "<li>"), 3);
    vg_text_finish(&t);
}

Test(plot, text_wraps_at_blanks_and_never_grows_beyond_its_lines)
{
    cr_expect_eq(plot_text_lines("", 100), 1);
    cr_expect_eq(plot_text_lines("short", 100), 1);
    cr_expect_eq(plot_text_lines("two words that wrap", 100), 2);
    char endless[1001];
    memset(endless, 'i', 1000);
    endless[1000] = 0;
    cr_expect_eq(plot_text_lines(endless, 100), PLOT_LINES);
    cr_expect_gt(plot_text_width("WWW", 3), plot_text_width("iii", 3));
}
