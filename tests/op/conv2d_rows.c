#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "graph/plan.h"
#include "graph/run.h"
#include "op/conv2d.h"

/**
 * How many channels come out of a convolution decides which kernel sums it, and no bit may tell:
 * the first 8 and 16 filters of 24 give what the 24 give.
 */

enum { KERNEL = 3, MOST_OUTS = 24 };

static struct vg_tensor *numbers(struct vg_graph *g, const char *name, const int64_t dim[4],
                                 const char *twin)
{
    return vg_param(g, name, 4, dim,
                    (struct vg_init) { .how = VG_INIT_UNIFORM, .scale = 1, .twin = twin });
}

static struct vg_tensor *filtered(struct vg_graph *g, struct vg_tensor *x, int outs, int stride)
{
    const int64_t dim[] = { outs, KERNEL, KERNEL, x->dim[3] };
    const char *twin = outs == MOST_OUTS ? NULL : "w24";
    char name[8];
    snprintf(name, sizeof name, "w%d", outs);
    return vg_keep(g,
                   vg_conv2d(g, x, numbers(g, name, dim, twin),
                             &(struct vg_conv2d_opts) { .stride = stride, .pad = 1 }),
                   NULL);
}

static float *read_all(struct vg_plan *p, const struct vg_tensor *t)
{
    float *v = vg_alloc(vg_elems(t), sizeof *v);
    cr_assert_eq(vg_plan_read(p, t, v), VG_OK, "%s", vg_error());
    return v;
}

static void expect_prefix(struct vg_plan *p, const struct vg_tensor *few,
                          const struct vg_tensor *all)
{
    float *a = read_all(p, few), *b = read_all(p, all);
    const int64_t outs = few->dim[3];
    for (int64_t at = 0; at < vg_rows(few); at++)
        cr_assert_arr_eq(a + at * outs, b + at * MOST_OUTS, outs * sizeof *a,
                         "%d of 24 channels, pixel %d", (int) outs, (int) at);
    free(a);
    free(b);
}

static void expect_same_bits(struct vg_dev *dev, int ins, int stride)
{
    struct vg_graph *g = vg_graph_create(7);
    struct vg_plan *p = NULL;
    struct vg_tensor *x = numbers(g, "x", (int64_t[]) { 2, 9, 37, ins }, NULL);
    struct vg_tensor *few = filtered(g, x, 8, stride), *more = filtered(g, x, 16, stride);
    struct vg_tensor *all = filtered(g, x, MOST_OUTS, stride);

    cr_assert_eq(vg_plan_create(&p, g, dev), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_plan_init(p), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_run(p), VG_OK, "%s", vg_error());
    expect_prefix(p, few, all);
    expect_prefix(p, more, all);
    vg_plan_destroy(&p);
    vg_graph_destroy(&g);
}

Test(conv2d, few_channels_out_change_no_bit)
{
    struct vg_dev *dev;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    expect_same_bits(dev, 3, 2);   // a stem: lanes are pixels
    expect_same_bits(dev, 8, 1);
    expect_same_bits(dev, 16, 1);   // lanes are channels
    expect_same_bits(dev, 48, 1);   // a run longer than a chain
    vg_dev_close(&dev);
}
