#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/parse.h"
#include "dev/dev.h"

/**
 * What the commands of `visage` share: options in one style, exit codes, colour, progress, Ctrl-C.
 *
 * A command is tools/<name>.c with `const struct command command_<name>`, and its word in the list
 * `commands` of meson.build.  Results go to standard output, everything else to standard error.
 */
enum exit_code {
    EXIT_DONE = 0,            // done, and nothing wrong
    EXIT_WRONG = 1,           // done, and something is slower, wrong or out of tolerance
    EXIT_UNDECIDED = 2,       // not decidable: ambiguous, not comparable
    EXIT_CANNOT = 3,          // could not do it: usage, files, devices
    EXIT_INTERRUPTED = 130,   // Ctrl-C
};

struct command {
    const char *name;
    const char *summary;                  // one line of `visage --help`
    const char *usage;                    // "check [PATTERN] [--device D]", and paragraphs below it
    int (*main)(int argc, char **argv);   // argv[0] is the name; returns an exit_code
};

extern const struct command *const commands[];   // ends with NULL

// ---- options ------------------------------------------------------------------------------------

enum cli_type {
    CLI_FLAG,    // bool
    CLI_TEXT,    // const char *
    CLI_INT,     // int64_t, low to high
    CLI_FLOAT,   // double, low to high
    CLI_LIST,    // struct cli_list: may be given several times
    CLI_MAYBE,   // const char *, "" where no value follows (the next word begins with "--")
};

enum { CLI_MOST = 256 };

struct cli_list {
    const char *item[CLI_MOST];
    int count;
};

struct cli_option {
    const char *name;   // "device" for --device
    enum cli_type type;
    void *out;            // keeps its value where the option is not given
    const char *wanted;   // what --help calls the value, NULL for a flag
    const char *help;
    double low, high;
    char letter;   // 'o' for -o, 0: none
};

enum { CLI_GO_ON = -1 };

/**
 * Options and words in any order; "--name value", "--name=value" and "-o value"; "--" ends the
 * options.  The list ends with a name of NULL.  Between `least` and `most` words, which land in
 * `words`.
 *
 * Returns CLI_GO_ON, or what main() is to return: after --help was printed, or what is wrong was.
 */
int cli_parse(const struct command *c, const struct cli_option *options, int argc, char **argv,
              struct cli_list *words, int least, int most);

#define CLI_DEVICE(out)                                                                            \
    {                                                                                              \
        "device", CLI_TEXT, out, "D",                                                              \
            "platform:device, an id or a part of a name (default $VISAGE_DEVICE, else a GPU)"      \
    }

// Splits "key=value" texts; each word's storage is the text itself.  VG_ERR_USAGE without a '='.
int cli_settings(const struct cli_list *list, struct vg_arena *a, struct vg_word **words);

// ---- talking to the user ------------------------------------------------------------------------

// Prints "visage: <vg_error()>" and gives the exit code that goes with rc.
int cli_failed(int rc);

// The same for a mistake in the command line, with a message of its own.
int cli_usage(const struct command *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Opens the device and says on standard error which one it is.
int cli_open(struct vg_dev **dev, const char *selector);

enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_RED, CLI_GREEN, CLI_YELLOW };

// The escape that begins a style on standard output, "" where it is no terminal or NO_COLOR is set.
const char *cli_style(enum cli_style style);

struct vg_table;

// The table with a style a line: of its heads bold, of line i (from 0) what `style` says.
void cli_table(const struct vg_table *t, enum cli_style (*style)(size_t line, const void *user),
               const void *user);

// One line on a terminal that the next replaces; nothing elsewhere.
void cli_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cli_progress_end(void);

// Whether Ctrl-C was pressed: whoever works for long asks, keeps what is finished and stops.
bool tools_interrupted(void);
const volatile sig_atomic_t *tools_interrupt_flag(void);   // the same, for the library

// ---- numbers for people -------------------------------------------------------------------------

enum { CLI_NUMBER = 32 };

const char *cli_time(char text[CLI_NUMBER], double ns);        // "12.5 us"
const char *cli_bytes(char text[CLI_NUMBER], double bytes);    // "1.5 GiB"
const char *cli_number(char text[CLI_NUMBER], double value);   // three digits that count
