#include "tools/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "tools/cli.h"

static int run_main(int argc, char **argv);

const struct command command_run = {
    .name = "run",
    .summary = "runs the cases of suites in order, appends a row each and prints a table",
    .usage = "run SUITE... [--only NAME] [--device D] [--out DIR] [--set KEY=VALUE] [--list]\n\n"
             "SUITE is a file or a name below suites/.  --set goes over every case that knows the "
             "key.\nRows go to DIR/<device>/<suite>.jsonl, checkpoints beside them (default "
             "results/).  A case that\nwas interrupted goes on from its last checkpoint.",
    .main = run_main,
};

// ---- paths --------------------------------------------------------------------------------------

char *run_checkpoint_path(const struct run *r, const char *name)
{
    return vg_format("%s/%s/%s.safetensors", r->out, r->dev->info.id, name);
}

char *run_file_path(const struct run *r, const struct run_case *c, const char *ending)
{
    char *path = vg_format("%s/%s/%s-%s%s", r->out, r->dev->info.id, c->suite, c->name, ending);
    for (char *at = path + strlen(r->out) + strlen(r->dev->info.id) + 2; *at; at++)
        if (*at == '/')
            *at = '-';
    return path;
}

// ---- reading cases ------------------------------------------------------------------------------

static bool knows(const struct run_case *c, const char *key)
{
    return c->method ? run_pretrain_knows(c->method, key) : run_evaluate_knows(c->task, key);
}

static int parse_words(struct run_case *c, const struct vg_word *words, size_t count)
{
    vg_settings_destroy(&c->settings);
    if (!strcmp(c->kind, "pretrain"))
        return run_pretrain_parse(c, words, count);
    if (!strcmp(c->kind, "evaluate"))
        return run_evaluate_parse(c, words, count);
    return vg_fail(VG_ERR_USAGE, "%s: a case is of kind '%s', wanted pretrain or evaluate",
                   c->line->where, c->kind);
}

// The line's words, then those of --set that this case knows; used[i] says that one was taken.
static int parse_case(struct run_case *c, const struct vg_word *set, int sets, bool *used)
{
    int rc = VG_OK;
    const struct vg_line *l = &c->line->line;
    if (l->count < 2 || l->words[0].value || l->words[1].value)
        return vg_fail(VG_ERR_USAGE, "%s: wanted NAME KIND KEY=VALUE ...", c->line->where);
    c->name = l->words[0].key;
    c->kind = l->words[1].key;

    const size_t own = l->count - 2;
    struct vg_word *words = vg_alloc(own + (size_t) sets, sizeof *words);
    memcpy(words, l->words + 2, own * sizeof *words);
    VG_TRY(parse_words(c, words, own));
    size_t n = own;
    for (int i = 0; i < sets; i++)
        if (knows(c, set[i].key)) {
            size_t at = 0;   // in place of the line's own
            while (at < n && strcmp(words[at].key, set[i].key) != 0)
                at++;
            words[at] = set[i];
            n += at == n;
            used[i] = true;
        }
    VG_TRY(parse_words(c, words, n));
out:
    free(words);
    return rc;
}

static int add_suite(struct run *r, const char *path, const char *only, const struct vg_word *set,
                     int sets, bool *used)
{
    int rc = VG_OK;
    struct vg_suite *s = NULL;
    VG_TRY(vg_suite_load(&s, path));
    for (int i = 0; i < s->count; i++) {
        struct run_case c = { .suite = vg_arena_string(r->arena, "%s", s->name),
                              .line = &s->cases[i] };
        if (only && strcmp(s->cases[i].line.words[0].key, only) != 0)
            continue;
        r->cases = vg_grow(r->cases, r->count + 1, sizeof *r->cases);
        r->cases[r->count] = c;
        rc = parse_case(&r->cases[r->count++], set, sets, used);
        if (rc != VG_OK)
            goto out;
    }
    r->suites = vg_grow(r->suites, r->suite_count + 1, sizeof *r->suites);
    r->suites[r->suite_count++] = s;
    s = NULL;
out:
    vg_suite_destroy(&s);
    return rc;
}

static int read_all(struct run *r, const struct cli_list *suites, const char *only,
                    const struct vg_word *set, int sets)
{
    int rc = VG_OK;
    bool used[CLI_MOST] = { false };
    for (int i = 0; i < suites->count; i++)
        VG_TRY(add_suite(r, suites->item[i], only, set, sets, used));
    if (r->count == 0)
        return vg_fail(VG_ERR_USAGE, only ? "--only %s: no case has that name" : "no case in %s",
                       only ? only : suites->item[0]);
    for (int i = 0; i < sets; i++)
        if (!used[i])
            return vg_fail(VG_ERR_USAGE,
                           "--set %s: no case has such a setting; `visage help %s` lists "
                           "them",
                           set[i].key,
                           r->cases[0].method ? r->cases[0].method->name : r->cases[0].task->name);
out:
    return rc;
}

// ---- the table ----------------------------------------------------------------------------------

static void number_cell(struct vg_table *t, const char *format, double value)
{
    if (isnan(value))
        vg_table_cell(t, "-");
    else
        vg_table_cell(t, format, value);
}

