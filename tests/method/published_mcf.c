// MCF's weights in published layouts, by the names and shapes of its golden trace.

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensorwriter.h"
#include "net/layer.h"
#include "net/position_table.h"
#include "tests/base/scratch.h"
#include "tests/method/layouts.h"

TestSuite(published_mcf, .fini = scratch_clean);

static const char teacher[] = "perceptual_loss.model.", encoder[] = "online_encoder.";

static bool begins(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

// What the trace starts from, and its encoder without the projector once more as the teacher.
static char *mcf_weights(void)
{
    char *path = place("mcf");
    struct vg_tensorfile *f = open_file("tests/golden/mcf-tiny.safetensors");
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    struct vg_arena *a = vg_arena_create();
    for (size_t i = 0; i < vg_tensorfile_count(f); i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        const char *name = begins(e->name, "init.") ? e->name + 5 : NULL;
        if (!name || begins(name, "teacher"))
            continue;
        vg_tensorwriter_add(w, name, e->dtype, e->rank, e->dim, e->data);
        const char *inner = begins(name, encoder) ? name + strlen(encoder) : NULL;
        if (inner && !begins(inner, "fc."))
            vg_tensorwriter_add(w, vg_arena_string(a, "%s%s", teacher, inner), e->dtype, e->rank,
                                e->dim, e->data);
    }
    cr_assert_eq(vg_tensorwriter_write(w, path), VG_OK, "%s", vg_error());
    vg_arena_destroy(&a);
    vg_tensorwriter_destroy(&w);
    vg_tensorfile_close(&f);
    return path;
}

// A model of those tensors but for the teacher's norm, and of what an optimiser keeps beside them.
static struct vg_graph *mcf_model(const char *weights, int grid)
{
    struct vg_tensorfile *f = open_file(weights);
    struct vg_graph *g = vg_graph_create(1);
    for (size_t i = 0; i < vg_tensorfile_count(f); i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        int64_t dim[VG_TENSORFILE_RANK];
        memcpy(dim, e->dim, sizeof dim);
        if (strstr(e->name, "pos_embed") && !begins(e->name, teacher))
            dim[1] = 1 + grid * grid;
        if (begins(e->name, "perceptual_loss.model.norm."))
            continue;
        if (e->dtype == VG_I64)
            vg_state_i32(g, e->name, e->rank, dim);
        else
            vg_param(g, e->name, e->rank, dim, vg_init_const(0));
    }
    vg_state(g, "optimizer.m.mask_token", 1, (int64_t[]) { 8 }, vg_init_const(0));
    vg_tensorfile_close(&f);
    return g;
}

enum { GRID = 4 };   // of the trace: 32 pixels, patches of 8

Test(published_mcf, goes_out_and_comes_back)
{
    char *weights = mcf_weights(), *theirs = place("theirs"), *back = place("back");
    struct vg_graph *g = mcf_model(weights, GRID);
    rewrite(weights, theirs, (struct change) { .add = "perceptual_loss.model.head.bias" });
    convert(theirs, back, g, "mcf", "published", "module.");
    convert(back, theirs, g, "mcf", "visage", "");
    struct vg_tensorfile *a = open_file(weights), *b = open_file(theirs);
    cr_expect_eq(vg_tensorfile_count(a), vg_tensorfile_count(b) + 2, "the teacher's norm");
    for (size_t i = 0; i < vg_tensorfile_count(b); i++)
        expect_same_tensor(a, vg_tensorfile_at(b, i)->name, b, vg_tensorfile_at(b, i)->name);
    vg_tensorfile_close(&a);
    vg_tensorfile_close(&b);

    rewrite(weights, theirs, (struct change) { .add = "online_encoder.blocks.9.norm1.bias" });
    expect_file_refused(theirs, g, "mcf", ": tensor 'online_encoder.blocks.9.norm1.bias' is none");
    rewrite(weights, theirs, (struct change) { .transpose = "decoder_embed.weight" });
    expect_file_refused(theirs, g, "mcf",
                        ": tensor 'decoder_embed.weight' is [24, 16], the model has");
    rewrite(weights, theirs,
            (struct change) { .add = "perceptual_loss.model.blocks.9.norm1.bias" });
    expect_file_refused(theirs, g, "mcf", "'perceptual_loss.model.blocks.9.norm1.bias' is none");
    vg_graph_destroy(&g);
    free(weights);
    free(theirs);
    free(back);
}

Test(published_mcf, tables_of_positions_are_resized_and_nothing_else)
{
    char *weights = mcf_weights(), *out = place("out");
    struct vg_graph *g = mcf_model(weights, 6);
    convert(weights, out, g, "mcf", "published", "");
    struct vg_tensorfile *a = open_file(weights), *b = open_file(out);
    static const char *const tables[] = { "online_encoder.pos_embed", "target_encoder.pos_embed",
                                          "decoder_pos_embed" };
    for (int i = 0; i < 3; i++) {
        const struct vg_tensorfile_entry *from = vg_tensorfile_find(a, tables[i]),
                                         *to = vg_tensorfile_find(b, tables[i]);
        const int64_t width = from->dim[2];
        float *in = calloc(from->count, sizeof *in), *want = calloc(to->count, sizeof *want);
        cr_assert_eq(to->dim[1], 37);
        cr_assert_eq(vg_tensorfile_floats(from, in, from->count), VG_OK);
        vg_position_table_resize(in, GRID, 6, width, want);
        cr_expect_not(memcmp(want, to->data, to->bytes), "%s", tables[i]);
        free(in);
        free(want);
    }
    expect_same_tensor(a, "online_encoder.cls_token", b, "online_encoder.cls_token");
    vg_tensorfile_close(&a);
    vg_tensorfile_close(&b);
    vg_graph_destroy(&g);
    free(weights);
    free(out);
}

// ---- encoders of other programs ------------------------------------------------------------

static const char *encoder_of(const char *name)
{
    const char prefix[] = "online_encoder.";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return NULL;
    name += sizeof prefix - 1;
    return strncmp(name, "fc.", 3) ? name : NULL;
}

static const char *as_timm(struct vg_arena *a, const char *name)
{
    return encoder_of(name);
}

static const char *as_moco(struct vg_arena *a, const char *name)
{
    const char *inner = encoder_of(name);
    return inner ? vg_arena_string(a, "module.base_encoder.%s", inner) : NULL;
}

// The decoder of a masked autoencoder is left out.
static const char *as_mae(struct vg_arena *a, const char *name)
{
    return !strncmp(name, "decoder_", 8) || !strcmp(name, "mask_token") ? name : encoder_of(name);
}

// Of MCF's own file the online branch alone, projector and all.
static const char *as_online(struct vg_arena *a, const char *name)
{
    return strncmp(name, "target_encoder.", 15) ? name : NULL;
}

Test(published_mcf, takes_encoders_under_other_prefixes)
{
    static const struct change changes[] = {
        { .rename = as_timm },
        { .rename = as_timm, .add = "head.weight" },
        { .rename = as_moco, .add = "module.base_encoder.head.0.weight" },
        { .rename = as_moco, .add = "module.momentum_encoder.cls_token" },
        { .rename = as_moco, .add = "module.predictor.0.weight" },
        { .rename = as_mae },
        { .rename = as_online },
    };
    char *weights = mcf_weights(), *theirs = place("theirs"), *out = place("out"),
         *plain = place("plain");
    struct vg_graph *g = mcf_model(weights, GRID);
    rewrite(weights, plain, (struct change) { .rename = as_timm });
    struct vg_tensorfile *want = open_file(plain);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        rewrite(weights, theirs, changes[i]);
        convert(theirs, out, g, "mcf", "backbone", "");
        struct vg_tensorfile *got = open_file(out);
        cr_expect_eq(vg_tensorfile_count(got), vg_tensorfile_count(want), "change %zu", i);
        for (size_t k = 0; k < vg_tensorfile_count(want); k++)
            expect_same_tensor(want, vg_tensorfile_at(want, k)->name, got,
                               vg_tensorfile_at(want, k)->name);
        vg_tensorfile_close(&got);
    }
    rewrite(plain, theirs, (struct change) { .add = "blocks.7.norm1.weight" });
    expect_file_refused(theirs, g, "mcf", ": tensor 'blocks.7.norm1.weight' is none");
    rewrite(weights, theirs,
            (struct change) { .rename = as_moco,
                              .add = "module.base_encoder.blocks.7.norm1.bias" });
    expect_file_refused(theirs, g, "mcf",
                        ": tensor 'module.base_encoder.blocks.7.norm1.bias' is none");
    vg_tensorfile_close(&want);
    vg_graph_destroy(&g);
    free(weights);
    free(theirs);
    free(out);
    free(plain);
}

