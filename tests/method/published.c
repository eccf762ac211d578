// Weights in the layouts of other programs: read, written, and refused by the name of the tensor.

#include "method/published.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/tensorwriter.h"
#include "net/layer.h"
#include "net/position_table.h"
#include "tests/base/scratch.h"
#include "tests/method/tiny.h"

TestSuite(published, .fini = scratch_clean);

#define WORDS "preset=tiny dropout=0"

// ---- files --------------------------------------------------------------------------------------

static char *place(const char *name)
{
    return vg_strdup(scratch(name));
}

static struct vg_tensorfile *open_file(const char *path)
{
    struct vg_tensorfile *f = NULL;
    cr_assert_eq(vg_tensorfile_open(&f, path), VG_OK, "%s", vg_error());
    return f;
}

// A change of a file's tensors: the new name of one, NULL to leave it out.
typedef const char *rename_fn(struct vg_arena *a, const char *name);

struct change {
    rename_fn *rename;       // NULL: none
    const char *add;         // one more tensor of one element
    const char *transpose;   // whose two dimensions change places
};

// Names and shapes from `from`, changed; no metadata.
static void rewrite(const char *from, const char *to, struct change change)
{
    struct vg_tensorfile *f = open_file(from);
    struct vg_arena *a = vg_arena_create();
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    const float one = 1;
    for (size_t i = 0; i < vg_tensorfile_count(f); i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        const char *name = change.rename ? change.rename(a, e->name) : e->name;
        int64_t dim[VG_TENSORFILE_RANK];
        memcpy(dim, e->dim, sizeof dim);
        if (change.transpose && !strcmp(change.transpose, e->name)) {
            dim[0] = e->dim[1];
            dim[1] = e->dim[0];
        }
        if (name)
            vg_tensorwriter_add(w, name, e->dtype, e->rank, dim, e->data);
    }
    if (change.add)
        vg_tensorwriter_add(w, change.add, VG_F32, 1, (int64_t[]) { 1 }, &one);
    cr_assert_eq(vg_tensorwriter_write(w, to), VG_OK, "%s", vg_error());
    vg_tensorwriter_destroy(&w);
    vg_arena_destroy(&a);
    vg_tensorfile_close(&f);
}

static void expect_same_tensor(const struct vg_tensorfile *f, const char *name,
                               const struct vg_tensorfile *g, const char *other)
{
    const struct vg_tensorfile_entry *a = vg_tensorfile_find(f, name),
                                     *b = vg_tensorfile_find(g, other);
    cr_assert(a && b, "%s or %s is missing", name, other);
    cr_expect(a->bytes == b->bytes && !memcmp(a->data, b->data, a->bytes), "%s is not %s", name,
              other);
}

static void convert(const char *from, const char *to, const struct vg_graph *g, const char *method,
                    const char *layout, const char *prefix)
{
    struct vg_tensorfile *f = open_file(from);
    struct vg_weightmap *m = NULL;
    const struct vg_layout *of;
    cr_assert_eq(vg_layout_guess(f, from, method, &of), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_weightmap_create(&m, from, f, of, g), VG_OK, "%s", vg_error());
    const struct vg_layout *want = vg_layout_find(method, layout);
    cr_assert_eq(vg_weightmap_write(m, to, want, prefix, NULL, NULL), VG_OK, "%s", vg_error());
    vg_weightmap_destroy(&m);
    vg_tensorfile_close(&f);
}

static void expect_refused(const char *path, const struct vg_graph *g, const char *method,
                           const char *part)
{
    struct vg_tensorfile *f = open_file(path);
    struct vg_weightmap *m = NULL;
    const struct vg_layout *of;
    int rc = vg_layout_guess(f, path, method, &of);
    if (rc == VG_OK)
        rc = vg_weightmap_create(&m, path, f, of, g);
    cr_expect(rc == VG_ERR_FORMAT || rc == VG_ERR_SHAPE, "%d: %s", rc, vg_error());
    cr_expect(strstr(vg_error(), part), "\"%s\" lacks \"%s\"", vg_error(), part);
    cr_expect(!strncmp(vg_error(), path, strlen(path)), "\"%s\" does not name the file",
              vg_error());
    cr_expect_null(m);
    vg_error_clear();
    vg_tensorfile_close(&f);
}

// ---- FRA: a trainer through a published file ----------------------------------------------------

static void digest(const struct tiny *t, char text[65])
{
    cr_assert_eq(vg_weights_digest(t->trainer->plan, text), VG_OK, "%s", vg_error());
}

static const char *without_module(struct vg_arena *a, const char *name)
{
    return name + strlen("module.");
}

