#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "report/compare.h"
#include "tools/cli.h"

static int compare_main(int argc, char **argv);

const struct command command_compare = {
    .name = "compare",
    .summary = "two sets of rows case by case: same, faster, slower, ambiguous, not comparable",
    .usage =
        "compare BASE NEW [--across] [--json | --markdown]\n\n"
        "BASE and NEW are files of rows, or folders with *.jsonl at any depth.  Cases pair by\n"
        "device, suite, name and settings; of each, the newest rows of one commit count.  A\n"
        "process is one value (run with --restarts 3 or more for a verdict on small changes).\n"
        "Processes that took turns, base and new and new and base, are compared pair by pair:\n"
        "six pairs or more bear a machine that drifts.\n"
        "Lines of results/accepted (case= device= commits=FROM..TO reason=) are honoured.\n\n"
        "Exit codes: 0 nothing slower or worse, 1 something is and is not accepted, 2 something\n"
        "is ambiguous, missing or not comparable, 3 could not do it.",
    .main = compare_main,
};

struct asked {
    struct vg_compare_how how;
    double effect, confidence, spread, points, loss;   // in percent
    const char *accepted;
    bool json, markdown;
};

static enum cli_style style_of(size_t line, const void *compared)
{
    const struct vg_comparison *c = &((const struct vg_compared *) compared)->list[line];
    if (c->accepted || c->verdict == VG_SAME || c->verdict == VG_NEW)
        return CLI_PLAIN;
    if (c->verdict == VG_SLOWER || c->verdict == VG_WORSE)
        return CLI_RED;
    return c->verdict == VG_FASTER ? CLI_GREEN : CLI_YELLOW;
}

static void time_cell(struct vg_table *t, double ns)
{
    char text[CLI_NUMBER];
    vg_table_cell(t, "%s", isnan(ns) ? "-" : cli_time(text, ns));
}

static void add_line(struct vg_table *t, const struct vg_comparison *c)
{
    const struct vg_record *r = c->now.row ? c->now.row : c->base.row;
    struct vg_text change = { 0 };
    vg_comparison_change(&c->time, &change);
    vg_table_cell(t, "%s", vg_verdict_name(c->verdict));
    vg_table_cell(t, "%s", r->name ? r->name : "-");
    vg_table_cell(t, "%s", r->device_id ? r->device_id : "-");
    time_cell(t, c->base.median_ns);
    time_cell(t, c->now.median_ns);
    vg_table_cell(t, "%s", change.length ? change.data : "-");
    vg_table_cell(t, "%s", c->reason);
    vg_text_finish(&change);
}

static void print_table(const struct vg_compared *c)
{
    static const struct {
        const char *head;
        bool number;
    } columns[] = { { "verdict", false }, { "case", false }, { "device", false },
                    { "base", true },     { "new", true },   { "change of time", false },
                    { "why", false } };
    struct vg_text out = { 0 };
    struct vg_table *t = vg_table_create();
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        vg_table_column(t, columns[i].head, columns[i].number);
    for (size_t i = 0; i < c->count; i++)
        add_line(t, &c->list[i]);
    cli_table(t, style_of, c);
    vg_compared_counts(c, &out);
    printf("%s\n", vg_text_string(&out));
    vg_text_finish(&out);
    vg_table_destroy(&t);
}

static void print(const struct vg_compared *c, const struct asked *a)
{
    if (a->json) {
        json_t *o = vg_compared_json(c);
        char *line = vg_json_line(o);
        puts(line);
        free(line);
        json_decref(o);
    } else if (a->markdown) {
        struct vg_text out = { 0 };
        vg_compared_markdown(c, &out);
        fputs(vg_text_string(&out), stdout);
        vg_text_finish(&out);
    } else {
        print_table(c);
    }
}

struct side {
    const char *path;
    struct vg_rows *rows;
    int rc;
    char *error;   // the message of another thread
};

