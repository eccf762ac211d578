#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/**
 * Files of values computed elsewhere, tests/base/known/: lines of a word and what belongs to it,
 * '#' for comments.
 */
struct known {
    char *rest;   // of the text
    char *word;   // the line's first
    char *line;   // what follows it
};

// text is cut up by this; false at its end.
static inline bool known_next(struct known *v)
{
    while ((v->line = strsep(&v->rest, "\n"))) {
        if (!*v->line || *v->line == '#')
            continue;
        v->word = strsep(&v->line, " ");
        v->line = v->line ? v->line : v->word + strlen(v->word);
        return true;
    }
    return false;
}

// Numbers up to a word that is none; '-' is NAN.  *text goes on behind them.
static inline size_t known_numbers(char **text, double *x, size_t most)
{
    size_t n = 0;
    while (n < most) {
        char *at = *text + strspn(*text, " "), *end;
        x[n] = strtod(at, &end);
        if (end == at && *at != '-')
            return *text = at, n;
        if (end == at)
            x[n] = NAN;
        n++;
        *text = end == at ? at + 1 : end;
    }
    return n;
}
