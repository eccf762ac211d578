#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "method/published.h"
#include "method/trainer.h"
#include "tools/cli.h"
#include "tools/outdir.h"

static int convert_main(int argc, char **argv);

const struct command command_convert = {
    .name = "convert",
    .summary = "weights between layouts and prefixes; stored images into LMDB",
    .usage =
        "convert IN OUT [KEY=VALUE...] [--layout L] [--prefix P]\n\n"
        "IN is a safetensors file: a checkpoint of this program, or weights in a layout that it\n"
        "knows (tools/parity/pth_to_safetensors.py makes one of PyTorch's own files).  Layouts:\n"
        "  visage      a checkpoint of this program; the default for what is not one\n"
        "  published   the method's whole pre-training checkpoint; the default for what is one\n"
        "  backbone    the network that tasks take, by torchvision's or timm's names; --prefix is\n"
        "              put before every name: module.encoder_q.\n"
        "  teacher     of mcf: its frozen network, as teacher=OUT takes it\n\n"
        "method=M and its settings (visage help M) say what model the weights are of: by default\n"
        "what IN says, else preset=paper.  A tensor that is missing, extra or of another shape is\n"
        "named and nothing is written, but for tables of positions, which are resized: "
        "image=112.\n\n"
        "IN is folder:DIR, list:FILE or lmdb:PATH: its images, as they are stored, go into a new\n"
        "folder OUT, which data=lmdb:OUT reads.",
    .main = convert_main,
};

// ---- images -------------------------------------------------------------------------------------

// "folder:DIR"; a file's name may hold a colon too.
static bool is_data_set(const char *in)
{
    const size_t length = strcspn(in, ":");
    if (!in[length] || vg_file_exists(in))
        return false;
    for (int i = 0; vg_datasets[i]; i++)
        if (strlen(vg_datasets[i]->name) == length && !strncmp(vg_datasets[i]->name, in, length))
            return true;
    return false;
}

static int convert_images(const char *in, const char *out)
{
    int rc;
    struct vg_data *data = NULL;
    struct outdir dir = { 0 };
    VG_TRY(vg_data_open(in, NULL, &data));
    VG_TRY(outdir_begin(&dir, out));
    VG_TRY(outdir_pack(&dir, data));
    VG_TRY(outdir_commit(&dir));
    printf("%lld images in %s\n", (long long) vg_data_count(data), out);
out:
    outdir_end(&dir);
    vg_data_close(&data);
    return rc;
}

// ---- what the weights are of --------------------------------------------------------------------

struct convert {
    const char *in, *out, *layout, *prefix;
    struct vg_arena *arena;
    struct vg_word *words;
    size_t count;
    struct vg_tensorfile *file;
    const struct vg_layout *from, *to;
    const struct vg_method *method;
    struct vg_settings *settings;
    struct vg_graph *graph;
    struct vg_weightmap *map;
    int written;
};

static const char *word_value(const struct convert *c, const char *key)
{
    for (size_t i = 0; i < c->count; i++)
        if (!strcmp(c->words[i].key, key))
            return c->words[i].value;
    return NULL;
}

static int find_method(struct convert *c)
{
    int rc;
    const char *asked = word_value(c, "method"), *said = vg_tensorfile_meta(c->file, "method");
    VG_TRY(vg_layout_guess(c->file, c->in, asked, &c->from));
    const bool ours = c->from == &vg_layout_visage;
    const char *name = ours && said ? said : asked ? asked : c->from->method;
    c->method = name ? vg_method_find(name) : NULL;
    if (!c->method)
        return vg_fail(VG_ERR_USAGE, "%s: of method '%s', which is not here", c->in,
                       name ? name : "");
    if (asked && strcmp(asked, c->method->name) != 0)
        return vg_fail(VG_ERR_USAGE, "%s: a checkpoint of %s, not of %s", c->in, c->method->name,
                       asked);
    c->to = vg_layout_find(c->method->name, c->layout ? c->layout : ours ? "published" : "visage");
    if (!c->to)
        rc =
            vg_fail(VG_ERR_USAGE,
                    "no layout '%s', accepted are visage, published, backbone and, of mcf, teacher",
                    c->layout);
out:
    return rc;
}

static bool is_setting(const struct vg_method *m, const char *key)
{
    for (const struct vg_setting *s = m->settings; s->name; s++)
        if (!strcmp(s->name, key))
            return true;
    return false;
}

