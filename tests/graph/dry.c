#include <criterion/criterion.h>
#include <string.h>

#include "base/suite.h"
#include "graph/case.h"
#include "graph/plan.h"
#include "op/l2norm.h"

static struct vg_plan *planned(struct vg_graph *g, struct vg_dev *dev)
{
    struct vg_plan *p;
    vg_l2norm(g, vg_input(g, "x", 2, (int64_t[]) { 6, 40 }), 1e-12f);
    cr_assert_eq(vg_plan_create(&p, g, dev), VG_OK, "%s", vg_error());
    return p;
}

Test(dry, records_launches_and_counts_memory)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_dev *dev = vg_dev_dry("gpu");
    struct vg_plan *p = planned(g, dev);
    cr_assert_eq(vg_plan_steps(p), 1);
    const struct vg_plan_step *s = vg_plan_step(p, 0);
    cr_expect_str_eq(s->kernel, "l2norm_fwd");
    cr_expect(strstr(s->options, "-DWG=64"), "%s", s->options);
    cr_expect_eq(s->global[0], 6, "a group a row");
    cr_expect_eq(s->local[0], 0, "unknown");
    cr_expect_eq(dev->count.peak_bytes, vg_memory_total(vg_plan_memory(p)));
    cr_expect_geq(dev->count.peak_bytes, 2 * 6 * 40 * sizeof(float));
    vg_plan_destroy(&p);
    cr_expect_eq(dev->count.bytes, 0);
    vg_dev_close(&dev);
    vg_graph_destroy(&g);
}

Test(dry, types_have_their_own_defaults)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_dev *dev = vg_dev_dry("cpu");
    struct vg_plan *p = planned(g, dev);
    cr_expect(strstr(vg_plan_step(p, 0)->options, "-DWG=16"));
    vg_plan_destroy(&p);
    vg_dev_close(&dev);
    vg_graph_destroy(&g);
}

Test(dry, there_is_nothing_to_read)
{
    struct vg_graph *g = vg_graph_create(1);
    struct vg_dev *dev = vg_dev_dry("gpu");
    struct vg_plan *p = planned(g, dev);
    float x[240] = { 0 };
    const struct vg_tensor *t = vg_graph_find(g, "x");
    cr_expect_eq(vg_plan_write(p, t, x), VG_OK);
    cr_expect_eq(vg_plan_read(p, t, x), VG_ERR_UNSUPPORTED);
    vg_plan_destroy(&p);
    vg_dev_close(&dev);
    vg_graph_destroy(&g);
}