// ---- a trainer ----------------------------------------------------------------------------------

Test(published_mcf, a_trainer_goes_out_and_comes_back_with_the_same_bits)
{
    char saved[65], other[65];
    struct tiny t;
    char *ours = place("ours"), *theirs = place("theirs"), *alone = place("alone");
    tiny_begin(&t, "mcf", "preset=tiny", 1);
    digest(&t, saved);
    cr_assert_eq(vg_trainer_save(t.trainer, ours, NULL), VG_OK, "%s", vg_error());
    convert(ours, theirs, t.trainer->graph, "mcf", "published", "module.");
    convert(ours, alone, t.trainer->graph, "mcf", "teacher", "");
    tiny_end(&t);

    struct vg_tensorfile *f = open_file(theirs), *g = open_file(alone);
    expect_same_tensor(f, "module.perceptual_loss.model.blocks.0.norm1.bias", g,
                       "blocks.0.norm1.bias");
    vg_tensorfile_close(&f);
    vg_tensorfile_close(&g);
    for (int k = 0; k < 2; k++) {
        tiny_begin(&t, "mcf", "preset=tiny", 2);
        digest(&t, other);
        cr_expect_str_neq(other, saved);
        expect_start(&t, k ? theirs : ours, saved);
        tiny_end(&t);
    }
    free(ours);
    free(theirs);
    free(alone);
}

