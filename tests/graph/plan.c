#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "dev/tune.h"
#include "graph/grad.h"
#include "graph/run.h"
#include "op/add.h"
#include "op/l2norm.h"
#include "op/relu.h"

enum { ROWS = 5, COLS = 33 };

struct bench {
    struct vg_dev *dev;
    struct vg_graph *g;
    struct vg_plan *p;
    struct vg_tensor *x, *y, *w;
};

static struct bench begin(void)
{
    struct bench b = { 0 };
    const int64_t dim[2] = { ROWS, COLS };
    if (vg_dev_open(&b.dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    b.g = vg_graph_create(1);
    b.x = vg_input(b.g, "x", 2, dim);
    b.w = vg_param(b.g, "w", 1, &dim[1], (struct vg_init) { VG_INIT_NORMAL, 1, NULL });
    b.y = vg_keep(b.g, vg_l2norm(b.g, vg_relu(b.g, vg_add(b.g, b.x, b.w)), 1e-12f), "y");
    struct vg_tensor *dy = vg_input(b.g, "dy", 2, dim);
    vg_graph_backward_from(b.g, 1, &b.y, &dy);
    cr_assert_eq(vg_plan_create(&b.p, b.g, b.dev), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_plan_init(b.p), VG_OK);
    return b;
}

static void end(struct bench *b)
{
    vg_plan_destroy(&b->p);
    vg_graph_destroy(&b->g);
    cr_expect_eq(b->dev->count.bytes, 0, "the plan gave all memory back");
    vg_dev_close(&b->dev);
}

Test(plan, a_replay_makes_no_buffer_program_or_kernel)
{
    struct bench b = begin();
    cr_assert_eq(vg_run(b.p), VG_OK);
    cr_assert_eq(vg_finish(b.p), VG_OK);
    const struct vg_dev_counters before = b.dev->count;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(vg_run(b.p), VG_OK);
    cr_assert_eq(vg_finish(b.p), VG_OK);
    cr_expect_eq(memcmp(&before, &b.dev->count, sizeof before), 0);
    end(&b);
}

Test(plan, device_memory_is_what_was_planned)
{
    struct bench b = begin();
    cr_expect_eq(b.dev->count.bytes, vg_memory_total(vg_plan_memory(b.p)));
    end(&b);
}

Test(plan, values_go_in_and_come_out)
{
    struct bench b = begin();
    float x[ROWS * COLS], back[ROWS * COLS], w[COLS];
    for (int i = 0; i < ROWS * COLS; i++)
        x[i] = (float) i;
    cr_assert_eq(vg_plan_write(b.p, b.x, x), VG_OK);
    cr_assert_eq(vg_plan_read(b.p, b.x, back), VG_OK);
    cr_expect_arr_eq(x, back, sizeof x);
    cr_assert_eq(vg_plan_read(b.p, b.w, w), VG_OK);
    cr_expect_neq(w[0], w[1], "parameters were drawn");
    end(&b);
}

Test(plan, timed_runs_give_the_same_bits)
{
    struct bench b = begin();
    float x[ROWS * COLS], plain[ROWS * COLS], timed[ROWS * COLS];
    for (int i = 0; i < ROWS * COLS; i++)
        x[i] = (float) (i % 7) - 2;
    cr_assert_eq(vg_plan_write(b.p, b.x, x), VG_OK);
    cr_assert_eq(vg_run(b.p), VG_OK);
    cr_assert_eq(vg_plan_read(b.p, b.y, plain), VG_OK);
    double *ns = calloc(vg_plan_steps(b.p), sizeof *ns);
    cr_assert_eq(vg_run_timed(b.p, ns), VG_OK);
    cr_assert_eq(vg_plan_read(b.p, b.y, timed), VG_OK);
    cr_expect_arr_eq(plain, timed, sizeof plain);
    for (int i = 0; i < vg_plan_steps(b.p); i++)
        cr_expect(ns[i] >= 0);
    free(ns);
    end(&b);
}

// What a device cannot run is stepped down, and a forced tunable is what the plan runs with.
Test(plan, a_forced_tunable_engages)
{
    vg_tune_force("l2norm", "WG", 32);
    struct bench b = begin();
    bool seen = false;
    for (int i = 0; i < vg_plan_steps(b.p); i++) {
        const struct vg_plan_step *s = vg_plan_step(b.p, i);
        if (!strcmp(s->kernel, "l2norm_fwd")) {
            cr_expect_eq(s->local[0], 32);
            cr_expect_not_null(strstr(s->options, "-DWG=32"));
            seen = true;
        }
    }
    cr_expect(seen);
    end(&b);
}

Test(plan, a_poisoned_graph_is_refused_with_its_message)
{
    struct vg_dev *dev;
    struct vg_plan *p;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    struct vg_graph *g = vg_graph_create(1);
    vg_l2norm(g, vg_input(g, "x", 0, NULL), 1);
    cr_expect_eq(vg_plan_create(&p, g, dev), VG_ERR_SHAPE);
    cr_expect_null(p);
    cr_expect_str_eq(vg_error(), "l2norm: x is a scalar");
    vg_graph_destroy(&g);
    vg_dev_close(&dev);
}

Test(plan, too_much_memory_says_how_much_was_wanted)
{
    struct vg_dev *dev;
    struct vg_plan *p;
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    struct vg_graph *g = vg_graph_create(1);
    vg_input(g, "x", 3, (int64_t[]) { 1 << 20, 1 << 10, 1 << 10 });
    cr_expect_eq(vg_plan_create(&p, g, dev), VG_ERR_DEVICE_MEMORY);
    cr_expect_not_null(strstr(vg_error(), "4194304.0 MiB wanted"), "%s", vg_error());
    vg_graph_destroy(&g);
    vg_dev_close(&dev);
}
