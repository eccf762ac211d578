#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "method/decisions.h"
#include "method/parity.h"
#include "tools/cli.h"

static int parity_main(int argc, char **argv);

const struct command command_parity = {
    .name = "parity",
    .summary = "replays a golden trace on this device and compares everything",
    .usage = "parity TRACE [--device D] [--real float32|float64] [--write OUT] [--json]\n\n"
             "TRACE is a .safetensors file written by tools/parity/golden.py.  Losses, outputs, "
             "gradients and\nfinal values may differ by ten times the trace's own float32 spread "
             "plus 1e-5; exit 1 names\nwhat differs more.  --write stores what was computed, under "
             "the trace's names.\n\n"
             "The replay is in float32, as training is.  Where something is out of tolerance and "
             "the device\nhas double, the same kernels replay the trace in float64 too, side by "
             "side with float32.  The\ntrace has then passed only if all of it is within "
             "tolerance in float64, and each tensor that\nis not so in float32\n"
             "  - is no further out than ten times the trace's own float32, which is out too; or\n"
             "  - was computed after float32 decided otherwise: a rectifier, a max-pool, or the "
             "sign of a\n    gradient by which AdamW's first steps go; and where it first did, the "
             "replays were no\n    further apart than the trace's tolerance there.\n"
             "What is printed says which arithmetic passed and where float32 decided otherwise; "
             "--write\nstores the replay of the verdict, its metadata 'computed_in' names its "
             "arithmetic (F32, F64).\n--real asks for one arithmetic alone.",
    .main = parity_main,
};

struct outcome {
    struct vg_parity *narrow, *wide;   // float32, float64; NULL where not asked
    struct vg_decisions decisions;     // of both, where both are there
    bool passed;
};

static const char *real_name(enum vg_dtype real)
{
    return real == VG_F64 ? "float64" : "float32";
}

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

