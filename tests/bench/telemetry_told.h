#pragma once

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/telemetry.h"

// What a telemetry says, and what tests ask of that.

#define TREES "tests/bench/telemetry/"

static inline json_t *told(const struct vg_telemetry *t)
{
    json_t *o = json_object();
    vg_telemetry_json(t, o);
    return o;
}

static inline double first(const json_t *o, const char *key)
{
    const json_t *value = json_array_get(json_object_get(o, key), 0);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static inline void expect_source(const json_t *o, const char *quantity, const char *wanted)
{
    char path[64];
    snprintf(path, sizeof path, "sources.%s", quantity);
    cr_expect_str_eq(vg_json_text_at(o, path, "none"), wanted, "%s", quantity);
}

static inline void expect_missing(const json_t *o, const char *quantity, const char *why)
{
    char path[64];
    expect_source(o, quantity, "none");
    snprintf(path, sizeof path, "missing.%s", quantity);
    cr_expect(strstr(vg_json_text_at(o, path, ""), why), "%s is missing, '%s', wanted '%s'",
              quantity, vg_json_text_at(o, path, ""), why);
}
