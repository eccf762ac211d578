#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/oracle.h"
#include "tools/cli.h"
#include "tools/opcase.h"

static int check_main(int argc, char **argv);

const struct command command_check = {
    .name = "check",
    .summary = "known answers of every operator on this device; exit 1 names what is wrong",
    .usage = "check [PATTERN] [--device D] [--seed N] [--small]\n\n"
             "Runs the lines of suites/op that are marked test, forward and backward, and compares "
             "with\nreferences in double precision.  PATTERN is a part of an operator's name, or "
             "op/NAME.",
    .main = check_main,
};

enum { SMALL_ELEMS = 1024 };

struct tally {
    int cases, left_out, wrong;
    double fraction;   // the worst error as a part of what is allowed
    char worst[64];
};

static void note(struct tally *t, const struct verdict *v)
{
    const double fraction = v->allowed > 0 ? v->error / v->allowed : 0;
    if (fraction > t->fraction || isnan(fraction)) {
        t->fraction = fraction;
        snprintf(t->worst, sizeof t->worst, "%s", v->worst);
    }
}

static void name_wrong(const struct vg_case *c, const char *message)
{
    cli_progress_end();
    printf("%swrong%s  %s\n       %s: %s\n", cli_style(CLI_RED), cli_style(CLI_PLAIN), c->text,
           c->where, message);
}

static int check_line(struct tally *t, const struct oracle *o, const struct vg_case *c,
                      struct vg_dev *dev, uint64_t seed)
{
    struct verdict v;
    const int rc = oracle_agrees(o, c, dev, seed, &v);
    t->cases++;
    if (rc == VG_OK && v.passed) {
        note(t, &v);
        return VG_OK;
    }
    t->wrong++;
    name_wrong(c, rc == VG_OK ? v.message : vg_error());
    vg_error_clear();
    return VG_OK;
}

static void print_tally(const char *name, const struct tally *t, double ns)
{
    char time[CLI_NUMBER];
    cli_progress_end();
    if (t->cases == 0) {
        printf("%-16s no case%s\n", name, t->left_out ? " is small enough" : " is marked test");
        return;
    }
    printf("%-16s %3d case%s  worst %4.0f %% of allowed%s%-12s  %8s  %s%s%s\n", name, t->cases,
           t->cases == 1 ? " " : "s", 100 * t->fraction, t->worst[0] ? ", " : "  ", t->worst,
           cli_time(time, ns), cli_style(t->wrong ? CLI_RED : CLI_GREEN), t->wrong ? "WRONG" : "ok",
           cli_style(CLI_PLAIN));
    fflush(stdout);
}

// All lines of one operator; adds its wrong ones to *wrong.
static int check_op(const struct oracle *o, struct vg_dev *dev, uint64_t seed, bool small,
                    int *wrong)
{
    int rc = VG_OK;
    struct tally t = { 0 };
    struct vg_suite *s = NULL;
    const uint64_t begin = vg_clock_ns();
    VG_TRY(opcase_suite(&s, o->op->name));
    for (int i = 0; i < s->count && !tools_interrupted(); i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        if (!vg_case_marked(&c, "test"))
            continue;
        if (small && opcase_elems(&c) > SMALL_ELEMS) {
            t.left_out++;
            continue;
        }
        cli_progress("%s", c.text);
        VG_TRY(check_line(&t, o, &c, dev, seed));
    }
    print_tally(o->op->name, &t, (double) (vg_clock_ns() - begin));
    *wrong += t.wrong;
out:
    vg_suite_destroy(&s);
    return rc;
}

static int check_main(int argc, char **argv)
{
    const char *device = NULL;
    int64_t seed = 1;
    bool small = false;
    const struct cli_option options[] = {
        CLI_DEVICE(&device),
        { "seed", CLI_INT, &seed, "N", "seed of the inputs (default 1)", 0, 1e15 },
        { "small", CLI_FLAG, &small, NULL,
          "only cases of at most 1024 elements, for interpreters" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_check, options, argc, argv, &words, 0, 1);
    if (done != CLI_GO_ON)
        return done;

    int rc = VG_OK, wrong = 0;
    struct vg_dev *dev = NULL;
    const char *pattern = words.count ? words.item[0] : NULL;
    VG_TRY(opcase_pattern(pattern));
    VG_TRY(cli_open(&dev, device));
    for (int i = 0; oracles[i] && !tools_interrupted(); i++)
        if (opcase_matches(oracles[i]->op->name, pattern))
            VG_TRY(check_op(oracles[i], dev, (uint64_t) seed, small, &wrong));
out:
    vg_dev_close(&dev);
    return rc == VG_OK ? wrong ? EXIT_WRONG : EXIT_DONE : cli_failed(rc);
}
