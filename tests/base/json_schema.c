#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/json_schema.h"

static json_t *parse(const char *text)
{
    json_t *o;
    cr_assert_eq(vg_json_parse("text", text, &o), VG_OK, "%s", vg_error());
    return o;
}

static char said[600];

static void keep(const char *path, const char *what, void *user)
{
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s: %s\n", path, what);
}

// Each keyword with a value that is right and one that is wrong, and what is said of that.
Test(json_schema, every_keyword_accepts_and_refuses)
{
    static const struct {
        const char *schema, *good, *bad, *what;
    } cases[] = {
        { "{\"type\": \"integer\"}", "3.0", "3.5", ": wants to be of type \"integer\"\n" },
        { "{\"type\": [\"string\", \"null\"]}", "null", "1",
          ": wants to be of type [\"string\",\"null\"]\n" },
        { "{\"type\": \"boolean\"}", "false", "0", ": wants to be of type \"boolean\"\n" },
        { "{\"const\": 1}", "1.0", "2", ": wants to be 1\n" },
        { "{\"enum\": [\"a\", null]}", "null", "\"b\"", ": wants to be one of [\"a\",null]\n" },
        { "{\"minimum\": 0}", "0", "-1", ": is -1, at least 0 is wanted\n" },
        { "{\"exclusiveMinimum\": 0}", "0.1", "0", ": is 0, more than 0 is wanted\n" },
        { "{\"maximum\": 2}", "\"text\"", "3", ": is 3, at most 2 is wanted\n" },
        { "{\"minLength\": 2}", "\"\xc3\xa4\xc3\xa4\"", "\"\xc3\xa4\"", ": is shorter than 2\n" },
        { "{\"pattern\": \"^[0-9]+$\"}", "\"12\"", "\"1a\"", ": '1a' does not match ^[0-9]+$\n" },
        { "{\"required\": [\"a\"]}", "{\"a\": null}", "{\"b\": 1}", ": has no 'a'\n" },
        { "{\"properties\": {\"a\": {\"properties\": {\"b\": {\"type\": \"null\"}}}}}",
          "{\"a\": {\"b\": null}, \"c\": 1}", "{\"a\": {\"b\": 1}}",
          "a.b: wants to be of type \"null\"\n" },
        { "{\"properties\": {\"a\": true}, \"additionalProperties\": false}", "{\"a\": 1}",
          "{\"a\": 1, \"b\": 2}", "b: is not wanted\n" },
        { "{\"items\": {\"$ref\": \"#/$defs/n\"}, \"$defs\": {\"n\": {\"type\": \"number\"}}}",
          "[1, 2.5]", "[1, \"2\"]", "[1]: wants to be of type \"number\"\n" },
        { "{\"allOf\": [{\"minimum\": 1}, {\"maximum\": 2}]}", "2", "3",
          ": is 3, at most 2 is wanted\n" },
        { "{\"if\": {\"type\": \"string\"}, \"then\": {\"const\": \"a\"}, \"else\": {\"const\": "
          "1}}",
          "\"a\"", "\"b\"", ": wants to be \"a\"\n" },
        { "{\"if\": {\"type\": \"string\"}, \"else\": {\"const\": 1}}", "\"b\"", "2",
          ": wants to be 1\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *schema = parse(cases[i].schema), *good = parse(cases[i].good),
               *bad = parse(cases[i].bad);
        cr_expect_eq(vg_schema_check(schema), VG_OK, "%s: %s", cases[i].schema, vg_error());
        said[0] = 0;
        cr_expect_eq(vg_schema_offences(schema, good, keep, NULL), 0, "%s: %s", cases[i].schema,
                     said);
        cr_expect_eq(vg_schema_offences(schema, bad, keep, NULL), 1, "%s", cases[i].schema);
        cr_expect_str_eq(said, cases[i].what);
        cr_expect_eq(vg_schema_offences(schema, bad, NULL, NULL), 1);
        json_decref(schema);
        json_decref(good);
        json_decref(bad);
    }
}

Test(json_schema, what_is_not_understood_is_refused)
{
    static const char *const schemas[] = {
        "{\"oneOf\": []}",
        "{\"properties\": {\"a\": {\"format\": \"date\"}}}",
        "{\"allOf\": [{\"maxItems\": 3}]}",
        "{\"items\": {\"$ref\": \"#/$defs/none\"}}",
        "{\"$ref\": \"other.json\"}",
    };
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        json_t *schema = parse(schemas[i]);
        cr_expect_eq(vg_schema_check(schema), VG_ERR_UNSUPPORTED, "%s", schemas[i]);
        vg_error_clear();
        json_decref(schema);
    }
}

// The digest by hand: printf '%s' '{"a":0.1,"b":[3,null,"x"]}' | sha256sum
Test(json_schema, a_digest_is_of_the_content_and_not_of_its_writing)
{
    static const char *const texts[] = {
        "{\"b\": [3.0, null, \"x\"], \"a\": 0.1}",
        "{\"a\":1e-1,\"b\":[3,null,\"\\u0078\"],\"row_sha256\":\"old\"}",
    };
    for (size_t i = 0; i < 2; i++) {
        char digest[VG_SHA256_TEXT];
        json_t *o = parse(texts[i]);
        vg_json_digest(o, digest);
        cr_expect_str_eq(digest,
                         "a84f3685bf0d416dee267d816f8e06e01d66662a88b8be7fca0427ef66a2d9f6");
        json_decref(o);
    }
    json_t *o = parse("{\"z\": -0.5, \"a\": {\"c\": 9007199254740993, \"b\": 1e300}, \"\": true}");
    char *text = vg_json_canonical(o);
    cr_expect_str_eq(text, "{\"\":true,\"a\":{\"b\":1e+300,\"c\":9007199254740993},\"z\":-0.5}");
}
