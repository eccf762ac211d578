#include "dev/tune.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/clfiles.h"

enum { MAX_FORCED = 64 };

static struct forced {
    char op[48], name[32];   // op is "" in a place that is free
    int value;
} forced[MAX_FORCED];

static bool ignored;

static struct forced *place_of(const char *op, const char *name)
{
    for (int i = 0; i < MAX_FORCED; i++)
        if (!strcmp(forced[i].op, op) && !strcmp(forced[i].name, name))
            return &forced[i];
    return NULL;
}

void vg_tune_force(const char *op, const char *name, int value)
{
    struct forced *f = place_of(op, name);
    for (int i = 0; i < MAX_FORCED && !f; i++)
        if (!forced[i].op[0])
            f = &forced[i];
    assert(f && "more parameters are forced than there is room for");
    snprintf(f->op, sizeof f->op, "%s", op);
    snprintf(f->name, sizeof f->name, "%s", name);
    f->value = value;
}

void vg_tune_lift(const char *op, const char *name)
{
    struct forced *f = place_of(op, name);
    if (f)
        f->op[0] = 0;
}

void vg_tune_ignore(bool ignore)
{
    ignored = ignore;
}

static bool find_forced(const char *op, const char *name, int *value)
{
    const struct forced *f = place_of(op, name);
    if (f)
        *value = f->value;
    return f != NULL;
}

// The value of NAME in a line "op NAME=1 OTHER=2", if the line is about op.
static bool in_line(const char *line, const char *op, const char *name, int *value)
{
    const size_t n = strlen(op), m = strlen(name);
    if (strncmp(line, op, n) != 0 || line[n] != ' ')
        return false;
    for (const char *word = line + n; *word && *word != '\n' && *word != '#'; word++)
        if (word[0] == ' ' && !strncmp(word + 1, name, m) && word[1 + m] == '=') {
            *value = atoi(word + 2 + m);
            return true;
        }
    return false;
}

static bool in_file(const char *file, const char *op, const char *name, int *value)
{
    for (int i = 0; i < vg_tune_file_count; i++) {
        if (strcmp(vg_tune_files[i].name, file) != 0)
            continue;
        for (const char *line = vg_tune_files[i].text; line && *line;) {
            if (in_line(line, op, name, value))
                return true;
            line = strchr(line, '\n');
            line = line ? line + 1 : NULL;
        }
    }
    return false;
}

bool vg_tune_find(const struct vg_dev *dev, const char *op, const char *name, int *value)
{
    char vendor[80], registers[32];
    size_t n = 0;
    for (const char *c = dev->info.vendor; isalnum((unsigned char) *c) && n + 1 < sizeof vendor;
         c++)
        vendor[n++] = (char) tolower((unsigned char) *c);
    vendor[n] = 0;
    snprintf(registers, sizeof registers, "%s-%d", dev->info.type, dev->info.vector);
    if (ignored)
        return false;
    return find_forced(op, name, value) || in_file(dev->info.id, op, name, value) ||
           in_file(vendor, op, name, value) || in_file(registers, op, name, value) ||
           in_file(dev->info.type, op, name, value);
}
