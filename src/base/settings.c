#include "base/settings.h"

#include <assert.h>
#include <string.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

struct entry {
    const struct vg_setting *setting;
    const char *text;   // NULL until it has a value
    int64_t whole;      // of INT, BOOL, CHOICE
    double real;        // of FLOAT
    bool by_user;
};

struct vg_settings {
    struct vg_arena *arena;
    struct entry *entries;
    size_t count;
    const char *preset;
};

static struct entry *find(const struct vg_settings *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->entries[i].setting->name, name))
            return &s->entries[i];
    return NULL;
}

static struct vg_settings *create(const struct vg_setting *const *tables)
{
    struct vg_settings *s = vg_alloc(1, sizeof *s);
    s->arena = vg_arena_create();
    for (; tables && *tables; tables++)
        for (const struct vg_setting *t = *tables; t->name; t++) {
            if (find(s, t->name))
                continue;
            s->entries = vg_grow(s->entries, s->count + 1, sizeof *s->entries);
            s->entries[s->count++] = (struct entry) { .setting = t };
        }
    return s;
}

void vg_settings_destroy(struct vg_settings **s)
{
    if (!*s)
        return;
    vg_arena_destroy(&(*s)->arena);
    free((*s)->entries);
    free(*s);
    *s = NULL;
}

// ---- values -------------------------------------------------------------------------------------

static size_t count_of(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

static int set(struct vg_settings *s, struct entry *e, const char *where, const char *text)
{
    const struct vg_setting *t = e->setting;
    char *place = vg_format("%s: %s", where, t->name);
    bool flag = false;
    size_t choice = 0;
    int rc = VG_OK;
    switch (t->type) {
    case VG_SET_INT:
        rc = vg_parse_int(place, text, (int64_t) t->low, (int64_t) t->high, &e->whole);
        break;
    case VG_SET_FLOAT: rc = vg_parse_float(place, text, t->low, t->high, &e->real); break;
    case VG_SET_BOOL:
        rc = vg_parse_bool(place, text, &flag);
        e->whole = flag;
        break;
    case VG_SET_CHOICE:
        rc = vg_parse_choice(place, text, t->choices, count_of(t->choices), &choice);
        e->whole = (int64_t) choice;
        break;
    case VG_SET_TEXT: break;
    }
    if (rc == VG_OK)
        e->text = vg_arena_string(s->arena, "%s", text);
    free(place);
    return rc;
}

static int unknown(const struct vg_settings *s, const char *where, const char *key)
{
    const char **names = vg_alloc(s->count + 1, sizeof *names);
    struct vg_text all = { 0 };
    for (size_t i = 0; i < s->count; i++) {
        names[i] = s->entries[i].setting->name;
        vg_text_add(&all, "%s%s", i ? " " : "", names[i]);
    }
    const char *near = vg_text_nearest(key, names, s->count);
    const int rc = vg_fail(VG_ERR_USAGE, "%s: unknown setting '%s'%s%s%s, accepted are %s", where,
                           key, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
                           s->count ? vg_text_string(&all) : "none");
    vg_text_finish(&all);
    free(names);
    return rc;
}

static bool asks_preset(const struct vg_settings_of *of, const struct vg_word *w)
{
    return of->presets && w->value && !strcmp(w->key, "preset");
}

static int apply(struct vg_settings *s, const struct vg_settings_of *of, const char *where,
                 const struct vg_word *words, size_t count, bool by_user)
{
    int rc = VG_OK;
    for (size_t i = 0; i < count; i++) {
        if (asks_preset(of, &words[i]))
            continue;
        struct entry *e = find(s, words[i].key);
        if (!e)
            VG_TRY(unknown(s, where, words[i].key));
        if (!words[i].value)
            VG_TRY(vg_fail(VG_ERR_USAGE, "%s: %s wants a value: %s=...", where, words[i].key,
                           words[i].key));
        VG_TRY(set(s, e, where, words[i].value));
        e->by_user = by_user;
    }
out:
    return rc;
}

static int apply_defaults(struct vg_settings *s, const char *where)
{
    int rc = VG_OK;
    for (size_t i = 0; i < s->count; i++)
        if (s->entries[i].setting->otherwise)
            VG_TRY(set(s, &s->entries[i], where, s->entries[i].setting->otherwise));
out:
    return rc;
}

static int apply_preset(struct vg_settings *s, const struct vg_settings_of *of, const char *where,
                        const char *name)
{
    int rc = VG_OK;
    struct vg_line line;
    const char *names[32];
    size_t count = 0, at = 0;
    char *place = vg_format("%s: preset", where);
    while (of->presets[count].name && count < 32) {
        names[count] = of->presets[count].name;
        count++;
    }
    VG_TRY(vg_parse_choice(place, name, names, count, &at));
    s->preset = of->presets[at].name;
    VG_TRY(vg_line_split(&line, s->arena, place, of->presets[at].words));
    VG_TRY(apply(s, of, place, line.words, line.count, false));
out:
    free(place);
    return rc;
}

static int require_all(const struct vg_settings *s, const char *where)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->entries[i].text)
            return vg_fail(VG_ERR_USAGE, "%s: %s is missing: %s", where,
                           s->entries[i].setting->name, s->entries[i].setting->help);
    return VG_OK;
}