static const char *status_text(enum vg_row_status s)
{
    static const char *const texts[] = { "ok", "failed", "unsupported", "skipped" };
    return texts[s];
}

static void print_table(const struct run *r, int done)
{
    static const char *const heads[] = { "images/s",  "peak MiB",   "first loss",
                                         "last loss", "accuracy %", "random %" };
    struct vg_text out = { 0 };
    struct vg_table *t = vg_table_create();
    vg_table_column(t, "case", false);
    vg_table_column(t, "kind", false);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        vg_table_column(t, heads[i], true);
    vg_table_column(t, "status", false);
    for (int i = 0; i < done; i++) {
        const struct run_outcome *o = &r->outcomes[i];
        vg_table_cell(t, "%s", r->cases[i].name);
        vg_table_cell(t, "%s", r->cases[i].kind);
        number_cell(t, "%.2f", o->images_per_second);
        number_cell(t, "%.0f", o->peak_bytes / (1 << 20));
        number_cell(t, "%.4f", o->first_loss);
        number_cell(t, "%.4f", o->last_loss);
        number_cell(t, "%.2f", 100 * o->accuracy);
        number_cell(t, "%.2f", 100 * o->random_accuracy);
        vg_table_cell(t, "%s%s%s", status_text(o->status), o->reason[0] ? ": " : "", o->reason);
    }
    vg_table_print(t, &out);
    fputs(vg_text_string(&out), stdout);
    vg_text_finish(&out);
    vg_table_destroy(&t);
}

static void print_list(const struct run *r)
{
    for (int i = 0; i < r->count; i++)
        printf("%-12s %s\n", r->cases[i].suite, r->cases[i].line->text);
}

// ---- running ------------------------------------------------------------------------------------

// Before any work: rows that cannot be kept are not worth measuring.
static int check_out(const struct run *r)
{
    int rc = VG_OK;
    char *folder = vg_format("%s/%s", r->out, r->dev->info.id);
    VG_TRY(vg_dir_make(folder));
    if (access(folder, W_OK | X_OK) != 0)
        rc =
            vg_fail_errno(VG_ERR_IO, "%s cannot be written to; --out names another folder", folder);
out:
    free(folder);
    return rc;
}

static int run_cases(struct run *r, int *done)
{
    int rc = VG_OK;
    for (*done = 0; *done < r->count && rc == VG_OK; (*done)++) {
        const struct run_case *c = &r->cases[*done];
        struct run_outcome *o = &r->outcomes[*done];
        *o = (struct run_outcome) { VG_ROW_FAILED, "", NAN, NAN, NAN, NAN, NAN, NAN };
        rc = tools_interrupted() ? vg_fail(VG_ERR_INTERRUPTED, "interrupted")
             : c->method         ? run_pretrain(r, c, o)
                                 : run_evaluate(r, c, o);
    }
    return rc;
}

static int run_all(struct run *r, const char *device)
{
    int rc = VG_OK, done = 0;
    VG_TRY(cli_open(&r->dev, device));
    VG_TRY(check_out(r));
    r->outcomes = vg_alloc(r->count, sizeof *r->outcomes);
    rc = run_cases(r, &done);
    print_table(r, done);
    if (rc == VG_OK)
        printf("rows in %s/%s/\n", r->out, r->dev->info.id);
out:
    return rc;
}

static void finish(struct run *r)
{
    for (int i = 0; i < r->count; i++)
        vg_settings_destroy(&r->cases[i].settings);
    for (int i = 0; i < r->suite_count; i++)
        vg_suite_destroy(&r->suites[i]);
    free(r->cases);
    free(r->outcomes);
    free(r->suites);
    vg_dev_close(&r->dev);
    vg_arena_destroy(&r->arena);
}

static int run_main(int argc, char **argv)
{
    int rc = VG_OK;
    const char *device = NULL, *only = NULL, *out = "results";
    bool list = false;
    struct cli_list suites = { 0 }, sets = { 0 };
    const struct cli_option options[] = {
        { "only", CLI_TEXT, &only, "NAME", "only the case of that name", 0, 0 },
        CLI_DEVICE(&device),
        { "out", CLI_TEXT, &out, "DIR", "where rows and checkpoints go (default results)", 0, 0 },
        { "set", CLI_LIST, &sets, "KEY=VALUE", "over the lines' own settings; may be repeated", 0,
          0 },
        { "list", CLI_FLAG, &list, NULL, "print the cases and do nothing", 0, 0 },
        { 0 },
    };
    const int go = cli_parse(&command_run, options, argc, argv, &suites, 1, CLI_MOST);
    if (go != CLI_GO_ON)
        return go;

    struct vg_word *words = NULL;
    struct run r = { .out = out, .arena = vg_arena_create() };
    VG_TRY(cli_settings(&sets, r.arena, &words));
    VG_TRY(read_all(&r, &suites, only, words, sets.count));
    if (list)
        print_list(&r);
    else
        VG_TRY(run_all(&r, device));
out:;
    const int code = rc == VG_OK ? EXIT_DONE : cli_failed(rc);
    finish(&r);
    return code;
}