// Its row names the teacher of its settings, so that is the one it has.
Test(published_mcf, the_teacher_is_what_the_settings_say)
{
    struct tiny t, before, after;
    const char *frozen = "perceptual_loss.model.blocks.0.mlp.fc1.weight",
               *trained = "online_encoder.blocks.0.mlp.fc1.weight";
    char *ours = place("ours");
    tiny_begin(&t, "mcf", "preset=tiny teacher=random:1", 1);
    cr_assert_eq(vg_trainer_save(t.trainer, ours, NULL), VG_OK, "%s", vg_error());
    tiny_begin(&before, "mcf", "preset=tiny teacher=random:2", 2);
    tiny_begin(&after, "mcf", "preset=tiny teacher=random:2", 2);
    cr_assert_eq(vg_trainer_start_from(after.trainer, ours), VG_OK, "%s", vg_error());
    cr_expect(same_values(&t, trained, &after, trained));
    cr_expect(same_values(&before, frozen, &after, frozen));
    cr_expect_not(same_values(&t, frozen, &after, frozen));
    tiny_end(&t);
    tiny_end(&before);
    tiny_end(&after);

    tiny_begin(&t, "mcf", "preset=tiny feature_weight=0 pixel_weight=1", 2);
    cr_expect_eq(vg_trainer_start_from(t.trainer, ours), VG_OK, "without a teacher: %s",
                 vg_error());
    tiny_end(&t);
    free(ours);
}
