#include "base/json_schema.h"

#include <assert.h>
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

struct walk {
    const json_t *root;
    void (*tell)(const char *path, const char *what, void *user);   // NULL: only count
    void *user;
    size_t offences;
};

static void check(struct walk *w, const json_t *schema, const json_t *value, const char *path);

static void offence(struct walk *w, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void offence(struct walk *w, const char *path, const char *format, ...)
{
    w->offences++;
    if (!w->tell)
        return;
    char *what = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&what, format, args) >= 0)
        w->tell(path, what, w->user);
    va_end(args);
    free(what);
}

// ---- values -------------------------------------------------------------------------------------

// A number without a fraction is an integer, however it is written.
static bool is_type(const json_t *value, const char *type)
{
    if (!strcmp(type, "integer"))
        return json_is_integer(value) ||
               (json_is_real(value) && json_real_value(value) == floor(json_real_value(value)));
    return (!strcmp(type, "number") && json_is_number(value)) ||
           (!strcmp(type, "string") && json_is_string(value)) ||
           (!strcmp(type, "boolean") && json_is_boolean(value)) ||
           (!strcmp(type, "null") && json_is_null(value)) ||
           (!strcmp(type, "array") && json_is_array(value)) ||
           (!strcmp(type, "object") && json_is_object(value));
}

static void check_type(struct walk *w, const json_t *type, const json_t *value, const char *path)
{
    bool found = json_is_string(type) && is_type(value, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        found |= is_type(value, json_string_value(json_array_get(type, i)));
    if (found)
        return;
    char *wanted = vg_json_canonical(type);
    offence(w, path, "wants to be of type %s", wanted);
    free(wanted);
}

static bool equal(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

static void check_choice(struct walk *w, const json_t *schema, const json_t *value,
                         const char *path)
{
    const json_t *only = json_object_get(schema, "const"), *any = json_object_get(schema, "enum");
    bool found = !any;
    for (size_t i = 0; i < json_array_size(any); i++)
        found |= equal(json_array_get(any, i), value);
    if ((!only || equal(only, value)) && found)
        return;
    char *wanted = vg_json_canonical(only ? only : any);
    offence(w, path, "wants to be %s%s", only ? "" : "one of ", wanted);
    free(wanted);
}

static void check_number(struct walk *w, const json_t *schema, double x, const char *path)
{
    const json_t *least = json_object_get(schema, "minimum"),
                 *above = json_object_get(schema, "exclusiveMinimum"),
                 *most = json_object_get(schema, "maximum");
    if (least && x < json_number_value(least))
        offence(w, path, "is %g, at least %g is wanted", x, json_number_value(least));
    if (above && x <= json_number_value(above))
        offence(w, path, "is %g, more than %g is wanted", x, json_number_value(above));
    if (most && x > json_number_value(most))
        offence(w, path, "is %g, at most %g is wanted", x, json_number_value(most));
}

static void check_string(struct walk *w, const json_t *schema, const char *text, const char *path)
{
    const char *pattern = json_string_value(json_object_get(schema, "pattern"));
    regex_t regex;
    size_t codes = 0;
    for (const char *c = text; *c; c++)
        codes += (*c & 0xc0) != 0x80;
    const json_int_t least = json_integer_value(json_object_get(schema, "minLength"));
    if (codes < (size_t) least)
        offence(w, path, "is shorter than %lld", (long long) least);
    if (!pattern || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return;
    if (regexec(&regex, text, 0, NULL, 0) != 0)
        offence(w, path, "'%.80s' does not match %s", text, pattern);
    regfree(&regex);
}

// ---- what holds values --------------------------------------------------------------------------

static void check_object(struct walk *w, const json_t *schema, const json_t *value,
                         const char *path)
{
    const char *key;
    json_t *member;
    const json_t *known = json_object_get(schema, "properties"),
                 *others = json_object_get(schema, "additionalProperties"),
                 *required = json_object_get(schema, "required");
    for (size_t i = 0; i < json_array_size(required); i++) {
        const char *name = json_string_value(json_array_get(required, i));
        if (!json_object_get(value, name))
            offence(w, path, "has no '%s'", name);
    }
    json_object_foreach((json_t *) value, key, member)
    {
        const json_t *of = json_object_get(known, key);
        char *below = vg_format("%s%s%s", path, *path ? "." : "", key);
        if (of || others)
            check(w, of ? of : others, member, below);
        free(below);
    }
}

static void check_items(struct walk *w, const json_t *items, const json_t *array, const char *path)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        char *below = w->tell ? vg_format("%s[%zu]", path, i) : NULL;
        check(w, items, json_array_get(array, i), below ? below : "");
        free(below);
    }
}

// ---- schemas ------------------------------------------------------------------------------------

static bool holds(const struct walk *w, const json_t *schema, const json_t *value)
{
    struct walk silent = { .root = w->root };
    check(&silent, schema, value, "");
    return silent.offences == 0;
}

static void check_condition(struct walk *w, const json_t *schema, const json_t *value,
                            const char *path)
{
    const json_t *condition = json_object_get(schema, "if");
    if (!condition)
        return;
    const json_t *then = json_object_get(schema, holds(w, condition, value) ? "then" : "else");
    if (then)
        check(w, then, value, path);
}

static const json_t *definition(const json_t *root, const char *ref)
{
    static const char prefix[] = "#/$defs/";
    if (strncmp(ref, prefix, sizeof prefix - 1))
        return NULL;
    return json_object_get(json_object_get(root, "$defs"), ref + sizeof prefix - 1);
}

static void check(struct walk *w, const json_t *schema, const json_t *value, const char *path)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    const json_t *type = json_object_get(schema, "type"), *all = json_object_get(schema, "allOf"),
                 *items = json_object_get(schema, "items");
    if (json_is_false(schema))
        offence(w, path, "is not wanted");
    if (ref)
        check(w, definition(w->root, ref), value, path);
    if (type)
        check_type(w, type, value, path);
    if (json_object_get(schema, "const") || json_object_get(schema, "enum"))
        check_choice(w, schema, value, path);
    if (json_is_number(value))
        check_number(w, schema, json_number_value(value), path);
    if (json_is_string(value))
        check_string(w, schema, json_string_value(value), path);
    if (json_is_object(value))
        check_object(w, schema, value, path);
    if (items && json_is_array(value))
        check_items(w, items, value, path);
    for (size_t i = 0; i < json_array_size(all); i++)
        check(w, json_array_get(all, i), value, path);
    check_condition(w, schema, value, path);
}

