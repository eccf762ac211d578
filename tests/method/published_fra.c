// FRA's weights in published layouts: read, written, and refused by the name of the tensor.

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensorwriter.h"
#include "tests/base/scratch.h"
#include "tests/method/layouts.h"
#include "tests/method/tiny.h"

TestSuite(published_fra, .fini = scratch_clean);

#define WORDS "preset=tiny dropout=0"

static const char *without_module(struct vg_arena *a, const char *name)
{
    return name + strlen("module.");
}

Test(published_fra, fra_goes_out_and_comes_back_with_the_same_bits)
{
    char saved[65], other[65];
    struct tiny t;
    char *ours = place("ours"), *theirs = place("theirs"), *bare = place("bare");
    tiny_begin(&t, "fra", WORDS, 1);
    digest(&t, saved);
    cr_assert_eq(vg_trainer_save(t.trainer, ours, NULL), VG_OK, "%s", vg_error());
    convert(ours, theirs, t.trainer->graph, "fra", "published", "");
    tiny_end(&t);

    struct vg_tensorfile *f = open_file(theirs), *g = open_file(ours);
    cr_expect_eq(vg_tensorfile_count(f), 297 + 72);
    expect_same_tensor(f, "module.encoder_q.conv1.weight", g, "online_net.backbone.conv1.weight");
    expect_same_tensor(f, "module.target_net.neck.proto", g, "target_net.neck.proto");
    expect_same_tensor(f, "module.center", g, "center");
    vg_tensorfile_close(&f);
    vg_tensorfile_close(&g);

    rewrite(theirs, bare, (struct change) { .rename = without_module });
    const char *const files[] = { ours, theirs, bare };
    for (int k = 0; k < 3; k++) {
        tiny_begin(&t, "fra", WORDS, 2);
        digest(&t, other);
        cr_expect_str_neq(other, saved);
        expect_start(&t, files[k], saved);
        tiny_end(&t);
    }
    free(ours);
    free(theirs);
    free(bare);
}

static const char *drop_one(struct vg_arena *a, const char *name)
{
    return strcmp(name, "module.predictor.mlp.0.weight") ? name : NULL;
}

// After each refusal the weights are what they were.
Test(published_fra, nothing_is_loaded_by_halves)
{
    char before[65], after[65];
    struct tiny t;
    char *ours = place("ours"), *theirs = place("theirs"), *bad = place("bad");
    tiny_begin(&t, "fra", WORDS, 1);
    cr_assert_eq(vg_trainer_save(t.trainer, ours, NULL), VG_OK, "%s", vg_error());
    convert(ours, theirs, t.trainer->graph, "fra", "published", "");
    tiny_end(&t);

    static const struct {
        struct change change;
        const char *part;
    } cases[] = {
        { { .rename = drop_one }, ": has no tensor 'module.predictor.mlp.0.weight'" },
        { { .add = "module.predictor.mlp.9.weight" },
          ": tensor 'module.predictor.mlp.9.weight' is none that the model has" },
        { { .transpose = "module.predictor_obj.mlp.0.weight" },
          ": tensor 'module.predictor_obj.mlp.0.weight' is [32, 48, 1], the model has [48, 32, "
          "1]" },
    };
    tiny_begin(&t, "fra", WORDS, 2);
    digest(&t, before);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rewrite(theirs, bad, cases[i].change);
        cr_expect_neq(vg_trainer_start_from(t.trainer, bad), VG_OK, "%s", cases[i].part);
        cr_expect(strstr(vg_error(), cases[i].part), "\"%s\" lacks \"%s\"", vg_error(),
                  cases[i].part);
        vg_error_clear();
        digest(&t, after);
        cr_expect_str_eq(after, before, "%s", cases[i].part);
    }
    tiny_end(&t);
    free(ours);
    free(theirs);
    free(bad);
}

// Both branches begin with it, as they begin with the same weights without it; the rest is drawn.
Test(published_fra, fra_starts_from_a_backbone)
{
    struct tiny t, u;
    static const char *const prefixes[] = { "", "module.encoder_q.", "encoder_q.", "backbone." };
    char *ours = place("ours"), *backbone = place("backbone");
    tiny_begin(&t, "fra", WORDS, 1);
    cr_assert_eq(vg_trainer_save(t.trainer, ours, NULL), VG_OK, "%s", vg_error());
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        convert(ours, backbone, t.trainer->graph, "fra", "backbone", prefixes[i]);
        tiny_begin(&u, "fra", WORDS, 2);
        cr_assert_eq(vg_trainer_start_from(u.trainer, backbone), VG_OK, "%s", vg_error());
#define SAME(name, other) same_values(&t, name, &u, other)
        cr_expect(SAME("online_net.backbone.conv1.weight", "online_net.backbone.conv1.weight"));
        cr_expect(SAME("online_net.backbone.conv1.weight", "target_net.backbone.conv1.weight"));
        cr_expect(SAME("online_net.backbone.layer4.0.conv1.weight",
                       "target_net.backbone.layer4.0.conv1.weight"));
        cr_expect_not(SAME("predictor.mlp.0.weight", "predictor.mlp.0.weight"));
        cr_expect_not(
            SAME("online_net.neck.proj.mlp.0.weight", "online_net.neck.proj.mlp.0.weight"));
#undef SAME
        tiny_end(&u);
    }
    tiny_end(&t);
    free(ours);
    free(backbone);
}

Test(published_fra, names_that_nobody_publishes_are_no_layout)
{
    char *path = place("odd");
    const float one = 1;
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    struct vg_graph *g = vg_graph_create(1);
    vg_tensorwriter_add(w, "weights", VG_F32, 1, (int64_t[]) { 1 }, &one);
    cr_assert_eq(vg_tensorwriter_write(w, path), VG_OK);
    expect_file_refused(path, g, NULL, "weights in no layout known here");
    expect_file_refused(path, g, "fra",
                        "wanted a tensor called one of "
                        "'online_net.backbone.conv1.weight', 'conv1.weight'");
    vg_graph_destroy(&g);
    vg_tensorwriter_destroy(&w);
    free(path);
}
