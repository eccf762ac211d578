#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "tools/cli.h"
#include "tools/opcase.h"
#include "tools/topics.h"

static int help_main(int argc, char **argv);

const struct command command_help = {
    .name = "help",
    .summary = "a command, an operator, a method, a task, a data set: settings and defaults",
    .usage = "help [TOPIC]\n\n"
             "Without TOPIC, lists what there is to ask about.",
    .main = help_main,
};

// ---- the list -----------------------------------------------------------------------------------

static void list_topics(void)
{
    printf("command\n");
    for (int i = 0; commands[i]; i++)
        printf("  %-14s %s\n", commands[i]->name, commands[i]->summary);
    printf("operator\n ");
    for (int i = 0; opcase_ops[i]; i++)
        printf(" %s", opcase_ops[i]->name);
    printf("\n");
    const char *kind = "";
    struct topic t;
    for (int i = 0; topic_at(i, &t); i++) {
        if (strcmp(kind, t.kind) != 0)
            printf("%s\n", t.kind);
        printf("  %-14s %s\n", t.name, t.help);
        kind = t.kind;
    }
    printf("\nvisage help TOPIC says more\n");
}

// ---- one topic ----------------------------------------------------------------------------------

static const struct command *find_command(const char *name)
{
    for (int i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static const struct vg_op *find_op(const char *name)
{
    for (int i = 0; opcase_ops[i]; i++)
        if (!strcmp(opcase_ops[i]->name, name))
            return opcase_ops[i];
    return NULL;
}

static void print_tunables(const struct vg_op *op)
{
    for (const struct vg_tunable *t = op->source ? op->source->tunables : NULL; t && t->name; t++) {
        printf("  %-8s %d on a CPU, %d on a GPU; tried:", t->name, t->cpu, t->gpu);
        for (int i = 0; i < 8 && t->candidates[i]; i++)
            printf(" %d", t->candidates[i]);
        printf("\n");
    }
}

static int help_op(const struct vg_op *op)
{
    struct vg_suite *s;
    printf("operator %s: src/op/%s.h says what it computes\n", op->name, op->name);
    if (op->source && op->source->tunables[0].name)
        printf("\nparameters of its kernels\n");
    print_tunables(op);
    const int rc = opcase_suite(&s, op->name);
    if (rc != VG_OK)
        return cli_failed(rc);
    printf("\ncases of suites/op/%s.suite\n", op->name);
    for (int i = 0; i < s->count; i++)
        printf("  %s\n", s->cases[i].text);
    vg_suite_destroy(&s);
    return EXIT_DONE;
}

static int help_topic(const struct topic *t)
{
    struct vg_text text = { 0 };
    printf("%s %s: %s\n", t->kind, t->name, t->help);
    if (t->settings.tables) {
        vg_settings_help(&t->settings, &text);
        printf("\n%s", vg_text_string(&text));
    }
    vg_text_finish(&text);
    return EXIT_DONE;
}

static int help_main(int argc, char **argv)
{
    const struct cli_option options[] = { { 0 } };
    struct cli_list words;
    struct topic t;
    const int done = cli_parse(&command_help, options, argc, argv, &words, 0, 1);
    if (done != CLI_GO_ON)
        return done;
    if (words.count == 0) {
        list_topics();
        return EXIT_DONE;
    }
    const char *name = words.item[0];
    const struct command *c = find_command(name);
    if (c)
        return c->main(2, (char *[]) { (char *) name, "--help", NULL });
    const struct vg_op *op = find_op(!strncmp(name, "op/", 3) ? name + 3 : name);
    if (op)
        return help_op(op);
    if (topic_find(name, &t))
        return help_topic(&t);
    return cli_usage(&command_help, "unknown topic '%s'; visage help lists them", name);
}
