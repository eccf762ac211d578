#include <criterion/criterion.h>

#include "dev/dev.h"
#include "method/parity.h"

// Every loss, output, gradient and final value of a trace that PyTorch wrote in double precision.
static void replay(const char *method, const char *trace, int least)
{
    struct vg_dev *dev = NULL;
    struct vg_parity *p = NULL;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    cr_assert_eq(vg_parity_run(&p, dev, trace, VG_F32, NULL), VG_OK, "%s", vg_error());
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

Test(golden, a_file_that_is_no_trace_is_refused)
{
    struct vg_dev *dev = NULL;
    struct vg_parity *p = NULL;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    cr_expect_eq(vg_parity_run(&p, dev, "meson.build", VG_F32, NULL), VG_ERR_FORMAT, "%s",
                 vg_error());
    cr_expect_null(p);
    vg_dev_close(&dev);
}
