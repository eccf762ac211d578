#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "report/history.h"
#include "report/index.h"
#include "tools/cli.h"
#include "tools/history.h"

static int history_main(int argc, char **argv);

const struct command command_history = {
    .name = "history",
    .summary = "each case over time: where it changed, by how much, and what else changed there",
    .usage =
        "history [PATH...] [--case PART] [--device PART] [--metric NAME] [--json]\n"
        "       visage history [PATH] --sql [QUERY]\n\n"
        "PATH is a file of rows or a folder with *.jsonl at any depth (default: results).  "
        "Changes\n"
        "are found by E-divisive means and kept by Student's t-test; a segment has three rows or\n"
        "more.  An index in PATH/.index makes thousands of rows answer at once; it is brought up\n"
        "to date by every call and can be deleted at any time.  With --sql it is read: a table of\n"
        "what QUERY selects from `rows`, `measures` and `files`, or the shell of SQLite.\n\n"
        "Exit codes: 0 no newest segment is worse, 1 one is and is not accepted, 2 one is worse\n"
        "with nothing changed that rows tell of, or every case has too few rows, 3 could not do\n"
        "it.",
    .main = history_main,
};

struct asked {
    struct vg_history_how how;
    double least, points;   // in percent
    const char *accepted, *order, *sql;
    bool json;
};

// ---- values -------------------------------------------------------------------------------------

enum { VALUE = CLI_NUMBER + 24 };

static const char *value_text(char text[VALUE], const struct vg_series *s, double value)
{
    if (isnan(value))
        return strcpy(text, "-");
    if (!strcmp(s->metric, "time"))
        return cli_time(text, value);
    if (!strcmp(s->metric, "memory"))
        return cli_bytes(text, value);
    snprintf(text, VALUE, "%.5g%s%.20s", value, s->unit ? " " : "", s->unit ? s->unit : "");
    return text;
}

// The value that the newest segment has.
static double newest_value(const struct vg_series *s)
{
    const struct vg_history_change *c = vg_series_newest(s);
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += isnan(s->value[i]) ? 0 : s->value[i];
    return c ? c->change.after : sum / (double) (s->count - s->missing);
}

static void change_text(char text[CLI_NUMBER], const struct vg_change *c)
{
    const double part = 100 * c->magnitude * (c->after > c->before ? 1 : -1);
    snprintf(text, CLI_NUMBER, isfinite(part) ? "%+.1f %%" : "from 0", part);
}

// ---- a line of blocks ---------------------------------------------------------------------------

enum { CELLS = 32 };

// The mean of the rows from begin to end that have one.
static double mean_of(const struct vg_series *s, size_t begin, size_t end)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = begin; i < end; i++)
        if (!isnan(s->value[i])) {
            sum += s->value[i];
            n++;
        }
    return n ? sum / (double) n : NAN;
}

