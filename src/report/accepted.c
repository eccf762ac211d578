#include "report/accepted.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"

enum { LEAST_DIGITS = 4, MOST_BYTES = 1 << 24 };

static const char *const keys[] = { "case", "device", "commits", "reason" };
enum { KEYS = sizeof keys / sizeof *keys };

static int check_keys(const char *where, const struct vg_line *l)
{
    for (size_t i = 0; i < l->count; i++) {
        size_t unused;
        const int rc = vg_parse_choice(where, l->words[i].key, keys, KEYS, &unused);
        if (rc != VG_OK)
            return rc;
    }
    for (size_t k = 0; k < KEYS; k++) {
        const char *value = vg_line_value(l, keys[k]);
        if (!value || !*value)
            return vg_fail(VG_ERR_USAGE,
                           "%s: %s= is missing; a line is case= device= commits=FROM..TO reason=",
                           where, keys[k]);
    }
    return VG_OK;
}

static bool is_commit(const char *text)
{
    const size_t digits = strspn(text, "0123456789abcdef");
    return !*text ||
           (digits >= LEAST_DIGITS && (!text[digits] || !strcmp(text + digits, "-dirty")));
}

static int take_line(struct vg_accepted *a, const char *where, int number, const char *text)
{
    struct vg_line l;
    int rc = vg_line_split(&l, a->arena, where, text);
    if (rc != VG_OK || l.count == 0)
        return rc;
    rc = check_keys(where, &l);
    if (rc != VG_OK)
        return rc;
    char *from = vg_arena_string(a->arena, "%s", vg_line_value(&l, "commits")),
         *dots = strstr(from, "..");
    if (dots)
        *dots = 0;
    if (!dots || !is_commit(from) || !is_commit(dots + 2))
        return vg_fail(VG_ERR_USAGE,
                       "%s: commits=%s is not FROM..TO, commits of at least %d digits", where,
                       vg_line_value(&l, "commits"), LEAST_DIGITS);
    a->list = vg_grow(a->list, a->count + 1, sizeof *a->list);
    a->list[a->count++] = (struct vg_accepted_change) {
        vg_line_value(&l, "case"),
        vg_line_value(&l, "device"),
        from,
        dots + 2,
        vg_line_value(&l, "reason"),
        number,
    };
    return VG_OK;
}

int vg_accepted_read(struct vg_accepted *a, const char *path)
{
    int rc = VG_OK, number = 1;
    char *text = NULL;
    *a = (struct vg_accepted) { .arena = vg_arena_create() };
    VG_TRY(vg_file_read(path, MOST_BYTES, &text, NULL));
    for (char *line = text, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        const char *where = vg_arena_string(a->arena, "%s:%d", path, number);
        VG_TRY(take_line(a, where, number, line));
    }
out:
    free(text);
    return rc;
}

void vg_accepted_finish(struct vg_accepted *a)
{
    vg_arena_destroy(&a->arena);
    free(a->list);
    *a = (struct vg_accepted) { 0 };
}

static bool is_name(const char *wanted, const char *is)
{
    return !strcmp(wanted, "*") || (is && !strcmp(wanted, is));
}

static bool begins(const char *wanted, const char *is)
{
    return !*wanted || (is && !strncmp(is, wanted, strlen(wanted)));
}

const struct vg_accepted_change *vg_accepted_find(const struct vg_accepted *a, const char *name,
                                                  const char *device, const char *from,
                                                  const char *to)
{
    for (size_t i = 0; a && i < a->count; i++) {
        const struct vg_accepted_change *c = &a->list[i];
        if (is_name(c->name, name) && is_name(c->device, device) && begins(c->from, from) &&
            begins(c->to, to))
            return c;
    }
    return NULL;
}
