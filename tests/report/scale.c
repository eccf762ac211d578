#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "report/scale.h"

static void expect_sane(const struct vg_scale *s, double low, double high)
{
    cr_expect_lt(s->low, s->high);
    cr_expect_geq(s->ticks, 1);
    for (int i = 0; i < s->ticks; i++) {
        const double at = vg_scale_at(s, s->tick[i]);
        cr_expect(at > -1e-6 && at < 1 + 1e-6, "tick %g of [%g, %g]", s->tick[i], low, high);
        cr_expect(s->label[i][0]);
        cr_expect(i == 0 || s->tick[i] > s->tick[i - 1]);
    }
    for (int k = 0; k < 2; k++) {
        const double value = k ? high : low, at = vg_scale_at(s, value);
        if (isfinite(value) && !(s->log && value <= 0))
            cr_expect(at > -1e-6 && at < 1 + 1e-6, "%g of [%g, %g]", value, low, high);
    }
}

Test(scale, linear_ticks_are_round)
{
    struct vg_scale s;
    vg_scale_fit(&s, 0, 97, false, "", 5);
    cr_expect_eq(s.ticks, 6);
    for (int i = 0; i < s.ticks; i++)
        cr_expect_float_eq(s.tick[i], 20 * i, 1e-12);
    cr_expect_str_eq(s.label[5], "100");
    vg_scale_fit(&s, -0.3, 0.3, false, "", 5);
    cr_expect_str_eq(s.label[s.ticks / 2], "0.0", "%s", s.label[s.ticks / 2]);
}

Test(scale, times_are_divided_into_their_unit)
{
    struct vg_scale s;
    vg_scale_fit(&s, 0, 4.1e6, false, "ns", 5);
    cr_expect_str_eq(s.unit, "ms");
    cr_expect_str_eq(s.label[1], "1");
    cr_expect_float_eq(s.tick[1], 1e6, 1e-3);
    vg_scale_fit(&s, 900, 3e9, true, "ns", 5);
    cr_expect_str_eq(s.unit, "");
    expect_sane(&s, 900, 3e9);
}

Test(scale, decades)
{
    struct vg_scale s;
    vg_scale_fit(&s, 0.02, 5000, true, "", 4);
    cr_expect_float_eq(s.tick[0], 0.01, 1e-12);
    cr_expect_str_eq(s.label[0], "0.01");
    cr_expect_float_eq(vg_scale_at(&s, sqrt(s.low * s.high)), 0.5, 1e-12);
    vg_scale_fit(&s, 2e-5, 5e7, true, "", 4);
    cr_expect_str_eq(s.label[0], "1e-5");
    cr_expect(isnan(vg_scale_at(&s, 0)) && isnan(vg_scale_at(&s, -1)) &&
              isnan(vg_scale_at(&s, NAN)));
}

// Whatever numbers are in rows: an axis comes of it, and its ends are where they are asked for.
Test(scale, any_range_gives_an_axis)
{
    static const double ends[] = { 0,        1,         -1,   1e-300, 1e300,
                                   5e-324,   -1e300,    NAN,  1e15,   1.0000000000000002,
                                   INFINITY, -INFINITY, 3e-7, 42 };
    const size_t n = sizeof ends / sizeof *ends;
    struct vg_scale s;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            for (int log = 0; log < 2; log++) {
                vg_scale_fit(&s, ends[a], ends[b], log, a % 2 ? "ns" : "bytes", 5);
                cr_expect(isfinite(s.low) && isfinite(s.high), "[%g, %g]", ends[a], ends[b]);
                expect_sane(&s, NAN, NAN);
            }
}