Test(published, fra_goes_out_and_comes_back_with_the_same_bits)
{
    char saved[65], other[65], loaded[65];
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
    for (int k = 0; k < 3; k++) {
        tiny_begin(&t, "fra", WORDS, 2);
        digest(&t, other);
        cr_expect_str_neq(other, saved);
        const char *from = (const char *[]) { ours, theirs, bare }[k];
        cr_assert_eq(vg_trainer_start_from(t.trainer, from), VG_OK, "%s", vg_error());
        digest(&t, loaded);
        cr_expect_str_eq(loaded, saved, "%s", from);
        cr_expect_eq(t.trainer->at.step, 0);
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
Test(published, nothing_is_loaded_by_halves)
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

static float *values(const struct tiny *t, const char *name)
{
    const struct vg_tensor *x = vg_graph_find(t->trainer->graph, name);
    cr_assert_not_null(x, "%s", name);
    float *out = calloc((size_t) vg_elems(x), sizeof *out);
    cr_assert_eq(vg_weights_get(t->trainer->plan, x, x, false, out), VG_OK, "%s", vg_error());
    return out;
}

static bool same_values(const struct tiny *t, const char *name, const struct tiny *u,
                        const char *other)
{
    float *a = values(t, name), *b = values(u, other);
    const struct vg_tensor *x = vg_graph_find(t->trainer->graph, name);
    const bool same = !memcmp(a, b, vg_bytes(x));
    free(a);
    free(b);
    return same;
}

// Both branches begin with it, as they begin with the same weights without it; the rest is drawn.
Test(published, fra_starts_from_a_backbone)
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

// ---- MCF: names and shapes of its golden trace --------------------------------------------------

static const char *of_init(struct vg_arena *a, const char *name)
{
    return strncmp(name, "init.", 5) ? NULL : name + 5;
}

// A model of the trace's tensors, and of what an optimiser keeps beside them; `spare` leaves out the
// tables of positions.
static struct vg_graph *mcf_model(const char *weights, int grid, bool spare)
{
    struct vg_tensorfile *f = open_file(weights);
    struct vg_graph *g = vg_graph_create(1);
    for (size_t i = 0; i < vg_tensorfile_count(f); i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        const bool table = strstr(e->name, "pos_embed") != NULL;
        int64_t dim[VG_TENSORFILE_RANK];
        memcpy(dim, e->dim, sizeof dim);
        if (table && !strstr(e->name, "perceptual"))
            dim[1] = 1 + grid * grid;
        if (table && spare)
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

static char *mcf_weights(void)
{
    char *path = place("mcf");
    rewrite("tests/golden/mcf-tiny.safetensors", path, (struct change) { .rename = of_init });
    return path;
}

enum { GRID = 4 };   // of the trace: 32 pixels, patches of 8

Test(published, mcf_goes_out_and_comes_back)
{
    char *weights = mcf_weights(), *theirs = place("theirs"), *back = place("back");
    struct vg_graph *g = mcf_model(weights, GRID, false);
    rewrite(weights, theirs, (struct change) { .add = "perceptual_loss.model.head.bias" });
    convert(theirs, back, g, "mcf", "published", "module.");
    convert(back, theirs, g, "mcf", "visage", "");
    struct vg_tensorfile *a = open_file(weights), *b = open_file(theirs);
    cr_expect_eq(vg_tensorfile_count(a), vg_tensorfile_count(b));
    for (size_t i = 0; i < vg_tensorfile_count(a); i++) {
        const char *name = vg_tensorfile_at(a, i)->name;
        if (vg_tensorfile_at(a, i)->dtype == VG_F32 || vg_tensorfile_at(a, i)->dtype == VG_I64)
            expect_same_tensor(a, name, b, name);
    }
    vg_tensorfile_close(&a);
    vg_tensorfile_close(&b);

    rewrite(weights, theirs, (struct change) { .add = "online_encoder.blocks.9.norm1.bias" });
    expect_refused(theirs, g, "mcf", ": tensor 'online_encoder.blocks.9.norm1.bias' is none");
    rewrite(weights, theirs, (struct change) { .transpose = "decoder_embed.weight" });
    expect_refused(theirs, g, "mcf", ": tensor 'decoder_embed.weight' is [24, 16], the model has");
    vg_graph_destroy(&g);
    g = mcf_model(weights, GRID, true);
    convert(weights, back, g, "mcf", "visage", "");
    vg_graph_destroy(&g);
    free(weights);
    free(theirs);
    free(back);
}

Test(published, tables_of_positions_are_resized_and_nothing_else)
{
    char *weights = mcf_weights(), *out = place("out");
    struct vg_graph *g = mcf_model(weights, 6, false);
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

// ---- MCF: encoders of other programs ------------------------------------------------------------

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

Test(published, mcf_takes_encoders_under_other_prefixes)
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
    struct vg_graph *g = mcf_model(weights, GRID, false);
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
    expect_refused(theirs, g, "mcf", ": tensor 'blocks.7.norm1.weight' is none");
    rewrite(weights, theirs,
            (struct change) { .rename = as_moco,
                              .add = "module.base_encoder.blocks.7.norm1.bias" });
    expect_refused(theirs, g, "mcf", ": tensor 'module.base_encoder.blocks.7.norm1.bias' is none");
    vg_tensorfile_close(&want);
    vg_graph_destroy(&g);
    free(weights);
    free(theirs);
    free(out);
    free(plain);
}

Test(published, names_that_nobody_publishes_are_no_layout)
{
    char *path = place("odd");
    const float one = 1;
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    struct vg_graph *g = vg_graph_create(1);
    vg_tensorwriter_add(w, "weights", VG_F32, 1, (int64_t[]) { 1 }, &one);
    cr_assert_eq(vg_tensorwriter_write(w, path), VG_OK);
    expect_refused(path, g, NULL, "weights in no layout known here");
    expect_refused(path, g, "fra",
                   "wanted a tensor called one of "
                   "'online_net.backbone.conv1.weight', 'conv1.weight'");
    vg_graph_destroy(&g);
    vg_tensorwriter_destroy(&w);
    free(path);
}