// Of what the checkpoint's run was asked for, what the method's own settings were.
static int said_words(struct convert *c, struct vg_word *words, size_t *count)
{
    struct vg_line line = { 0 };
    const char *text = vg_tensorfile_meta(c->file, "settings");
    const int rc = vg_line_split(&line, c->arena, c->in, text ? text : "");
    for (size_t i = 0; rc == VG_OK && i < line.count; i++)
        if (line.words[i].value && is_setting(c->method, line.words[i].key))
            words[(*count)++] = line.words[i];
    return rc;
}

static bool has_preset(const struct vg_method *m, const char *name)
{
    for (const struct vg_preset *p = m->presets; p && p->name; p++)
        if (!strcmp(p->name, name))
            return true;
    return false;
}

static int read_settings(struct convert *c)
{
    enum { MOST_SETTINGS = 256 };
    int rc;
    struct vg_word *words = vg_alloc(MOST_SETTINGS + c->count + 1, sizeof *words);
    const struct vg_setting *const tables[] = { c->method->settings, NULL };
    const struct vg_settings_of of = { tables, c->method->presets };
    size_t count = 0;
    VG_TRY(said_words(c, words, &count));
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->words[i].key, "method") != 0)
            words[count++] = c->words[i];
    if (count == 0 && has_preset(c->method, "paper"))
        words[count++] = (struct vg_word) { "preset", "paper" };
    VG_TRY(vg_settings_parse(&c->settings, &of, "convert", words, count));
out:
    free(words);
    return rc;
}

static int build(struct convert *c)
{
    struct vg_model model = { 0 };
    c->graph = vg_graph_create(1);
    c->method->build(c->graph, c->settings, &model);
    const int rc = vg_graph_status(c->graph);
    return rc == VG_OK ? VG_OK : vg_fail(rc, "%s", vg_graph_error(c->graph));
}

// ---- the weights --------------------------------------------------------------------------------

static int write_weights(struct convert *c)
{
    struct vg_weights_meta meta[VG_TRAINER_META + 1] = { { NULL, NULL } };
    char *settings = vg_settings_text(c->settings);
    const char *step = vg_tensorfile_meta(c->file, "step");
    if (c->to == &vg_layout_visage)
        vg_trainer_meta(meta, c->method, settings, step ? step : "0");
    const int rc = vg_weightmap_write(c->map, c->out, c->to, c->prefix, meta, &c->written);
    free(settings);
    return rc;
}

static int convert_weights(struct convert *c)
{
    int rc;
    VG_TRY(vg_tensorfile_open(&c->file, c->in));
    VG_TRY(find_method(c));
    VG_TRY(read_settings(c));
    VG_TRY(build(c));
    VG_TRY(vg_weightmap_create(&c->map, c->in, c->file, c->from, c->graph, NULL));
    VG_TRY(write_weights(c));
    printf("%s: %d tensors of %s, layout %s, from layout %s", c->out, c->written, c->method->name,
           c->to->name, c->from->name);
    if (vg_weightmap_resized(c->map) > 0)
        printf(", tables of positions resized: %d", vg_weightmap_resized(c->map));
    printf("\n");
out:
    vg_weightmap_destroy(&c->map);
    vg_graph_destroy(&c->graph);
    vg_settings_destroy(&c->settings);
    vg_tensorfile_close(&c->file);
    return rc;
}

static int convert_main(int argc, char **argv)
{
    struct cli_list list = { 0 };
    struct convert c = { .prefix = "" };
    const struct cli_option options[] = {
        { "layout", CLI_TEXT, &c.layout, "L", "visage, published, backbone or teacher" },
        { "prefix", CLI_TEXT, &c.prefix, "P", "before every name that is written" },
        { 0 },
    };
    const int go = cli_parse(&command_convert, options, argc, argv, &list, 2, CLI_MOST);
    if (go != CLI_GO_ON)
        return go;

    int rc;
    struct cli_list keys = { .count = list.count - 2 };
    memcpy(keys.item, list.item + 2, (size_t) keys.count * sizeof *keys.item);
    c.in = list.item[0];
    c.out = list.item[1];
    c.count = (size_t) keys.count;
    c.arena = vg_arena_create();
    VG_TRY(cli_settings(&keys, c.arena, &c.words));
    if (is_data_set(c.in) && (c.count > 0 || c.layout || *c.prefix))
        VG_TRY(vg_fail(VG_ERR_USAGE,
                       "convert: settings, --layout and --prefix are of weights; %s "
                       "holds images",
                       c.in));
    VG_TRY(is_data_set(c.in) ? convert_images(c.in, c.out) : convert_weights(&c));
out:
    vg_arena_destroy(&c.arena);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
