#include "tools/cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "graph/slow.h"

// ---- talking ------------------------------------------------------------------------------------

int cli_failed(int rc)
{
    cli_progress_end();
    if (rc == VG_ERR_INTERRUPTED)
        return EXIT_INTERRUPTED;
    fprintf(stderr, "visage: %s\n", vg_error()[0] ? vg_error() : vg_error_name(rc));
    return EXIT_CANNOT;
}

int cli_usage(const struct command *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    vg_error_clear();
    return cli_failed(vg_fail(VG_ERR_USAGE, "%s: %s", c->name, text));
}

// Nothing is to be slower on purpose without somebody who is told, nor to seem so and not be.
static int check_switches(void)
{
    const char *text = getenv("VISAGE_TEST_SLOW");
    if (!text || !*text)
        return VG_OK;
    if (!vg_slow_built())
        return vg_fail(VG_ERR_USAGE, "VISAGE_TEST_SLOW is set, and this build has no test switches "
                                     "(meson: -Dtest_switches=true)");
    if (!vg_slow_valid(text))
        return vg_fail(VG_ERR_USAGE,
                       "VISAGE_TEST_SLOW is '%s', wanted OPERATOR:PERCENT, 0 "
                       "to 100",
                       text);
    fprintf(stderr, "visage: made slower on purpose: VISAGE_TEST_SLOW=%s\n", text);
    return VG_OK;
}

int cli_open(struct vg_dev **dev, const char *selector)
{
    int rc = check_switches();
    rc = rc == VG_OK ? vg_dev_open(dev, selector) : rc;
    if (rc == VG_OK)
        fprintf(stderr, "device %d:%d  %s\n", (*dev)->info.platform_index,
                (*dev)->info.device_index, (*dev)->info.id);
    return rc;
}

static bool is_coloured(void)
{
    const char *no = getenv("NO_COLOR");
    return !(no && *no) && isatty(STDOUT_FILENO);
}

const char *cli_style(enum cli_style style)
{
    static const char *const escapes[] = { "\033[0m", "\033[1m", "\033[31m", "\033[32m",
                                           "\033[33m" };
    return is_coloured() ? escapes[style] : "";
}

// Laid out first and styled then, since escapes have no width.
void cli_table(const struct vg_table *t, enum cli_style (*style)(size_t line, const void *user),
               const void *user)
{
    struct vg_text out = { 0 };
    vg_table_print(t, &out);
    size_t line = 0;
    for (char *rest = out.data, *text; (text = strsep(&rest, "\n")) && rest; line++)
        printf("%s%s%s\n", cli_style(line ? style(line - 1, user) : CLI_BOLD), text,
               cli_style(CLI_PLAIN));
    vg_text_finish(&out);
}

static bool progress_shown;

void cli_progress(const char *format, ...)
{
    if (!isatty(STDERR_FILENO))
        return;
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, args);
    fflush(stderr);
    va_end(args);
    progress_shown = true;
}

void cli_progress_end(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}

// ---- options ------------------------------------------------------------------------------------

static void add_list(struct vg_text *t, const struct cli_option *options)
{
    vg_text_add(t, "--help");
    for (const struct cli_option *o = options; o->name; o++)
        vg_text_add(t, ", --%s", o->name);
}

static int unknown_option(const struct command *c, const struct cli_option *options,
                          const char *word)
{
    struct vg_text all = { 0 };
    add_list(&all, options);
    const int code = cli_usage(c, "unknown option %.*s, accepted are %s", (int) strcspn(word, "="),
                               word, vg_text_string(&all));
    vg_text_finish(&all);
    return code;
}

static const struct cli_option *find(const struct cli_option *options, const char *name, size_t n)
{
    for (; options->name; options++)
        if (strlen(options->name) == n && !strncmp(options->name, name, n))
            return options;
    return NULL;
}

static int take(const struct command *c, const struct cli_option *o, const char *value)
{
    char where[80];
    snprintf(where, sizeof where, "%s: --%s", c->name, o->name);
    struct cli_list *list = o->out;
    int rc = VG_OK;
    switch (o->type) {
    case CLI_FLAG: *(bool *) o->out = true; break;
    case CLI_TEXT:
    case CLI_MAYBE: *(const char **) o->out = value; break;
    case CLI_INT:
        rc = vg_parse_int(where, value, (int64_t) o->low, (int64_t) o->high, (int64_t *) o->out);
        break;
    case CLI_FLOAT: rc = vg_parse_float(where, value, o->low, o->high, (double *) o->out); break;
    case CLI_LIST:
        if (list->count == CLI_MOST)
            return cli_usage(c, "--%s is given more than %d times", o->name, CLI_MOST);
        list->item[list->count++] = value;
    }
    return rc == VG_OK ? CLI_GO_ON : cli_failed(rc);
}

