#include "base/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

static const char blanks[] = " \t\r\n\v\f";

// Cuts the next word off *at, in place: the key, and the value without its quotes.
static int take_word(const char *where, char **at, struct vg_word *word)
{
    char *key = *at, *end = key + strcspn(key, blanks);
    char *equals = memchr(key, '=', (size_t) (end - key));
    *word = (struct vg_word) { key, NULL };
    if (equals == key)
        return vg_fail(VG_ERR_USAGE, "%s: '%.*s' has no key before '='", where, (int) (end - key),
                       key);
    if (equals) {
        *equals = 0;
        word->value = equals + 1;
        if (equals[1] == '"') {
            word->value++;
            end = strchr(equals + 2, '"');
            if (!end)
                return vg_fail(VG_ERR_USAGE, "%s: the quote of %s is not closed", where, key);
            *end++ = 0;
            if (*end && !strchr(blanks, *end))
                return vg_fail(VG_ERR_USAGE, "%s: text follows the quoted value of %s", where, key);
        }
    }
    *at = *end ? end + 1 : end;
    *end = 0;
    if (strchr(key, '"') || (word->value && strchr(word->value, '"')))
        return vg_fail(VG_ERR_USAGE, "%s: a quote is accepted only around a whole value", where);
    return VG_OK;
}

int vg_line_split(struct vg_line *l, struct vg_arena *a, const char *where, const char *text)
{
    int rc = VG_OK;
    char *at = vg_arena_string(a, "%s", text);
    *l = (struct vg_line) { vg_arena_alloc(a, (strlen(text) / 2 + 1) * sizeof *l->words), 0 };
    for (;;) {
        at += strspn(at, blanks);
        if (!*at || *at == '#')
            break;
        struct vg_word word;
        VG_TRY(take_word(where, &at, &word));
        if (word.value && vg_line_value(l, word.key)) {
            rc = vg_fail(VG_ERR_USAGE, "%s: %s is given twice", where, word.key);
            goto out;
        }
        l->words[l->count++] = word;
    }
out:
    return rc;
}

const char *vg_line_value(const struct vg_line *l, const char *key)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->words[i].value && strcmp(l->words[i].key, key) == 0)
            return l->words[i].value;
    return NULL;
}

bool vg_line_marked(const struct vg_line *l, const char *word)
{
    for (size_t i = 1; i < l->count; i++)
        if (!l->words[i].value && strcmp(l->words[i].key, word) == 0)
            return true;
    return false;
}

// strtoll and strtod also take leading blanks, "0x1", "inf" and the like: only these are ours.
static bool made_of(const char *text, const char *accepted)
{
    return *text && strspn(text, accepted) == strlen(text);
}

int vg_parse_int(const char *where, const char *text, int64_t low, int64_t high, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    const int64_t value = strtoll(text, &end, 10);
    if (!made_of(text, "+-0123456789") || *end)
        return vg_fail(VG_ERR_USAGE, "%s: '%s' is not an integer", where, text);
    if (errno || value < low || value > high)
        return vg_fail(VG_ERR_USAGE, "%s: %s is out of range, accepted are %" PRId64 " to %" PRId64,
                       where, text, low, high);
    *out = value;
    return VG_OK;
}

int vg_parse_float(const char *where, const char *text, double low, double high, double *out)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (!made_of(text, "+-.eE0123456789") || *end)
        return vg_fail(VG_ERR_USAGE, "%s: '%s' is not a number", where, text);
    if (!isfinite(value) || value < low || value > high)
        return vg_fail(VG_ERR_USAGE, "%s: %s is out of range, accepted are %g to %g", where, text,
                       low, high);
    *out = value;
    return VG_OK;
}

int vg_parse_bool(const char *where, const char *text, bool *out)
{
    static const char *const names[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = i % 2;
            return VG_OK;
        }
    return vg_fail(VG_ERR_USAGE, "%s: '%s' is neither true nor false", where, text);
}

int vg_parse_dims(const char *where, const char *text, int max_rank, int64_t *dim, int *rank)
{
    const char *at = text;
    for (*rank = 0; *rank < max_rank; at++) {
        char *end = NULL;
        errno = 0;
        const int64_t value = *at >= '0' && *at <= '9' ? strtoll(at, &end, 10) : 0;
        if (value < 1 || errno || (*end && *end != 'x'))
            break;
        dim[(*rank)++] = value;
        at = end;
        if (!*at)
            return VG_OK;
    }
    return vg_fail(VG_ERR_USAGE,
                   "%s: '%s' is no shape, accepted are up to %d numbers >= 1 as in 2x3x4", where,
                   text, max_rank);
}

int vg_parse_choice(const char *where, const char *text, const char *const *names, size_t count,
                    size_t *out)
{
    struct vg_text all = { 0 };
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            vg_text_finish(&all);
            return VG_OK;
        }
        vg_text_add(&all, "%s%s", i > 0 ? " " : "", names[i]);
    }
    const char *nearest = vg_text_nearest(text, names, count);
    const int rc = vg_fail(VG_ERR_USAGE, "%s: '%s' is unknown%s%s%s, accepted are %s", where, text,
                           nearest ? ", did you mean '" : "", nearest ? nearest : "",
                           nearest ? "'?" : "", vg_text_string(&all));
    vg_text_finish(&all);
    return rc;
}
