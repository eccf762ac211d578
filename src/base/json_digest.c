#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

static void add_value(struct vg_text *t, const json_t *value, const char *without);

// An integer has one form, be it written 3 or 3.0; beyond 2^53 a real has no units digit to show.
static void add_real(struct vg_text *t, double value)
{
    char text[VG_JSON_REAL];
    if (value == floor(value) && fabs(value) < 0x1p53) {
        vg_text_add(t, "%.0f", value);
    } else {
        vg_json_real_text(value, text);
        vg_text_add(t, "%s", text);
    }
}

static void add_string(struct vg_text *t, const char *s)
{
    json_t *value = json_string(s);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    vg_text_add(t, "%s", text);
    free(text);
    json_decref(value);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void add_object(struct vg_text *t, const json_t *object, const char *without)
{
    const char **keys = vg_alloc(json_object_size(object) + 1, sizeof *keys), *key;
    size_t count = 0;
    json_t *member;
    json_object_foreach((json_t *) object, key, member)
    {
        if (!without || strcmp(key, without))
            keys[count++] = key;
    }
    qsort(keys, count, sizeof *keys, by_text);
    vg_text_add(t, "{");
    for (size_t i = 0; i < count; i++) {
        vg_text_add(t, "%s", i ? "," : "");
        add_string(t, keys[i]);
        vg_text_add(t, ":");
        add_value(t, json_object_get(object, keys[i]), NULL);
    }
    vg_text_add(t, "}");
    free(keys);
}

static void add_array(struct vg_text *t, const json_t *array)
{
    vg_text_add(t, "[");
    for (size_t i = 0; i < json_array_size(array); i++) {
        vg_text_add(t, "%s", i ? "," : "");
        add_value(t, json_array_get(array, i), NULL);
    }
    vg_text_add(t, "]");
}

static void add_value(struct vg_text *t, const json_t *value, const char *without)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: add_object(t, value, without); break;
    case JSON_ARRAY: add_array(t, value); break;
    case JSON_STRING: add_string(t, json_string_value(value)); break;
    case JSON_INTEGER: vg_text_add(t, "%" JSON_INTEGER_FORMAT, json_integer_value(value)); break;
    case JSON_REAL: add_real(t, json_real_value(value)); break;
    case JSON_TRUE: vg_text_add(t, "true"); break;
    case JSON_FALSE: vg_text_add(t, "false"); break;
    case JSON_NULL: vg_text_add(t, "null"); break;
    }
}

char *vg_json_canonical(const json_t *value)
{
    struct vg_text t = { 0 };
    add_value(&t, value, NULL);
    return t.data;
}

void vg_json_digest(const json_t *object, char text[VG_SHA256_TEXT])
{
    struct vg_text t = { 0 };
    add_value(&t, object, VG_JSON_DIGEST);
    vg_sha256_text(t.data, t.length, text);
    vg_text_finish(&t);
}