static void print_replay(const struct vg_parity *p)
{
    enum { MOST = 20 };
    int named = 0;
    printf("%s\n", real_name(p->real));
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

static void print_decisions(const struct vg_decisions *d)
{
    if (d->other == 0) {
        printf("decided  all %lld alike, and every sign that an update hangs on\n",
               (long long) d->made);
        return;
    }
    printf("decided  %lld of %lld otherwise in float32 in step %lld, first in %s\n"
           "         where the replays are %.2g apart",
           (long long) d->other, (long long) d->units, (long long) d->step, d->where, d->apart);
    if (d->near > 0)
        printf(" and at most %.2g of their size from zero", d->near);
    printf("\n");
}

// Whether a tensor is out of tolerance that the trace's own float32 does not excuse.
static bool own_failure(const struct vg_parity *p)
{
    for (int i = 0; i < p->count; i++)
        if (!p->entries[i].passed && !vg_parity_excused(&p->entries[i]))
            return true;
    return false;
}

static const char *verdict_text(const struct outcome *o)
{
    if (o->wide->failed)
        return "in float64 as well, which rounding of float32 does not explain";
    if (!o->passed)
        return "in float32, and no decision that rounding made explains it";
    if (own_failure(o->narrow))
        return "in float64, all of it; float32 leaves tolerance where rounding decided otherwise";
    return "in float64, all of it; float32 leaves tolerance only where the trace's own does";
}

static void print_text(const struct outcome *o)
{
    if (o->narrow)
        print_replay(o->narrow);
    if (o->wide)
        print_replay(o->wide);
    if (o->narrow && o->wide) {
        print_decisions(&o->decisions);
        printf("%s%s%s   %s\n", cli_style(o->passed ? CLI_GREEN : CLI_RED),
               o->passed ? "passed" : "wrong ", cli_style(CLI_PLAIN), verdict_text(o));
    }
}

// ---- json ---------------------------------------------------------------------------------------

static void add_tensors(json_t *root, const struct vg_parity *p)
{
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
}

static void add_decisions(json_t *root, const struct vg_decisions *d)
{
    json_t *o = vg_json_object(root, "decisions");
    vg_json_int(o, "made", d->made);
    vg_json_int(o, "differing", d->other);
    if (d->other == 0)
        return;
    vg_json_int(o, "units", d->units);
    vg_json_int(o, "step", d->step);
    vg_json_string(o, "first", d->where);
    vg_json_real(o, "apart", d->apart);
    vg_json_real(o, "near", d->near);
}

// "failed" and "tensors" are of the replay that the verdict is about, which "real" names.
static void print_json(const struct outcome *o, const struct vg_dev *dev)
{
    const struct vg_parity *p = o->wide && (o->passed || !o->narrow) ? o->wide : o->narrow;
    json_t *root = json_object();
    vg_json_string(root, "method", p->method);
    vg_json_string(root, "device", dev->info.id);
    vg_json_bool(root, "passed", o->passed);
    vg_json_string(root, "real", real_name(p->real));
    vg_json_int(root, "failed", p->failed);
    if (o->narrow && o->wide) {
        vg_json_int(root, "failed_in_float32", o->narrow->failed);
        vg_json_int(root, "failed_in_float64", o->wide->failed);
        add_decisions(root, &o->decisions);
    }
    add_tensors(root, p);
    char *line = vg_json_line(root);
    puts(line);
    free(line);
    json_decref(root);
}

// ---- the command --------------------------------------------------------------------------------

// A replay, and its values to the file that was asked for.
static int replay_in(struct vg_parity **p, struct vg_dev *dev, const char *trace,
                     enum vg_dtype real, const char *write)
{
    int rc = VG_OK;
    VG_TRY(vg_parity_run(p, dev, trace, real, write));
    if (write)
        VG_TRY(vg_parity_write(*p, write));
out:
    return rc;
}

// The replay in float64 that decides where float32 is out of tolerance.
static int second_look(struct outcome *o, struct vg_dev *dev, const char *trace, const char *write)
{
    int rc = VG_OK;
    VG_TRY(vg_parity_run(&o->wide, dev, trace, VG_F64, write));
    VG_TRY(vg_decisions_compare(&o->decisions, dev, trace));
    o->passed = !o->wide->failed && vg_decisions_explain(&o->decisions, o->narrow);
    if (o->passed && write)
        VG_TRY(vg_parity_write(o->wide, write));
out:
    return rc;
}

static int replay(struct outcome *o, struct vg_dev *dev, const char *trace, const char *real,
                  const char *write)
{
    int rc = VG_OK;
    if (real && !strcmp(real, "float64")) {
        VG_TRY(replay_in(&o->wide, dev, trace, VG_F64, write));
        o->passed = !o->wide->failed;
        return rc;
    }
    VG_TRY(replay_in(&o->narrow, dev, trace, VG_F32, write));
    o->passed = !o->narrow->failed;
    if (!o->passed && !real && dev->info.fp64)
        VG_TRY(second_look(o, dev, trace, write));
out:
    return rc;
}

static int parity_main(int argc, char **argv)
{
    const char *device = NULL, *write = NULL, *real = NULL;
    bool json = false;
    struct cli_list words = { 0 };
    const struct cli_option options[] = {
        CLI_DEVICE(&device),
        { "real", CLI_TEXT, &real, "TYPE", "float32 or float64 alone", 0, 0 },
        { "write", CLI_TEXT, &write, "OUT", "store what was computed, as .safetensors", 0, 0 },
        { "json", CLI_FLAG, &json, NULL, "one JSON object", 0, 0 },
        { 0 },
    };
    const int go = cli_parse(&command_parity, options, argc, argv, &words, 1, 1);
    if (go != CLI_GO_ON)
        return go;
    if (real && strcmp(real, "float32") != 0 && strcmp(real, "float64") != 0)
        return cli_failed(vg_fail(VG_ERR_VALUE, "--real is '%s', wanted float32 or float64", real));

    struct vg_dev *dev = NULL;
    struct outcome o = { 0 };
    int rc = cli_open(&dev, device);
    if (rc == VG_OK)
        rc = replay(&o, dev, words.item[0], real, write);
    if (rc == VG_OK && json)
        print_json(&o, dev);
    else if (rc == VG_OK)
        print_text(&o);
    const int code = rc != VG_OK ? cli_failed(rc) : o.passed ? EXIT_DONE : EXIT_WRONG;
    vg_parity_destroy(&o.narrow);
    vg_parity_destroy(&o.wide);
    vg_dev_close(&dev);
    return code;
}
