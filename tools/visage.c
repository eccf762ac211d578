#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "tools/cli.h"

#include "command_table.h"   // made by meson: VG_COMMANDS, a VG_COMMAND(name) for each

#define VG_COMMAND(name) extern const struct command command_##name;
VG_COMMANDS
#undef VG_COMMAND

#define VG_COMMAND(name) &command_##name,
const struct command *const commands[] = { VG_COMMANDS NULL };
#undef VG_COMMAND

static volatile sig_atomic_t interrupted;

bool tools_interrupted(void)
{
    return interrupted;
}

const volatile sig_atomic_t *tools_interrupt_flag(void)
{
    return &interrupted;
}

static void on_interrupt(int signal_number)
{
    interrupted = 1;
}

// The first Ctrl-C asks to stop, the second one stops.
static void catch_interrupt(void)
{
    struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = SA_RESETHAND | SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

static void to_stderr(enum vg_log_level level, const char *text, void *user)
{
    cli_progress_end();
    if (level == VG_LOG_WARN)
        fprintf(stderr, "visage: warning: %s\n", text);
    else if (level == VG_LOG_NOTE || getenv("VISAGE_VERBOSE"))
        fprintf(stderr, "%s\n", text);
}

static void print_help(void)
{
    printf("visage COMMAND [WORD...] [--OPTION...]\n\n"
           "Pre-trains face methods with its own OpenCL kernels and records what it measured.\n\n");
    for (const struct command *const *c = commands; *c; c++)
        printf("  %-10s %s\n", (*c)->name, (*c)->summary);
    printf("\nvisage COMMAND --help     its options\n"
           "visage help TOPIC         commands, operators, settings\n"
           "visage --version          version and commit\n\n"
           "Exit codes: 0 done, 1 something is wrong or slower, 2 not decidable, 3 could not do "
           "it,\n130 interrupted.\n");
}

static const struct command *find(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (!strcmp((*c)->name, name))
            return *c;
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[64];
    size_t count = 0;
    struct vg_text all = { 0 };
    for (; commands[count] && count < 64; count++) {
        names[count] = commands[count]->name;
        vg_text_add(&all, "%s%s", count ? " " : "", names[count]);
    }
    const char *near = vg_text_nearest(word, names, count);
    const int code = cli_failed(vg_fail(VG_ERR_USAGE, "unknown command '%s'%s%s%s, there are: %s",
                                        word, near ? ", did you mean '" : "", near ? near : "",
                                        near ? "'?" : "", vg_text_string(&all)));
    vg_text_finish(&all);
    return code;
}

int main(int argc, char **argv)
{
    vg_log_set(to_stderr, NULL);
    catch_interrupt();
    if (argc < 2) {
        print_help();
        return EXIT_CANNOT;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help();
        return EXIT_DONE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("visage %s (%s)\n", vg_version, vg_commit);
        return EXIT_DONE;
    }
    const struct command *c = find(argv[1]);
    if (!c)
        return unknown_command(argv[1]);
    const int code = c->main(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout))
        return cli_failed(vg_fail_errno(VG_ERR_IO, "standard output cannot be written"));
    return tools_interrupted() ? EXIT_INTERRUPTED : code;
}