int vg_settings_parse(struct vg_settings **out, const struct vg_settings_of *of, const char *where,
                      const struct vg_word *words, size_t count)
{
    int rc = VG_OK;
    *out = NULL;
    struct vg_settings *s = create(of->tables);
    VG_TRY(apply_defaults(s, where));
    for (size_t i = 0; i < count; i++)
        if (asks_preset(of, &words[i]))
            VG_TRY(apply_preset(s, of, where, words[i].value));
    VG_TRY(apply(s, of, where, words, count, true));
    VG_TRY(require_all(s, where));
    *out = s;
    s = NULL;
out:
    vg_settings_destroy(&s);
    return rc;
}

// ---- asking -------------------------------------------------------------------------------------

static const struct entry *must(const struct vg_settings *s, const char *name,
                                enum vg_setting_type type)
{
    const struct entry *e = find(s, name);
    assert(e && "a setting that no table declares");
    assert(e->setting->type == type || (type == VG_SET_TEXT && e->setting->type == VG_SET_CHOICE));
    return e;
}

int64_t vg_setting_int(const struct vg_settings *s, const char *name)
{
    return must(s, name, VG_SET_INT)->whole;
}

double vg_setting_float(const struct vg_settings *s, const char *name)
{
    return must(s, name, VG_SET_FLOAT)->real;
}

bool vg_setting_bool(const struct vg_settings *s, const char *name)
{
    return must(s, name, VG_SET_BOOL)->whole != 0;
}

const char *vg_setting_text(const struct vg_settings *s, const char *name)
{
    return must(s, name, VG_SET_TEXT)->text;
}

size_t vg_setting_choice(const struct vg_settings *s, const char *name)
{
    return (size_t) must(s, name, VG_SET_CHOICE)->whole;
}

bool vg_setting_has(const struct vg_settings *s, const char *name)
{
    return find(s, name) != NULL;
}

bool vg_setting_is_set(const struct vg_settings *s, const char *name)
{
    const struct entry *e = find(s, name);
    return e && e->by_user;
}

const char *vg_settings_preset(const struct vg_settings *s)
{
    return s->preset;
}

size_t vg_settings_count(const struct vg_settings *s)
{
    return s->count;
}

const struct vg_setting *vg_settings_at(const struct vg_settings *s, size_t index,
                                        const char **value)
{
    assert(index < s->count);
    *value = s->entries[index].text;
    return s->entries[index].setting;
}

// ---- showing ------------------------------------------------------------------------------------

char *vg_settings_text(const struct vg_settings *s)
{
    struct vg_text text = { 0 };
    for (size_t i = 0; i < vg_settings_count(s); i++) {
        const char *value;
        const struct vg_setting *setting = vg_settings_at(s, i, &value);
        const char *quote = strpbrk(value, " \t#") ? "\"" : "";
        vg_text_add(&text, "%s%s=%s%s%s", i ? " " : "", setting->name, quote, value, quote);
    }
    char *copy = vg_strdup(vg_text_string(&text));
    vg_text_finish(&text);
    return copy;
}

void vg_settings_json(const struct vg_settings *s, json_t *object)
{
    if (s->preset)
        vg_json_string(object, "preset", s->preset);
    for (size_t i = 0; i < s->count; i++) {
        const struct entry *e = &s->entries[i];
        const char *name = e->setting->name;
        switch (e->setting->type) {
        case VG_SET_INT: vg_json_int(object, name, e->whole); break;
        case VG_SET_FLOAT: vg_json_real(object, name, e->real); break;
        case VG_SET_BOOL: vg_json_bool(object, name, e->whole != 0); break;
        default: vg_json_string(object, name, e->text);
        }
    }
}

static void add_accepted(struct vg_table *t, const struct vg_setting *s)
{
    struct vg_text all = { 0 };
    switch (s->type) {
    case VG_SET_INT:
    case VG_SET_FLOAT: vg_text_add(&all, "%.15g to %.15g", s->low, s->high); break;
    case VG_SET_BOOL: vg_text_add(&all, "true or false"); break;
    case VG_SET_TEXT: vg_text_add(&all, "text"); break;
    case VG_SET_CHOICE:
        for (const char *const *c = s->choices; *c; c++)
            vg_text_add(&all, "%s%s", c == s->choices ? "" : " ", *c);
    }
    vg_table_cell(t, "%s", vg_text_string(&all));
    vg_text_finish(&all);
}

static void add_setting(struct vg_table *t, const struct vg_setting *s)
{
    vg_table_cell(t, "%s", s->name);
    vg_table_cell(t, "%s",
                  !s->otherwise   ? "(must be given)"
                  : *s->otherwise ? s->otherwise
                                  : "\"\"");
    add_accepted(t, s);
    vg_table_cell(t, "%s", s->help);
}

void vg_settings_help(const struct vg_settings_of *of, struct vg_text *out)
{
    struct vg_settings *s = create(of->tables);
    struct vg_table *t = vg_table_create();
    static const char *const heads[] = { "setting", "default", "accepted", "" };
    for (size_t i = 0; i < 4; i++)
        vg_table_column(t, heads[i], false);
    for (size_t i = 0; i < s->count; i++)
        add_setting(t, s->entries[i].setting);
    vg_table_print(t, out);
    for (const struct vg_preset *p = of->presets; p && p->name; p++)
        vg_text_add(out, "%spreset=%s  %s: %s\n", p == of->presets ? "\n" : "", p->name, p->help,
                    p->words);
    vg_table_destroy(&t);
    vg_settings_destroy(&s);
}
