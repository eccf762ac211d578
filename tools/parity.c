#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "method/parity.h"
#include "tools/cli.h"

static int parity_main(int argc, char **argv);

const struct command command_parity = {
    .name = "parity",
    .summary = "replays a golden trace on this device and compares everything",
    .usage = "parity TRACE [--device D] [--write OUT] [--json]\n\n"
             "TRACE is a .safetensors file written by tools/parity/golden.py.  Losses, outputs, "
             "gradients and\nfinal values may differ by ten times the trace's own float32 spread "
             "plus 1e-5; exit 1 names\nwhat differs more.  --write stores what was computed, under "
             "the trace's names.",
    .main = parity_main,
};

// ---- text ---------------------------------------------------------------------------------------

static const char *const groups[][2] = {
    { "step", "losses" },
    { "step0.out.", "first outputs" },
    { "step0.grad.", "first gradients" },
    { "final.", "final values" },
};
enum { GROUPS = sizeof groups / sizeof *groups };

// The last prefix that fits is the narrowest.
static int group_of(const char *name)
{
    int group = 0;
    for (int i = 0; i < GROUPS; i++)
        if (!strncmp(name, groups[i][0], strlen(groups[i][0])))
            group = i;
    return group;
}

// How far an entry used up what it is allowed.
static double used(const struct vg_parity_entry *e)
{
    return e->allowed > 0 ? e->error / e->allowed : e->error > 0 ? 1e9 : 0;
}

static void print_group(const struct vg_parity *p, int group)
{
    const struct vg_parity_entry *worst = NULL;
    int count = 0, failed = 0;
    for (int i = 0; i < p->count; i++) {
        const struct vg_parity_entry *e = &p->entries[i];
        if (group_of(e->name) != group)
            continue;
        count++;
        failed += !e->passed;
        if (!worst || !(used(e) <= used(worst)))
            worst = e;
    }
    if (!worst)
        return;
    printf("%-16s %5d tensors  %s%d out of tolerance%s  worst %.3g, allowed %.3g: %s\n",
           groups[group][1], count, cli_style(failed ? CLI_RED : CLI_GREEN), failed,
           cli_style(CLI_PLAIN), worst->error, worst->allowed, worst->name);
}

static void print_wrong(const struct vg_parity_entry *e)
{
    printf("%swrong%s  %s: off by %.3g of %.3g, allowed %.3g", cli_style(CLI_RED),
           cli_style(CLI_PLAIN), e->name, e->error, e->norm, e->allowed);
    if (vg_parity_diverged(e))
        printf("; the trace's own float32 is off by %.3g", e->own);
    printf("\n");
}

// Why a trace may be out of reach: its own float32 replay does not keep to the rule either.
static void print_diverged(const struct vg_parity *p)
{
    int diverged = 0;
    for (int i = 0; i < p->count; i++)
        diverged += !p->entries[i].passed && vg_parity_diverged(&p->entries[i]);
    if (diverged > 0)
        printf("note   %d of the %d that are wrong are so in the trace's own float32 replay too: "
               "training\n       amplifies rounding there, fewer steps or a smaller learning rate "
               "tell more\n",
               diverged, p->failed);
}

static void print_text(const struct vg_parity *p)
{
    enum { MOST = 20 };
    int named = 0;
    for (int g = 0; g < GROUPS; g++)
        print_group(p, g);
    for (int i = 0; i < p->count && named < MOST; i++)
        if (!p->entries[i].passed) {
            print_wrong(&p->entries[i]);
            named++;
        }
    if (p->failed > named)
        printf("       and %d more\n", p->failed - named);
    print_diverged(p);
}

// ---- json ---------------------------------------------------------------------------------------

static void print_json(const struct vg_parity *p, const struct vg_dev *dev)
{
    json_t *root = json_object();
    vg_json_string(root, "method", p->method);
    vg_json_string(root, "device", dev->info.id);
    vg_json_bool(root, "passed", p->failed == 0);
    vg_json_int(root, "failed", p->failed);
    json_t *list = vg_json_array(root, "tensors");
    for (int i = 0; i < p->count; i++) {
        json_t *e = json_object();
        vg_json_string(e, "name", p->entries[i].name);
        vg_json_real(e, "error", p->entries[i].error);
        vg_json_real(e, "allowed", p->entries[i].allowed);
        vg_json_real(e, "norm", p->entries[i].norm);
        vg_json_real(e, "float32_error", p->entries[i].own);
        vg_json_bool(e, "passed", p->entries[i].passed);
        json_array_append_new(list, e);
    }
    char *line = vg_json_line(root);
    puts(line);
    free(line);
    json_decref(root);
}

// ---- the command --------------------------------------------------------------------------------

static int parity_main(int argc, char **argv)
{
    const char *device = NULL, *write = NULL;
    bool json = false;
    struct cli_list words = { 0 };
    const struct cli_option options[] = {
        CLI_DEVICE(&device),
        { "write", CLI_TEXT, &write, "OUT", "store what was computed, as .safetensors", 0, 0 },
        { "json", CLI_FLAG, &json, NULL, "one JSON object", 0, 0 },
        { 0 },
    };
    const int go = cli_parse(&command_parity, options, argc, argv, &words, 1, 1);
    if (go != CLI_GO_ON)
        return go;

    struct vg_dev *dev = NULL;
    struct vg_parity *p = NULL;
    int rc = cli_open(&dev, device);
    if (rc == VG_OK)
        rc = vg_parity_run(&p, dev, words.item[0], write);
    if (rc == VG_OK && json)
        print_json(p, dev);
    else if (rc == VG_OK)
        print_text(p);
    const int code = rc != VG_OK ? cli_failed(rc) : p->failed ? EXIT_WRONG : EXIT_DONE;
    vg_parity_destroy(&p);
    vg_dev_close(&dev);
    return code;
}