// Eight heights between the least and the greatest; a dot where rows are missing.
static void add_plot(struct vg_table *t, const struct vg_series *s)
{
    static const char *const block[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    const size_t cells = s->count < CELLS ? s->count : CELLS;
    double value[CELLS], low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < cells; i++) {
        value[i] = mean_of(s, i * s->count / cells, (i + 1) * s->count / cells);
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    struct vg_text plot = { 0 };
    for (size_t i = 0; i < cells; i++) {
        const double height = high > low ? 7.999 * (value[i] - low) / (high - low) : 3;
        vg_text_add(&plot, "%s", isnan(value[i]) ? "·" : block[(int) height]);
    }
    vg_table_cell(t, "%s", vg_text_string(&plot));
    vg_text_finish(&plot);
}

// ---- the table ----------------------------------------------------------------------------------

static const char *state_of(const struct vg_series *s)
{
    const struct vg_history_change *c = vg_series_newest(s);
    return c ? vg_turn_name(c->turn) : s->too_short ? "few rows" : "same";
}

static enum cli_style style_of(size_t line, const void *history)
{
    const struct vg_history_change *c =
        vg_series_newest(&((const struct vg_history *) history)->list[line]);
    if (!c || c->turn == VG_TURN_ACCEPTED)
        return CLI_PLAIN;
    return c->turn == VG_TURN_WORSE ? CLI_RED : c->turn == VG_TURN_BETTER ? CLI_GREEN : CLI_YELLOW;
}

static const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static void add_series(struct vg_table *t, const struct vg_series *s)
{
    char value[VALUE], part[CLI_NUMBER] = "-";
    const struct vg_history_change *c = vg_series_newest(s);
    const struct vg_history_row *r = s->rows[0];
    if (c)
        change_text(part, &c->change);
    vg_table_cell(t, "%s", state_of(s));
    vg_table_cell(t, "%s", or_dash(r->name));
    vg_table_cell(t, "%s", or_dash(r->device));
    vg_table_cell(t, "%s", s->metric);
    vg_table_cell(t, "%zu", s->count - s->missing);
    vg_table_cell(t, "%s", value_text(value, s, newest_value(s)));
    vg_table_cell(t, "%s", part);
    vg_table_cell(t, "%s", c ? or_dash(c->first->commit) : "-");
    add_plot(t, s);
}

static void print_table(const struct vg_history *h)
{
    static const struct {
        const char *head;
        bool number;
    } columns[] = { { "newest", false }, { "case", false },  { "device", false },
                    { "metric", false }, { "rows", true },   { "value", true },
                    { "change", true },  { "since", false }, { "over time", false } };
    struct vg_table *t = vg_table_create();
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        vg_table_column(t, columns[i].head, columns[i].number);
    for (size_t i = 0; i < h->count; i++)
        add_series(t, &h->list[i]);
    cli_table(t, style_of, h);
    vg_table_destroy(&t);
}

// ---- the changes --------------------------------------------------------------------------------

// What rows say goes to a terminal: control characters in it do not.
static void print_clean(struct vg_text *line)
{
    for (char *c = line->data; c && *c; c++)
        if ((unsigned char) *c < 0x20 || *c == 0x7f)
            *c = '?';
    printf("%s\n", vg_text_string(line));
    vg_text_finish(line);
}

static void print_change(const struct vg_series *s, const struct vg_history_change *c)
{
    struct vg_text t = { 0 };
    char before[VALUE], after[VALUE], part[CLI_NUMBER];
    change_text(part, &c->change);
    vg_text_add(&t, "  %s  %s -> %s  %s, p %.2g", part, value_text(before, s, c->change.before),
                value_text(after, s, c->change.after), vg_turn_name(c->turn), c->change.p);
    if (c->accepted)
        vg_text_add(&t, ": %s", c->accepted->reason);
    print_clean(&t);
    vg_text_add(&t, "    first row %s:%d, %s, commit %s; last before of %s", c->first->file,
                c->first->line, c->first->time, or_dash(c->first->commit),
                or_dash(c->last->commit));
    print_clean(&t);
    vg_text_add(&t, "    %s%s%s", c->surroundings,
                *c->surroundings ? "; " : "driver, compiler and host as before; ",
                c->same_programs ? "the same programs" : "other programs");
    print_clean(&t);
}

static void print_changes(const struct vg_history *h)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct vg_series *s = &h->list[i];
        struct vg_text head = { 0 };
        if (s->change_count == 0)
            continue;
        vg_text_add(&head, "%s (%s), %s, on %s", or_dash(s->rows[0]->name),
                    or_dash(s->rows[0]->suite), s->metric, or_dash(s->rows[0]->device));
        printf("\n");
        print_clean(&head);
        for (size_t k = 0; k < s->change_count; k++)
            print_change(s, &s->changes[k]);
    }
}

// ---- the whole ----------------------------------------------------------------------------------

static void print(const struct vg_history *h, bool json)
{
    if (!json) {
        print_table(h);
        print_changes(h);
        return;
    }
    json_t *o = vg_history_json(h);
    char *line = vg_json_line(o);
    puts(line);
    free(line);
    json_decref(o);
}

