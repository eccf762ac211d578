#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "tools/cli.h"
#include "tools/opcase.h"

static int ops_main(int argc, char **argv);

const struct command command_ops = {
    .name = "ops",
    .summary = "the operators, and the programs that their cases build; needs no device",
    .usage =
        "ops [PATTERN] [--programs]\n\n"
        "With --programs, a line for each program that the lines of suites/op build, with the "
        "default\nparameters of GPUs and of CPUs: operator, parts of cl/ and -D options, a tab "
        "between.",
    .main = ops_main,
};

// ---- programs -----------------------------------------------------------------------------------

struct lines {
    char **text;
    size_t count;
};

static void add_line(struct lines *l, char *taken)
{
    l->text = vg_grow(l->text, l->count + 1, sizeof *l->text);
    l->text[l->count++] = taken;
}

static char *program_line(const struct vg_plan_step *s)
{
    struct vg_text t = { 0 };
    vg_text_add(&t, "%s\t", s->node->op->name);
    for (const char *const *part = s->node->op->source->parts; *part; part++)
        vg_text_add(&t, "%s%s", part == s->node->op->source->parts ? "" : ",", *part);
    const char *defines = strstr(s->options, "-D");
    vg_text_add(&t, "\t%s", defines ? defines : "");
    return t.data;
}

static int add_case(struct lines *l, const struct vg_op *op, const struct vg_case *c,
                    struct vg_dev *dry)
{
    struct opcase o;
    const int rc = opcase_create(&o, op, c, dry);
    if (rc != VG_OK)
        return rc;
    for (int i = 0; i < vg_plan_steps(o.plan); i++)
        add_line(l, program_line(vg_plan_step(o.plan, i)));
    opcase_finish(&o);
    return VG_OK;
}

static int add_op(struct lines *l, const struct vg_op *op, struct vg_dev *const dry[2])
{
    int rc = VG_OK;
    struct vg_suite *s = NULL;
    VG_TRY(opcase_suite(&s, op->name));
    for (int i = 0; i < s->count; i++) {
        const struct vg_case c = vg_case_of(&s->cases[i]);
        if (!vg_case_marked(&c, "test") && !vg_case_marked(&c, "bench"))
            continue;
        for (int d = 0; d < 2; d++)
            VG_TRY(add_case(l, op, &c, dry[d]));
    }
out:
    vg_suite_destroy(&s);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static void print_unique(struct lines *l)
{
    qsort(l->text, l->count, sizeof *l->text, by_text);
    for (size_t i = 0; i < l->count; i++)
        if (i == 0 || strcmp(l->text[i], l->text[i - 1]) != 0)
            printf("%s\n", l->text[i]);
}

static int print_programs(const char *pattern)
{
    int rc = VG_OK;
    struct lines l = { 0 };
    struct vg_dev *dry[2] = { vg_dev_dry("gpu"), vg_dev_dry("cpu") };
    for (int i = 0; opcase_ops[i]; i++)
        if (opcase_matches(opcase_ops[i]->name, pattern))
            VG_TRY(add_op(&l, opcase_ops[i], dry));
    print_unique(&l);
out:
    for (size_t i = 0; i < l.count; i++)
        free(l.text[i]);
    free(l.text);
    for (int d = 0; d < 2; d++)
        vg_dev_close(&dry[d]);
    return rc;
}

// ---- the list -----------------------------------------------------------------------------------

static int print_op(const struct vg_op *op)
{
    int rc = VG_OK, test = 0, bench = 0;
    struct vg_suite *s = NULL;
    VG_TRY(opcase_suite(&s, op->name));
    for (int i = 0; i < s->count; i++) {
        test += vg_line_marked(&s->cases[i].line, "test");
        bench += vg_line_marked(&s->cases[i].line, "bench");
    }
    printf("%-16s %3d cases tested, %2d timed; parameters:", op->name, test, bench);
    for (const struct vg_tunable *t = op->source->tunables; t->name; t++)
        printf(" %s", t->name);
    printf("%s\n", op->source->tunables[0].name ? "" : " none");
out:
    vg_suite_destroy(&s);
    return rc;
}

static int ops_main(int argc, char **argv)
{
    bool programs = false;
    const struct cli_option options[] = {
        { "programs", CLI_FLAG, &programs, NULL, "what a vendor's compiler is to compile" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_ops, options, argc, argv, &words, 0, 1);
    if (done != CLI_GO_ON)
        return done;

    int rc = VG_OK;
    const char *pattern = words.count ? words.item[0] : NULL;
    VG_TRY(opcase_pattern(pattern));
    if (programs)
        VG_TRY(print_programs(pattern));
    for (int i = 0; opcase_ops[i] && !programs; i++)
        if (opcase_matches(opcase_ops[i]->name, pattern))
            VG_TRY(print_op(opcase_ops[i]));
out:
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
