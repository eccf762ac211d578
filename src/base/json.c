#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static void set(json_t *object, const char *key, json_t *value)
{
    const int failed = json_object_set_new(object, key, value);
    assert(!failed && "an object, a key in UTF-8");
    (void) failed;
}

void vg_json_string(json_t *object, const char *key, const char *value)
{
    struct vg_text clean = { 0 };
    for (const char *c = value; c && *c;) {
        const size_t length = vg_text_code(c, NULL);
        vg_text_add_bytes(&clean, length ? c : "?", length ? length : 1);
        c += length ? length : 1;
    }
    set(object, key, value ? json_string(vg_text_string(&clean)) : json_null());
    vg_text_finish(&clean);
}

void vg_json_int(json_t *object, const char *key, int64_t value)
{
    set(object, key, json_integer(value));
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void vg_json_real(json_t *object, const char *key, double value)
{
    set(object, key, real_or_null(value));
}

void vg_json_bool(json_t *object, const char *key, bool value)
{
    set(object, key, json_boolean(value));
}

void vg_json_null(json_t *object, const char *key)
{
    set(object, key, json_null());
}

void vg_json_reals(json_t *object, const char *key, const double *values, size_t count)
{
    json_t *array = vg_json_array(object, key);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, real_or_null(values[i]));
}

json_t *vg_json_object(json_t *object, const char *key)
{
    json_t *value = json_object();
    set(object, key, value);
    return value;
}

json_t *vg_json_array(json_t *object, const char *key)
{
    json_t *value = json_array();
    set(object, key, value);
    return value;
}

json_t *vg_json_at(const json_t *object, const char *path)
{
    char key[128];
    while (object) {
        const size_t length = strcspn(path, ".");
        if (length >= sizeof key)
            return NULL;
        memcpy(key, path, length);
        key[length] = 0;
        json_t *value = json_object_get(object, key);
        if (!path[length])
            return value;
        object = value;
        path += length + 1;
    }
    return NULL;
}

double vg_json_real_at(const json_t *object, const char *path, double otherwise)
{
    const json_t *value = vg_json_at(object, path);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

const char *vg_json_text_at(const json_t *object, const char *path, const char *otherwise)
{
    const json_t *value = vg_json_at(object, path);
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

void vg_json_real_text(double value, char text[VG_JSON_REAL])
{
    if (!isfinite(value)) {
        strcpy(text, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, VG_JSON_REAL, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (!strpbrk(text, ".e"))
        strcat(text, ".0");
}

static void add_value(struct vg_text *t, const json_t *value);

// Strings, integers and words: as jansson writes them.
static void add_scalar(struct vg_text *t, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    vg_text_add(t, "%s", text ? text : "null");
    free(text);
}

static void add_object(struct vg_text *t, const json_t *value)
{
    const char *key, *comma = "";
    json_t *member;
    vg_text_add(t, "{");
    json_object_foreach((json_t *) value, key, member)
    {
        json_t *name = json_string(key);
        vg_text_add(t, "%s", comma);
        add_scalar(t, name);
        vg_text_add(t, ": ");
        add_value(t, member);
        json_decref(name);
        comma = ", ";
    }
    vg_text_add(t, "}");
}

static void add_value(struct vg_text *t, const json_t *value)
{
    if (json_is_object(value)) {
        add_object(t, value);
    } else if (json_is_array(value)) {
        vg_text_add(t, "[");
        for (size_t i = 0; i < json_array_size(value); i++) {
            vg_text_add(t, "%s", i > 0 ? ", " : "");
            add_value(t, json_array_get(value, i));
        }
        vg_text_add(t, "]");
    } else if (json_is_real(value)) {
        char text[VG_JSON_REAL];
        vg_json_real_text(json_real_value(value), text);
        vg_text_add(t, "%s", text);
    } else {
        add_scalar(t, value);
    }
}

char *vg_json_line(const json_t *value)
{
    struct vg_text t = { 0 };
    add_value(&t, value);
    return t.data;
}

int vg_json_parse(const char *where, const char *text, json_t **value)
{
    json_error_t error;
    *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (*value)
        return VG_OK;
    return vg_fail(VG_ERR_FORMAT, "%s: is not valid JSON: %s at byte %d", where, error.text,
                   error.position);
}