static int read_order(struct vg_history_how *how, const char *path, struct vg_arena *a)
{
    char *text, *line;
    const int rc =
        vg_file_read(strcmp(path, "-") ? path : "/dev/stdin", (size_t) 1 << 28, &text, NULL);
    if (rc != VG_OK)
        return rc;
    const char **list = NULL;
    for (char *rest = text; (line = strsep(&rest, "\n"));) {
        line[strcspn(line, " \t\r")] = 0;   // what git log --oneline writes does as well
        if (!*line)
            continue;
        list = vg_grow(list, how->commit_count + 1, sizeof *list);
        list[how->commit_count++] = vg_arena_string(a, "%s", line);
    }
    how->commits = vg_arena_copy(a, list, how->commit_count * sizeof *list);
    free(list);
    free(text);
    return how->commit_count ? VG_OK : vg_fail(VG_ERR_USAGE, "%s: has no commit", path);
}

static void warn_of_left_out(size_t rows, const char *why)
{
    if (rows > 0)
        fprintf(stderr, "visage: warning: %zu rows %s and are left out\n", rows, why);
}

static int history(const struct cli_list *words, struct asked *a, int *code)
{
    int rc = VG_OK;
    struct vg_history *h = NULL;
    struct vg_history_rows rows;
    struct vg_accepted accepted = { 0 };
    vg_history_rows_init(&rows);
    if (a->accepted || vg_file_exists("results/accepted")) {
        VG_TRY(vg_accepted_read(&accepted, a->accepted ? a->accepted : "results/accepted"));
        a->how.accepted = &accepted;
    }
    VG_TRY(vg_index_is_built() ? vg_index_rows(&rows, words->item, (size_t) words->count)
                               : vg_history_rows_read(&rows, words->item, (size_t) words->count));
    if (a->order)
        VG_TRY(read_order(&a->how, a->order, rows.arena));
    vg_history_create(&h, &rows, &a->how);
    warn_of_left_out(h->without_time, "have no time");
    warn_of_left_out(h->without_place, "are of commits that the order does not name");
    if (h->count == 0) {
        rc =
            vg_fail(VG_ERR_USAGE, "history: no row below %s has a case, device and metric as asked",
                    words->item[0]);
        goto out;
    }
    print(h, a->json);
    *code = vg_history_code(h);
out:
    vg_history_destroy(&h);
    vg_history_rows_finish(&rows);
    vg_accepted_finish(&accepted);
    return rc;
}

static int history_main(int argc, char **argv)
{
    struct asked a = { .least = 1, .points = 0.5, .how.max_p = 0.001 };
    const struct cli_option options[] = {
        { "case", CLI_TEXT, &a.how.name, "PART", "cases whose name has it" },
        { "device", CLI_TEXT, &a.how.device, "PART", "devices whose id has it" },
        { "metric", CLI_TEXT, &a.how.metric, "NAME", "time, memory, loss, accuracy, ..." },
        { "least", CLI_FLOAT, &a.least, "PERCENT", "least change that matters (1)", 0.001, 1000 },
        { "points", CLI_FLOAT, &a.points, "PERCENT", "least change of an accuracy (0.5)", 0.001,
          100 },
        { "p", CLI_FLOAT, &a.how.max_p, "P", "a change is less likely by chance (0.001)", 1e-12,
          0.1 },
        { "accepted", CLI_TEXT, &a.accepted, "FILE", "accepted changes (results/accepted)" },
        { "order", CLI_TEXT, &a.order, "FILE",
          "commits, oldest first, in place of time: git rev-list --reverse HEAD (- is stdin)" },
        { "json", CLI_FLAG, &a.json, NULL, "JSON instead of a table" },
        { "sql", CLI_MAYBE, &a.sql, "[QUERY]", "read the index of PATH" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_history, options, argc, argv, &words, 0, CLI_MOST);
    if (done != CLI_GO_ON)
        return done;
    if (words.count == 0)
        words.item[words.count++] = "results";
    if (a.sql && words.count > 1)
        return cli_usage(&command_history, "--sql wants one PATH, there are %d", words.count);
    if (a.sql)
        return history_sql(words.item[0], a.sql, a.json);
    a.how.least = a.least / 100;
    a.how.points = a.points / 100;
    int code = EXIT_DONE;
    const int rc = history(&words, &a, &code);
    return rc == VG_OK ? code : cli_failed(rc);
}
