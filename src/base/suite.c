#include "base/suite.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

enum { MAX_DEPTH = 8, MAX_BYTES = 16 << 20 };

#ifndef VG_SUITES_DIR
#define VG_SUITES_DIR "suites"
#endif

// ---- environment variables ----------------------------------------------------------------------

// Adds the value of the variable that begins at *c (behind the '$'); moves *c past its name.
static int add_variable(struct vg_text *out, const char *where, const char **c)
{
    const int brace = **c == '{';
    const char *begin = *c + brace, *end = begin;
    while (isalnum((unsigned char) *end) || *end == '_')
        end++;
    if (end == begin || (brace && *end != '}'))
        return vg_fail(VG_ERR_USAGE, "%s: '$' wants a variable's name behind it", where);
    char *name = vg_format("%.*s", (int) (end - begin), begin);
    const char *value = getenv(name);
    int rc = VG_OK;
    if (value)
        vg_text_add(out, "%s", value);
    else
        rc = vg_fail(VG_ERR_USAGE, "%s: the environment has no %s", where, name);
    free(name);
    *c = end + brace;
    return rc;
}

static int expand(struct vg_text *out, const char *where, const char *line)
{
    int rc = VG_OK;
    while (*line && *line != '#') {
        if (*line == '$') {
            line++;
            VG_TRY(add_variable(out, where, &line));
        } else {
            vg_text_add_bytes(out, line++, 1);
        }
    }
out:
    return rc;
}

// ---- lines --------------------------------------------------------------------------------------

static int load_file(struct vg_suite *s, const char *path, int depth);

static int include(struct vg_suite *s, const char *where, const char *from, const struct vg_line *l,
                   int depth)
{
    if (l->count != 2 || l->words[1].value)
        return vg_fail(VG_ERR_USAGE, "%s: include wants one file name", where);
    char *dir = vg_path_dir(from), *path = vg_path_join(dir, l->words[1].key);
    const int rc = load_file(s, path, depth + 1);
    free(path);
    free(dir);
    return rc;
}

static char *trimmed(struct vg_arena *a, const char *text)
{
    while (isspace((unsigned char) *text))
        text++;
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char) text[n - 1]))
        n--;
    return vg_arena_string(a, "%.*s", (int) n, text);
}

static int add_line(struct vg_suite *s, const char *path, int number, const char *raw, int depth)
{
    int rc = VG_OK;
    struct vg_text text = { 0 };
    struct vg_suite_case c;
    c.where = vg_arena_string(s->arena, "%s:%d", path, number);
    VG_TRY(expand(&text, c.where, raw));
    c.text = trimmed(s->arena, vg_text_string(&text));
    VG_TRY(vg_line_split(&c.line, s->arena, c.where, c.text));
    if (c.line.count == 0)
        goto out;
    if (!strcmp(c.line.words[0].key, "include") && !c.line.words[0].value) {
        rc = include(s, c.where, path, &c.line, depth);
        goto out;
    }
    s->cases = vg_grow(s->cases, s->count + 1, sizeof *s->cases);
    s->cases[s->count++] = c;
out:
    vg_text_finish(&text);
    return rc;
}

static int load_file(struct vg_suite *s, const char *path, int depth)
{
    int rc = VG_OK, number = 0;
    char *data = NULL;
    if (depth > MAX_DEPTH)
        return vg_fail(VG_ERR_USAGE, "%s: more than %d suites include one another", path,
                       MAX_DEPTH);
    VG_TRY(vg_file_read(path, MAX_BYTES, &data, NULL));
    for (char *line = data, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        VG_TRY(add_line(s, path, ++number, line, depth));
    }
out:
    free(data);
    return rc;
}

// ---- finding ------------------------------------------------------------------------------------

static char *candidate(const char *folder, const char *name)
{
    char *path = vg_format("%s/%s%s", folder, name, strstr(name, ".suite") ? "" : ".suite");
    if (vg_file_exists(path))
        return path;
    free(path);
    return NULL;
}

static char *find(const char *name)
{
    const char *own = getenv("VISAGE_SUITES");
    const char *const folders[] = { own && *own ? own : "suites", "suites", VG_SUITES_DIR };
    if (strstr(name, ".suite") && vg_file_exists(name))
        return vg_strdup(name);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = candidate(folders[i], name);
        if (path)
            return path;
    }
    return NULL;
}

// The path below the last "suites/", without the ending; the file's name where there is none.
static char *name_of(const char *path)
{
    const char *begin = vg_path_base(path);
    for (const char *at = path; (at = strstr(at, "suites/")); at++)
        begin = at + strlen("suites/");
    const char *end = strstr(begin, ".suite");
    return vg_format("%.*s", end ? (int) (end - begin) : (int) strlen(begin), begin);
}

static struct vg_suite *create(const char *name)
{
    struct vg_suite *s = vg_alloc(1, sizeof *s);
    s->arena = vg_arena_create();
    s->name = name_of(name);
    return s;
}

int vg_suite_load(struct vg_suite **out, const char *name)
{
    int rc = VG_OK;
    *out = NULL;
    char *path = find(name);
    if (!path)
        return vg_fail(VG_ERR_USAGE,
                       "unknown suite '%s': no such file, and none of that name in %s or ./suites",
                       name, getenv("VISAGE_SUITES") ? "$VISAGE_SUITES" : VG_SUITES_DIR);
    struct vg_suite *s = create(path);
    VG_TRY(load_file(s, path, 0));
    *out = s;
    s = NULL;
out:
    vg_suite_destroy(&s);
    free(path);
    return rc;
}

int vg_suite_of_text(struct vg_suite **out, const char *text)
{
    struct vg_suite *s = create("text");
    const int rc = add_line(s, "text", 1, text, 0);
    if (rc != VG_OK)
        vg_suite_destroy(&s);
    *out = s;
    return rc;
}

void vg_suite_destroy(struct vg_suite **s)
{
    if (!*s)
        return;
    vg_arena_destroy(&(*s)->arena);
    free((*s)->cases);
    free((*s)->name);
    free(*s);
    *s = NULL;
}
