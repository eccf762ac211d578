#pragma once

#include "base/parse.h"

/**
 * Suites: text files of cases, one a line.
 *
 *     name word key=value ...   # comment
 *     include other.suite       # beside the including file
 *
 * $NAME and ${NAME} in a line stand for environment variables; one that is not set is refused.
 */
struct vg_suite_case {
    const char *where;   // "suites/quick.suite:12"
    const char *text;    // the line without its comment and outer blanks
    struct vg_line line;
};

struct vg_suite {
    struct vg_suite_case *cases;
    int count;
    char *name;   // "op/l2norm": the path below suites/, without the ending
    struct vg_arena *arena;
};

/**
 * Reads a suite.  path is a file's, or a suite's name ("op/l2norm", "quick") that is looked for in
 * $VISAGE_SUITES, ./suites and the suites folder the program was built with.
 * VG_ERR_USAGE: unknown suite, a bad line, an include that includes itself.
 */
int vg_suite_load(struct vg_suite **s, const char *path);
void vg_suite_destroy(struct vg_suite **s);

// One line as a suite of its own, for tests and for a command line.
int vg_suite_of_text(struct vg_suite **s, const char *text);
