#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "bench/measure.h"
#include "dev/tune.h"
#include "graph/run.h"
#include "tools/cli.h"
#include "tools/opcase.h"

static int tune_main(int argc, char **argv);

const struct command command_tune = {
    .name = "tune",
    .summary = "searches kernel parameters for this device and writes <device>.tune",
    .usage = "tune [PATTERN] [--device D] [--out DIR] [--budget SECONDS]\n\n"
             "For each operator, one parameter after another: tries its candidates on the lines "
             "marked\nbench, drops those whose output is not that of the defaults, and keeps the "
             "one that is\nfastest over all lines.  The file goes to cl/tune/, and the next build "
             "uses it.\nLines of operators that were not tuned now stay in it.",
    .main = tune_main,
};

enum { MOST_LINES = 32, MOST_VALUES = 12 };

// A candidate must win by more than this to be kept: below, it is noise.
static const double worth_it = 1.03;

struct tune {
    struct vg_dev *dev;
    double seconds;   // of samples, a case
    uint64_t end;     // on vg_clock_ns
    struct vg_text found;
};

// An operator of the tape that has parameters: the forward one, or one of its backward nodes.
struct target {
    const struct vg_op *op;   // whose suite it is
    const char *name;         // whose parameters: "l2norm_bwd"
    const struct vg_tunable *tunable;
};

// The default outputs and times of the bench lines of an operator.
struct baseline {
    struct vg_suite *suite;
    struct vg_case line[MOST_LINES];
    void *values[MOST_LINES][OPCASE_MOST];
    int lines;
};

static bool is_over(const struct tune *t)
{
    return tools_interrupted() || vg_clock_ns() >= t->end;
}

// ---- one case -----------------------------------------------------------------------------------

struct timing {
    struct vg_plan *plan;
    double *step_ns;
    const char *name;   // whose nodes count
};

static int once(void *user, double track_ns[VG_TRACKS])
{
    struct timing *t = user;
    const int rc = vg_run_timed(t->plan, t->step_ns);
    track_ns[0] = 0;
    for (int i = 0; i < vg_plan_steps(t->plan); i++)
        if (!strcmp(vg_plan_step(t->plan, i)->node->op->name, t->name))
            track_ns[0] += t->step_ns[i];
    return rc;
}

// The least time of the nodes of that name: the machine's noise only adds.
static int time_nodes(struct tune *t, struct opcase *o, const char *name, double *ns)
{
    int rc = VG_OK;
    struct vg_samples s = { 0 };
    const struct vg_measure how = { .seconds = t->seconds, .least = 5, .stop = tools_interrupted };
    struct timing timing = { o->plan, vg_alloc(vg_plan_steps(o->plan), sizeof(double)), name };
    VG_TRY(vg_measure(&s, 1, once, &timing, &how));
    *ns = INFINITY;
    for (size_t i = 0; i < s.count; i++)
        *ns = fmin(*ns, s.track_ns[0][i]);
out:
    vg_samples_finish(&s);
    free(timing.step_ns);
    return rc;
}

static void free_values(void *values[OPCASE_MOST])
{
    for (int i = 0; i < OPCASE_MOST; i++) {
        free(values[i]);
        values[i] = NULL;
    }
}

static int run_and_read(struct opcase *o, void *values[OPCASE_MOST])
{
    int rc = VG_OK;
    VG_TRY(opcase_fill(o, 1));
    VG_TRY(vg_run(o->plan));
    VG_TRY(vg_finish(o->plan));
    VG_TRY(opcase_read(o, values));
    VG_TRY(opcase_finite(o, values));
out:
    return rc;
}

/**
 * The time of a line with what is forced now, or INFINITY where it cannot be built or run, or its
 * output is not that of the defaults: then it is no candidate, which is no failure.
 */
static double time_line(struct tune *t, struct baseline *b, int line, const struct target *target)
{
    int rc = VG_OK;
    struct opcase o = { 0 };
    void *values[OPCASE_MOST] = { 0 };
    double ns = INFINITY;
    VG_TRY(opcase_create(&o, target->op, &b->line[line], t->dev));
    VG_TRY(run_and_read(&o, values));
    VG_TRY(opcase_same(&o, values, b->values[line], NULL));
    VG_TRY(time_nodes(t, &o, target->name, &ns));
out:
    if (rc != VG_OK)
        vg_detail("%s: %s", b->line[line].text, vg_error());
    vg_error_clear();
    free_values(values);
    opcase_finish(&o);
    return rc == VG_OK ? ns : INFINITY;
}

// ---- one parameter ------------------------------------------------------------------------------