static void *read_side(void *user)
{
    struct side *s = user;
    s->rc = vg_rows_read(&s->rows, &s->path, 1, NULL);
    s->error = vg_strdup(vg_error());
    return NULL;
}

// Parsing is what takes the time, so the sides are read at once.
static int read_sides(struct side *base, struct side *now)
{
    pthread_t other;
    // Rows are millions of small pieces among large ones, and glibc joins all small free ones anew
    // at every large one that is asked for, unless it is told to join them when they are freed.
    mallopt(M_MXFAST, 0);
    json_object_seed(0);   // before there are two to do so
    const bool apart = pthread_create(&other, NULL, read_side, now) == 0;
    read_side(base);
    if (apart)
        pthread_join(other, NULL);
    else
        read_side(now);
    const struct side *failed = base->rc != VG_OK ? base : now;
    return failed->rc == VG_OK ? VG_OK : vg_fail(failed->rc, "%s", failed->error);
}

static void side_finish(struct side *s)
{
    vg_rows_destroy(&s->rows);
    free(s->error);
}

static int compare(const char *base, const char *now, struct asked *a, int *code)
{
    int rc = VG_OK;
    struct side was = { .path = base }, is = { .path = now };
    struct vg_compared *c = NULL;
    struct vg_accepted accepted = { 0 };
    if (a->accepted || vg_file_exists("results/accepted")) {
        VG_TRY(vg_accepted_read(&accepted, a->accepted ? a->accepted : "results/accepted"));
        a->how.accepted = &accepted;
    }
    VG_TRY(read_sides(&was, &is));
    VG_TRY(vg_compare(&c, was.rows, is.rows, &a->how));
    if (c->count == 0) {
        rc = vg_fail(VG_ERR_USAGE, "%s and %s have no case to compare", base, now);
        goto out;
    }
    print(c, a);
    *code = vg_compared_code(c);
out:
    vg_compared_destroy(&c);
    vg_accepted_finish(&accepted);
    side_finish(&was);
    side_finish(&is);
    return rc;
}

static int compare_main(int argc, char **argv)
{
    struct asked a = { .effect = 1, .confidence = 95, .spread = 1, .points = 0.5, .loss = 1 };
    const struct cli_option options[] = {
        { "across", CLI_FLAG, &a.how.across, NULL, "compare across drivers, compilers and hosts" },
        { "across-devices", CLI_FLAG, &a.how.across_devices, NULL,
          "one device's rows with another's" },
        { "effect", CLI_FLOAT, &a.effect, "PERCENT", "least change of time that matters (1)", 0.001,
          1000 },
        { "confidence", CLI_FLOAT, &a.confidence, "PERCENT", "of intervals, a case (95)", 50,
          99.9999 },
        { "spread", CLI_FLOAT, &a.spread, "PERCENT",
          "deviation between processes, assumed where neither side has two (1)", 0.001, 100 },
        { "points", CLI_FLOAT, &a.points, "PERCENT", "least change of an accuracy (0.5)", 0.001,
          100 },
        { "loss", CLI_FLOAT, &a.loss, "PERCENT", "least change of the final loss (1)", 0.001,
          1000 },
        { "accepted", CLI_TEXT, &a.accepted, "FILE", "accepted changes (results/accepted)" },
        { "json", CLI_FLAG, &a.json, NULL, "one JSON object instead of a table" },
        { "markdown", CLI_FLAG, &a.markdown, NULL, "a Markdown table for a pull request" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_compare, options, argc, argv, &words, 2, 2);
    if (done != CLI_GO_ON)
        return done;
    if (a.json && a.markdown)
        return cli_usage(&command_compare, "--json or --markdown, not both");
    a.how.effect = a.effect / 100;
    a.how.confidence = a.confidence / 100;
    a.how.spread = a.spread / 100;
    a.how.points = a.points / 100;
    a.how.loss = a.loss / 100;
    int code = EXIT_DONE;
    const int rc = compare(words.item[0], words.item[1], &a, &code);
    return rc == VG_OK ? code : cli_failed(rc);
}
