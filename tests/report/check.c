#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "report/check.h"

static char said[2000];

static void keep(const char *where, const char *what, void *user)
{
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s: %s\n", where, what);
}

static json_t *sound(void)
{
    json_t *o;
    static const char text[] =
        "{\"schema\": 1, \"time\": \"2026-11-24T12:00:00Z\", \"commit\": \"a\","
        " \"program_version\": \"0\", \"suite\": \"s\", \"case\": \"c\", \"kind\": \"op\","
        " \"settings\": {}, \"status\": \"ok\", \"reason\": null,"
        " \"device\": {\"id\": \"d\", \"name\": \"D\", \"driver\": \"1\", \"opencl_version\": "
        "null},"
        " \"host\": null, \"engaged\": null, \"checked\": {\"passed\": true},"
        " \"time_ns\": {\"samples\": [1.5, 2], \"median\": 1.75, \"unit_of_work\": \"u\"},"
        " \"throughput\": {\"value\": 1, \"unit\": \"GB/s\"}, \"cost\": null, \"ceiling\": null,"
        " \"memory\": null, \"setup\": null, \"telemetry\": null, \"training\": null,"
        " \"accuracy\": {\"accuracy\": 0.5}, \"reference\": null, \"tomorrow\": [1]}";
    cr_assert_eq(vg_json_parse("row", text, &o), VG_OK, "%s", vg_error());
    return o;
}

// Checks the row; signed_too: its digest is put in first.
static struct vg_rows_checked check(json_t *o, bool signed_too)
{
    char digest[VG_SHA256_TEXT];
    struct vg_rows_checked c;
    struct vg_rows *rows = vg_rows_create();
    if (signed_too) {
        vg_json_digest(o, digest);
        vg_json_string(o, VG_JSON_DIGEST, digest);
    }
    char *line = vg_json_line(o);
    cr_assert_eq(vg_rows_add_text(rows, "f", 7, 0, line, strlen(line), NULL), VG_OK);
    said[0] = 0;
    cr_assert_eq(vg_rows_check(&c, rows, keep, NULL), VG_OK, "%s", vg_error());
    return c;
}

Test(check, a_sound_row_is_sound)
{
    struct vg_rows_checked c = check(sound(), true);
    cr_expect_str_eq(said, "");
    cr_expect(c.rows == 1 && !c.wrong && !c.edited && !c.without_digest);
    c = check(sound(), false);
    cr_expect(c.without_digest == 1 && !c.wrong);
}

Test(check, an_edited_row_is_noticed)
{
    json_t *o = sound();
    check(o, true);
    vg_json_real(vg_json_at(o, "throughput"), "value", 2);
    const struct vg_rows_checked c = check(o, false);
    cr_expect_eq(c.edited, 1);
    cr_expect_str_eq(said, "f:7: row_sha256: is not that of the row, which was edited\n");
}

Test(check, what_breaks_the_contract_is_named)
{
    static const struct {
        const char *path, *key, *json, *what;
    } cases[] = {
        { "", "kind", "\"run\"", "f:7: kind: wants to be one of" },
        { "", "status", "\"failed\"", "f:7: reason: wants to be of type \"string\"" },
        { "", "time", "\"yesterday\"", "f:7: time: 'yesterday' does not match" },
        { "", "schema", "0.5", "f:7: schema: wants to be 1" },
        { "", "commit", "null", "f:7: commit: wants to be of type" },
        { "device", "id", "\"\"", "f:7: device.id: is shorter than 1" },
        { "time_ns", "samples", "[1, 0]", "f:7: time_ns.samples[1]: is 0, more than 0" },
        { "accuracy", "accuracy", "\"high\"", "f:7: accuracy.accuracy: wants to be of type" },
        { "checked", "passed", "false", "f:7: checked.passed: wants to be true" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *o = sound(), *value;
        cr_assert_eq(vg_json_parse("value", cases[i].json, &value), VG_OK);
        json_object_set_new(*cases[i].path ? vg_json_at(o, cases[i].path) : o, cases[i].key, value);
        const struct vg_rows_checked c = check(o, true);
        cr_expect_eq(c.wrong, 1, "%s", cases[i].what);
        cr_expect(strstr(said, cases[i].what), "%s does not say %s", said, cases[i].what);
    }
    json_t *o = sound();
    json_object_del(o, "device");
    cr_expect_eq(check(o, true).wrong, 1);
    cr_expect_str_eq(said, "f:7: has no 'device'\n");
}