// What a plan runs with as things are.
static int value_now(const struct tune *t, const struct target *target)
{
    const struct vg_tunable *k = target->tunable;
    int value = !strcmp(t->dev->info.type, "cpu") ? k->cpu : k->gpu;
    vg_tune_find(t->dev, target->name, k->name, &value);
    return value;
}

// Both types' defaults and the candidates, each once, without the value that is there now: it would
// win whenever the machine was busy while it was timed first.
static int values_of(const struct vg_tunable *t, int now, int *values)
{
    int count = 0;
    const int first[] = { t->cpu, t->gpu };
    for (int i = 0; i < 2 + 8; i++) {
        const int value = i < 2 ? first[i] : t->candidates[i - 2];
        bool known = value == now || (i >= 2 && value == 0);   // 0 ends the list
        for (int k = 0; k < count; k++)
            known |= values[k] == value;
        if (!known)
            values[count++] = value;
    }
    return count;
}

// The mean over the lines of log(before / now): what a factor on every line would be.
static double gain(const double *before, const double *now, int lines)
{
    double sum = 0;
    for (int i = 0; i < lines; i++)
        sum += log(before[i] / now[i]);
    return exp(sum / lines);
}

static bool time_all(struct tune *t, struct baseline *b, const struct target *target, double *ns)
{
    for (int i = 0; i < b->lines; i++) {
        ns[i] = time_line(t, b, i, target);
        if (isinf(ns[i]) || is_over(t))
            return false;
    }
    return b->lines > 0;
}

static void note(struct tune *t, const struct baseline *b, const struct target *target, int value,
                 double by)
{
    cli_progress_end();
    printf("%s %s=%d  %.2fx over %d lines\n", target->name, target->tunable->name, value, by,
           b->lines);
    fflush(stdout);
    vg_text_add(&t->found, "%s %s=%d  # suites/op/%s.suite, %.2fx\n", target->name,
                target->tunable->name, value, target->op->name, by);
}

// Times without and with the winner once more, one right behind the other: a machine that was busy
// the first time would have made a winner of anything.  Leaves it forced for the next parameter.
static bool is_confirmed(struct tune *t, struct baseline *b, const struct target *target, int value,
                         double *best)
{
    double before[MOST_LINES], now[MOST_LINES];
    if (!time_all(t, b, target, before))
        return false;
    vg_tune_force(target->name, target->tunable->name, value);
    if (time_all(t, b, target, now)) {
        *best = fmin(*best, gain(before, now, b->lines));
        if (*best > worth_it)
            return true;
    }
    vg_tune_lift(target->name, target->tunable->name);
    return false;
}

static void tune_one(struct tune *t, struct baseline *b, const struct target *target)
{
    double before[MOST_LINES], now[MOST_LINES], best = worth_it;
    int values[MOST_VALUES], chosen = 0;
    bool better = false;
    const int count = values_of(target->tunable, value_now(t, target), values);
    if (count < 1 || !time_all(t, b, target, before))
        return;
    for (int i = 0; i < count && !is_over(t); i++) {
        cli_progress("%s %s=%d", target->name, target->tunable->name, values[i]);
        vg_tune_force(target->name, target->tunable->name, values[i]);
        if (time_all(t, b, target, now) && gain(before, now, b->lines) > best) {
            best = gain(before, now, b->lines);
            chosen = values[i];
            better = true;
        }
        vg_tune_lift(target->name, target->tunable->name);
    }
    if (better && is_confirmed(t, b, target, chosen, &best))
        note(t, b, target, chosen, best);
}

// ---- one operator -------------------------------------------------------------------------------

// Outputs with the operators' own defaults, which are what a candidate must give.
static int baseline_init(struct tune *t, struct baseline *b, const struct vg_op *op)
{
    int rc = VG_OK;
    VG_TRY(opcase_suite(&b->suite, op->name));
    vg_tune_ignore(true);
    for (int i = 0; i < b->suite->count && b->lines < MOST_LINES && !is_over(t); i++) {
        struct opcase o = { 0 };
        b->line[b->lines] = vg_case_of(&b->suite->cases[i]);
        if (!vg_case_marked(&b->line[b->lines], "bench"))
            continue;
        cli_progress("%s", b->line[b->lines].text);
        VG_TRY(opcase_create(&o, op, &b->line[b->lines], t->dev));
        rc = run_and_read(&o, b->values[b->lines++]);
        opcase_finish(&o);
        VG_TRY(rc);
    }
out:
    vg_tune_ignore(false);
    return rc;
}

static void baseline_finish(struct baseline *b)
{
    for (int i = 0; i < b->lines; i++)
        free_values(b->values[i]);
    vg_suite_destroy(&b->suite);
}

