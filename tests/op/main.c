#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/oracle.h"

/**
 * The three questions for every operator of meson's list.  A Test is a process of its own, so each
 * opens the device anew and walks all lines of its operator's suite that are marked "test".
 */

static void agrees(const struct oracle *o)
{
    struct vg_suite *s;
    struct vg_dev *dev;
    char path[80];
    snprintf(path, sizeof path, "op/%s", o->op->name);

    cr_assert_eq(vg_suite_load(&s, path), VG_OK, "%s", vg_error());
    if (vg_dev_open(&dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    int asked = 0;
    for (int i = 0; i < s->count; i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        struct verdict v;
        if (!vg_case_marked(&c, "test"))
            continue;
        asked++;
        const int rc = oracle_agrees(o, &c, dev, 1, &v);
        cr_expect_eq(rc, VG_OK, "%s: %s", c.text, vg_error());
        cr_expect(v.passed, "%s: %s", c.text, v.message);
        vg_error_clear();
    }
    cr_expect_gt(asked, 0, "%s has no line marked test", path);
    vg_dev_close(&dev);
    vg_suite_destroy(&s);
}

static void slopes(const struct oracle *o)
{
    for (int i = 0; o->slopes[i]; i++) {
        struct verdict v;
        cr_expect_eq(oracle_slope(o, o->slopes[i], &v), VG_OK, "%s", vg_error());
        cr_expect(v.passed, "%s: %s", o->slopes[i], v.message);
    }
    cr_expect(o->slopes[0] || !o->op->grad, "%s has a gradient and no slope to test", o->op->name);
}

static void refuses(const struct oracle *o)
{
    for (int i = 0; o->refusals[i].line; i++) {
        struct verdict v;
        cr_expect_eq(oracle_refuses(o->refusals[i].line, o->refusals[i].message, o, &v), VG_OK,
                     "%s", vg_error());
        cr_expect(v.passed, "%s: %s", o->refusals[i].line, v.message);
    }
    cr_expect(o->refusals[0].line != NULL, "%s refuses nothing", o->op->name);
}

#define VG_OP(name)                                                                                \
    extern const struct oracle oracle_##name;                                                      \
    Test(name, agrees_with_the_reference)                                                          \
    {                                                                                              \
        agrees(&oracle_##name);                                                                    \
    }                                                                                              \
    Test(name, reference_gradient_is_the_slope)                                                    \
    {                                                                                              \
        slopes(&oracle_##name);                                                                    \
    }                                                                                              \
    Test(name, refuses_what_does_not_fit)                                                          \
    {                                                                                              \
        refuses(&oracle_##name);                                                                   \
    }
#include "op_table.h"
