#include "tests/method/tiny.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

struct vg_settings *tiny_settings(const struct vg_method *m, const char *words)
{
    struct vg_settings *s = NULL;
    struct vg_line line;
    struct vg_arena *arena = vg_arena_create();
    const struct vg_setting *const tables[] = { m->settings, NULL };
    const struct vg_settings_of of = { tables, m->presets };
    cr_assert_eq(vg_line_split(&line, arena, "test", words), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_settings_parse(&s, &of, "test", line.words, line.count), VG_OK, "%s",
                 vg_error());
    vg_arena_destroy(&arena);
    return s;
}

void tiny_begin(struct tiny *t, const char *method, const char *words, uint64_t seed)
{
    tiny_begin_of(t, method, words, seed, 1);
}

void tiny_begin_of(struct tiny *t, const char *method, const char *words, uint64_t seed,
                   int accumulate)
{
    const struct vg_method *m = vg_method_find(method);
    cr_assert_not_null(m, "no method %s", method);
    *t = (struct tiny) { 0 };
    if (vg_dev_open(&t->dev, NULL) != VG_OK)
        cr_skip("no device: %s", vg_error());
    t->settings = tiny_settings(m, words);
    cr_assert_eq(vg_trainer_create(&t->trainer, m, t->settings, t->dev, seed, accumulate), VG_OK,
                 "%s", vg_error());
    t->trainer->at.total = 100;
    t->trainer->at.epoch_steps = 10;
}

void tiny_write_batch(struct tiny *t, uint64_t seed)
{
    uint32_t stream = 0;
    for (const struct vg_port *in = t->trainer->model.inputs; in->tensor; in++, stream++) {
        const int64_t n = vg_elems(in->tensor);
        float *x = vg_alloc(n, sizeof *x);
        for (int64_t i = 0; i < n; i++)
            x[i] = (float) vg_rng_normal(seed, 0, stream, (uint64_t) i);
        cr_assert_eq(vg_plan_write(t->trainer->plan, in->tensor, x), VG_OK, "%s", vg_error());
        free(x);
    }
}

void tiny_end(struct tiny *t)
{
    vg_trainer_destroy(&t->trainer);
    vg_settings_destroy(&t->settings);
    vg_dev_close(&t->dev);
}
