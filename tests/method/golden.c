#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "dev/dev.h"
#include "method/decisions.h"
#include "method/parity.h"

// Every loss, output, gradient and final value of a trace that PyTorch wrote in double precision.
static void replay(const char *method, const char *trace, int least)
{
    struct vg_dev *dev = NULL;
    struct vg_parity *p = NULL;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    cr_assert_eq(vg_parity_run(&p, dev, trace, VG_F32, false), VG_OK, "%s", vg_error());
    cr_expect_str_eq(p->method, method);
    cr_expect_gt(p->count, least, "only %d tensors were compared", p->count);
    for (int i = 0; i < p->count; i++)
        cr_expect(p->entries[i].passed, "%s: off by %g, allowed %g", p->entries[i].name,
                  p->entries[i].error, p->entries[i].allowed);
    cr_expect_eq(p->failed, 0);
    vg_parity_destroy(&p);
    vg_dev_close(&dev);
}

Test(golden, fra_tiny_replays_within_tolerance)
{
    replay("fra", "tests/golden/fra-tiny.safetensors", 400);
}

Test(golden, mcf_tiny_replays_within_tolerance)
{
    replay("mcf", "tests/golden/mcf-tiny.safetensors", 170);
}

// In double nothing is left but the rounding of what was written to the file, 2^-24 of each number
// at most, and that of inputs which are float by definition (tables of positions, a few 1e-8).
static void replay_in_double(const char *trace)
{
    struct vg_dev *dev = NULL;
    struct vg_parity *p = NULL;
    struct vg_decisions d;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    if (!dev->info.fp64)
        cr_skip("%s has no double", dev->info.name);
    cr_assert_eq(vg_parity_run(&p, dev, trace, VG_F64, false), VG_OK, "%s", vg_error());
    cr_expect_eq(p->failed, 0);
    for (int i = 0; i < p->count; i++)
        cr_expect(p->entries[i].error <= 1e-6, "%s: off by %g", p->entries[i].name,
                  p->entries[i].error);
    cr_assert_eq(vg_decisions_compare(&d, dev, trace), VG_OK, "%s", vg_error());
    cr_expect_gt(d.made, 1000);
    vg_parity_destroy(&p);
    vg_dev_close(&dev);
}

Test(golden, fra_tiny_in_double_leaves_only_the_files_rounding)
{
    replay_in_double("tests/golden/fra-tiny.safetensors");
}

Test(golden, mcf_tiny_in_double_leaves_only_the_files_rounding)
{
    replay_in_double("tests/golden/mcf-tiny.safetensors");
}

static bool explained(struct vg_decisions d, const char *wrong)
{
    struct vg_parity_entry entries[] = {
        { .name = "step0.loss", .allowed = 2e-5, .passed = true },
        { .name = "step0.grad.w", .allowed = 3e-4, .passed = true },
        { .name = "step1.loss", .allowed = 1e-5, .passed = true },
        { .name = "final.w", .allowed = 1, .passed = true },
    };
    struct vg_parity p = { .entries = entries, .count = sizeof entries / sizeof *entries };
    for (int i = 0; i < p.count; i++)
        if (!strcmp(entries[i].name, wrong)) {
            entries[i].passed = false;
            p.failed++;
        }
    return vg_decisions_explain(&d, &p);
}

Test(golden, decisions_explain_what_follows_and_what_is_near)
{
    const struct vg_decisions none = { .made = 9 };
    const struct vg_decisions second = { .other = 1, .step = 1, .apart = 9e-6, .where = "relu a" };
    struct vg_decisions far = second, broken = second;
    const struct vg_decisions update = {
        .other = 1, .update = true, .apart = 2e-4, .where = "adamw w"
    };
    far.apart = 2e-5;
    broken.apart = NAN;
    cr_expect_not(explained(none, "final.w"));
    cr_expect(explained(second, "final.w"));
    cr_expect(explained(second, "step1.loss"));
    cr_expect_not(explained(second, "step0.grad.w"), "an earlier step is no consequence");
    cr_expect_not(explained(far, "final.w"), "beyond the tolerance of that step's loss");
    cr_expect_not(explained(broken, "final.w"));
    cr_expect(explained(update, "step1.loss"), "within the gradient's own tolerance");
    cr_expect_not(explained(update, "step0.grad.w"), "an update comes behind the gradient");
}

// A tensor that is out of tolerance by `error`, where the trace's own float32 is out by `own`.
static bool excused(struct vg_decisions d, double error, double own)
{
    struct vg_parity_entry entries[] = {
        { .name = "step0.loss", .allowed = 2e-5, .error = 1e-5, .passed = true },
        { .name = "step0.grad.w", .allowed = 1e-5, .error = error, .own = own },
    };
    struct vg_parity p = { .entries = entries, .count = 2, .failed = 1 };
    return vg_decisions_explain(&d, &p);
}

Test(golden, float32_may_leave_tolerance_where_the_traces_own_does)
{
    const struct vg_decisions none = { .made = 9 };
    const struct vg_decisions second = { .other = 1, .step = 1, .apart = 9e-6, .where = "relu a" };
    cr_expect(excused(none, 4e-4, 5e-5), "within ten times the trace's own");
    cr_expect(excused(second, 4e-4, 5e-5), "a later decision changes nothing");
    cr_expect_not(excused(none, 6e-4, 5e-5), "beyond ten times the trace's own");
    cr_expect_not(excused(none, 2e-5, 5e-6), "the trace's own float32 is within tolerance");
    cr_expect_not(excused(none, NAN, 5e-5));
}

Test(golden, a_file_that_is_no_trace_is_refused)
{
    struct vg_dev *dev = NULL;
    struct vg_parity *p = NULL;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    cr_expect_eq(vg_parity_run(&p, dev, "meson.build", VG_F32, false), VG_ERR_FORMAT, "%s",
                 vg_error());
    cr_expect_null(p);
    vg_dev_close(&dev);
}