static const struct cli_option *find_letter(const struct cli_option *options, const char *word)
{
    for (; options->name; options++)
        if (options->letter && word[1] == options->letter && !word[2])
            return options;
    return NULL;
}

// The option at argv[*i], and its value, which may be the next word.
static int take_option(const struct command *c, const struct cli_option *options, int argc,
                       char **argv, int *i)
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    const size_t n = equals ? (size_t) (equals - word) - 2 : strlen(word) - 2;
    const struct cli_option *o =
        word[1] == '-' ? find(options, word + 2, n) : find_letter(options, word);
    if (!o)
        return unknown_option(c, options, word);
    if (o->type == CLI_FLAG && equals)
        return cli_usage(c, "--%s takes no value", o->name);
    if (o->type == CLI_FLAG || equals)
        return take(c, o, equals ? equals + 1 : NULL);
    if (o->type == CLI_MAYBE && (*i + 1 >= argc || !strncmp(argv[*i + 1], "--", 2)))
        return take(c, o, "");
    if (*i + 1 >= argc)
        return cli_usage(c, "--%s wants a value: --%s %s", o->name, o->name, o->wanted);
    return take(c, o, argv[++*i]);
}

static void print_help(const struct command *c, const struct cli_option *options)
{
    printf("visage %s\n", c->usage);
    if (options->name)
        printf("\n");
    for (const struct cli_option *o = options; o->name; o++) {
        char left[64], letter[8] = "";
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->wanted ? " " : "",
                 o->wanted ? o->wanted : "");
        printf("  %-18s %s\n", left, o->help);
    }
}

int cli_parse(const struct command *c, const struct cli_option *options, int argc, char **argv,
              struct cli_list *words, int least, int most)
{
    bool ended = false;
    words->count = 0;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        int done = CLI_GO_ON;
        if (!ended && !strcmp(word, "--help")) {
            print_help(c, options);
            return EXIT_DONE;
        }
        if (!ended && !strcmp(word, "--"))
            ended = true;
        else if (!ended && word[0] == '-' && word[1])
            done = take_option(c, options, argc, argv, &i);
        else if (words->count == most)
            done = cli_usage(c, "'%s' is one word too many: visage %.*s", word,
                             (int) strcspn(c->usage, "\n"), c->usage);
        else
            words->item[words->count++] = word;
        if (done != CLI_GO_ON)
            return done;
    }
    if (words->count < least)
        return cli_usage(c, "wants more: visage %.*s", (int) strcspn(c->usage, "\n"), c->usage);
    return CLI_GO_ON;
}

int cli_settings(const struct cli_list *list, struct vg_arena *a, struct vg_word **words)
{
    *words = vg_arena_alloc(a, (list->count + 1) * sizeof **words);
    for (int i = 0; i < list->count; i++) {
        char *key = vg_arena_string(a, "%s", list->item[i]), *equals = strchr(key, '=');
        if (!equals || equals == key)
            return vg_fail(VG_ERR_USAGE, "'%s' is not KEY=VALUE", list->item[i]);
        *equals = 0;
        (*words)[i] = (struct vg_word) { key, equals + 1 };
    }
    return VG_OK;
}

// ---- numbers ------------------------------------------------------------------------------------

static const char *scaled(char text[CLI_NUMBER], double value, double step,
                          const char *const *units, int count)
{
    int at = 0;
    while (at + 1 < count && fabs(value) >= 0.9995 * step) {
        value /= step;
        at++;
    }
    const int digits = fabs(value) < 9.995 ? 2 : fabs(value) < 99.95 ? 1 : 0;
    snprintf(text, CLI_NUMBER, "%.*f%s", digits, value, units[at]);
    return text;
}

const char *cli_time(char text[CLI_NUMBER], double ns)
{
    static const char *const units[] = { " ns", " us", " ms", " s" };
    return scaled(text, ns, 1000, units, 4);
}

const char *cli_bytes(char text[CLI_NUMBER], double bytes)
{
    static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB" };
    return scaled(text, bytes, 1024, units, 5);
}

const char *cli_number(char text[CLI_NUMBER], double value)
{
    const double size = fabs(value);
    if (size != 0 && (size < 0.01 || size >= 1e6))
        snprintf(text, CLI_NUMBER, "%.2e", value);
    else
        snprintf(text, CLI_NUMBER, "%.*f", size < 9.995 ? 2 : size < 99.95 ? 1 : 0, value);
    return text;
}