static bool is_first_of_name(const struct vg_graph *g, int index)
{
    for (int i = 0; i < index; i++)
        if (!strcmp(vg_graph_node(g, i)->op->name, vg_graph_node(g, index)->op->name))
            return false;
    return true;
}

static int tune_op(struct tune *t, const struct vg_op *op)
{
    int rc = VG_OK;
    struct vg_dev *dry = vg_dev_dry(t->dev->info.type);
    struct baseline *b = vg_alloc(1, sizeof *b);
    struct opcase o = { 0 };
    VG_TRY(baseline_init(t, b, op));
    if (b->lines == 0)
        goto out;
    VG_TRY(opcase_create(&o, op, &b->line[0], dry));
    for (int i = 0; i < vg_graph_nodes(o.g); i++) {
        const struct vg_op *node = vg_graph_node(o.g, i)->op;
        if (!is_first_of_name(o.g, i))
            continue;
        for (const struct vg_tunable *k = node->source->tunables; k->name && !is_over(t); k++)
            tune_one(t, b, &(struct target) { op, node->name, k });
    }
out:
    opcase_finish(&o);
    baseline_finish(b);
    free(b);
    vg_dev_close(&dry);
    return rc;
}

// ---- the file -----------------------------------------------------------------------------------

struct lines {
    char **text;
    size_t count;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

// Whether two lines are about the same parameter of the same operator: equal up to the '='.
static bool same_subject(const char *a, const char *b)
{
    const size_t n = strcspn(a, "=#");
    return n == strcspn(b, "=#") && !strncmp(a, b, n);
}

// Lines of text that say nothing about what is in l already; comments are left out.
static void add_lines(struct lines *l, char *text)
{
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        bool known = line[0] == '#' || !line[0];
        for (size_t i = 0; i < l->count && !known; i++)
            known = same_subject(l->text[i], line);
        if (known)
            continue;
        l->text = vg_grow(l->text, l->count + 1, sizeof *l->text);
        l->text[l->count++] = line;
    }
}

static int write_file(const struct tune *t, const char *out)
{
    int rc = VG_OK;
    struct lines l = { 0 };
    struct vg_text text = { 0 };
    char *name = vg_format("%s.tune", t->dev->info.id), *path = vg_path_join(out, name);
    char *found = vg_strdup(vg_text_string(&t->found)), *old = NULL;
    if (vg_file_exists(path))
        VG_TRY(vg_file_read(path, 1 << 20, &old, NULL));
    add_lines(&l, found);
    add_lines(&l, old);
    if (l.count > 0)
        qsort(l.text, l.count, sizeof *l.text, by_text);
    vg_text_add(&text, "# %s, driver %s\n", t->dev->info.name, t->dev->info.driver);
    for (size_t i = 0; i < l.count; i++)
        vg_text_add(&text, "%s\n", l.text[i]);
    VG_TRY(vg_dir_make(out));
    VG_TRY(vg_file_write(path, text.data, text.length));
    printf("%s: %zu lines\n", path, l.count);
out:
    free(l.text);
    free(old);
    free(found);
    free(path);
    free(name);
    vg_text_finish(&text);
    return rc;
}

static int tune_main(int argc, char **argv)
{
    struct tune t = { .seconds = 0.1 };
    const char *device = NULL, *out = ".";
    double budget = 1800;
    const struct cli_option options[] = {
        CLI_DEVICE(&device),
        { "out", CLI_TEXT, &out, "DIR", "where <device>.tune goes (default: here)" },
        { "budget", CLI_FLOAT, &budget, "SECONDS", "begin nothing after that (default 1800)", 1,
          1e6 },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_tune, options, argc, argv, &words, 0, 1);
    if (done != CLI_GO_ON)
        return done;

    int rc = VG_OK;
    const char *pattern = words.count ? words.item[0] : NULL;
    t.end = vg_clock_ns() + (uint64_t) (budget * 1e9);
    VG_TRY(opcase_pattern(pattern));
    VG_TRY(cli_open(&t.dev, device));
    for (int i = 0; opcase_ops[i] && !is_over(&t); i++)
        if (opcase_matches(opcase_ops[i]->name, pattern))
            VG_TRY(tune_op(&t, opcase_ops[i]));
    cli_progress_end();
    if (vg_clock_ns() >= t.end)
        fprintf(stderr, "the budget of %g s is spent: not every parameter was tried\n", budget);
    VG_TRY(write_file(&t, out));
out:
    vg_text_finish(&t.found);
    vg_dev_close(&t.dev);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