size_t vg_schema_offences(const json_t *schema, const json_t *value,
                          void (*what_is_wrong)(const char *path, const char *what, void *user),
                          void *user)
{
    struct walk w = { schema, what_is_wrong, user, 0 };
    check(&w, schema, value, "");
    return w.offences;
}

// ---- whether a schema is understood -------------------------------------------------------------

enum below { NOTHING, ONE, LIST, NAMED };   // what a keyword's value holds: schemas, and how

static const struct {
    const char *name;
    enum below below;
} keywords[] = {
    { "$schema", NOTHING },
    { "$comment", NOTHING },
    { "title", NOTHING },
    { "description", NOTHING },
    { "$ref", NOTHING },
    { "$defs", NAMED },
    { "type", NOTHING },
    { "const", NOTHING },
    { "enum", NOTHING },
    { "allOf", LIST },
    { "if", ONE },
    { "then", ONE },
    { "else", ONE },
    { "properties", NAMED },
    { "required", NOTHING },
    { "items", ONE },
    { "additionalProperties", ONE },
    { "minimum", NOTHING },
    { "maximum", NOTHING },
    { "exclusiveMinimum", NOTHING },
    { "minLength", NOTHING },
    { "pattern", NOTHING },
};

static int understood(const json_t *root, const json_t *schema);

static int understood_below(const json_t *root, json_t *value, enum below below)
{
    int rc = VG_OK;
    const char *key;
    json_t *member;
    if (below == ONE)
        VG_TRY(understood(root, value));
    for (size_t i = 0; below == LIST && i < json_array_size(value); i++)
        VG_TRY(understood(root, json_array_get(value, i)));
    if (below == NAMED)
        json_object_foreach(value, key, member) VG_TRY(understood(root, member));
out:
    return rc;
}

static int understood_keyword(const json_t *root, const char *key, json_t *value)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (strcmp(key, keywords[i].name))
            continue;
        if (!strcmp(key, "$ref") && !definition(root, json_string_value(value)))
            return vg_fail(VG_ERR_UNSUPPORTED, "schema: $ref %s leads nowhere",
                           json_string_value(value));
        return understood_below(root, value, keywords[i].below);
    }
    return vg_fail(VG_ERR_UNSUPPORTED, "schema: the keyword %s is not understood", key);
}

static int understood(const json_t *root, const json_t *schema)
{
    int rc = VG_OK;
    const char *key;
    json_t *value;
    if (json_is_boolean(schema))
        return VG_OK;
    json_object_foreach((json_t *) schema, key, value) VG_TRY(understood_keyword(root, key, value));
out:
    return rc;
}

int vg_schema_check(const json_t *schema)
{
    return understood(schema, schema);
}
