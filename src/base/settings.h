#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/parse.h"

/**
 * Settings: what a module (a method, a task, a run) lets its users choose, with types, defaults and
 * a line of help each.  A module declares a table; key=value words are put over the defaults.
 *
 *     static const struct vg_setting settings[] = {
 *         { "batch", VG_SET_INT, "32", 1, 65536, NULL, "images a step" },
 *         { "arch", VG_SET_CHOICE, "resnet18", 0, 0, archs, "encoder" },
 *         { 0 },
 *     };
 */
enum vg_setting_type {
    VG_SET_INT,      // low to high
    VG_SET_FLOAT,    // low to high
    VG_SET_BOOL,     // true yes on 1, false no off 0
    VG_SET_TEXT,     // anything
    VG_SET_CHOICE,   // one of choices
};

struct vg_setting {
    const char *name;
    enum vg_setting_type type;
    const char *otherwise;   // the default as text; NULL: it must be given
    double low, high;
    const char *const *choices;   // ends with NULL
    const char *help;
};

// A named list of words below the user's own: preset=paper.  A list ends with a name of NULL.
struct vg_preset {
    const char *name;
    const char *words;   // "image=112 batch=64"
    const char *help;
};

// What a module's users may set.  Both lists may be NULL; tables ends with NULL, and each table
// with a name of NULL.  A name that two tables have is the first one's.
struct vg_settings_of {
    const struct vg_setting *const *tables;
    const struct vg_preset *presets;
};

struct vg_settings;

/**
 * Defaults, then the preset that a word preset=NAME asks for, then the words.  `where` is what
 * messages begin with ("suites/quick.suite:12").
 *
 * VG_ERR_USAGE in one line: an unknown key (and the nearest known), a word without a value, a bad
 * or out-of-range value, a setting that must be given and is not, an unknown preset.
 */
int vg_settings_parse(struct vg_settings **s, const struct vg_settings_of *of, const char *where,
                      const struct vg_word *words, size_t count);
void vg_settings_destroy(struct vg_settings **s);

// By name; asking for one that was not declared, or for another type, is a mistake of the caller.
int64_t vg_setting_int(const struct vg_settings *s, const char *name);
double vg_setting_float(const struct vg_settings *s, const char *name);
bool vg_setting_bool(const struct vg_settings *s, const char *name);
const char *vg_setting_text(const struct vg_settings *s, const char *name);   // TEXT and CHOICE
size_t vg_setting_choice(const struct vg_settings *s, const char *name);      // its index

bool vg_setting_has(const struct vg_settings *s, const char *name);      // declared
bool vg_setting_is_set(const struct vg_settings *s, const char *name);   // by the user's words

// The preset that was asked for, or NULL.
const char *vg_settings_preset(const struct vg_settings *s);

// All in declared order: what it is, and the value as text.
size_t vg_settings_count(const struct vg_settings *s);
const struct vg_setting *vg_settings_at(const struct vg_settings *s, size_t index,
                                        const char **value);

// "arch=resnet18 width=64 ...", which vg_line_split takes apart again: values that have
// blanks or a '#' are quoted.  free() it.
char *vg_settings_text(const struct vg_settings *s);

// The same into a JSON object, as numbers, booleans and strings.
void vg_settings_json(const struct vg_settings *s, json_t *object);

struct vg_text;

// "  batch   32   1 to 65536   images a step", a line each, presets below.
void vg_settings_help(const struct vg_settings_of *of, struct vg_text *out);
