#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"

static const char *const archs[] = { "resnet18", "resnet50", NULL };

static const struct vg_setting run[] = {
    { "batch", VG_SET_INT, "32", 1, 1024, NULL, "images a step" },
    { "data", VG_SET_TEXT, NULL, 0, 0, NULL, "where images come from" },
    { 0 },
};
static const struct vg_setting method[] = {
    { "lr", VG_SET_FLOAT, "0.05", 0, 10, NULL, "base learning rate" },
    { "arch", VG_SET_CHOICE, "resnet18", 0, 0, archs, "encoder" },
    { "flip", VG_SET_BOOL, "true", 0, 0, NULL, "mirror half of the images" },
    { "batch", VG_SET_INT, "7", 1, 9, NULL, "hidden by the table before" },
    { 0 },
};
static const struct vg_setting *const tables[] = { run, method, NULL };
static const struct vg_preset presets[] = {
    { "paper", "arch=resnet50 batch=512", "as published" },
    { 0 },
};
static const struct vg_settings_of of = { tables, presets };

static int parse(struct vg_settings **s, struct vg_arena *a, const char *text)
{
    struct vg_line line;
    vg_error_clear();
    cr_assert_eq(vg_line_split(&line, a, "here:1", text), VG_OK);
    return vg_settings_parse(s, &of, "here:1", line.words, line.count);
}

Test(settings, defaults_then_preset_then_words)
{
    struct vg_arena *a = vg_arena_create();
    struct vg_settings *s;
    cr_assert_eq(parse(&s, a, "lr=0.1 preset=paper data=synthetic batch=64"), VG_OK, "%s",
                 vg_error());
    cr_expect_eq(vg_setting_int(s, "batch"), 64);
    cr_expect_float_eq(vg_setting_float(s, "lr"), 0.1, 0);
    cr_expect_str_eq(vg_setting_text(s, "arch"), "resnet50");
    cr_expect_eq(vg_setting_choice(s, "arch"), 1);
    cr_expect(vg_setting_bool(s, "flip"));
    cr_expect_str_eq(vg_setting_text(s, "data"), "synthetic");
    cr_expect_str_eq(vg_settings_preset(s), "paper");
    cr_expect(vg_setting_is_set(s, "batch"));
    cr_expect_not(vg_setting_is_set(s, "arch"), "a preset's word is not the user's");
    cr_expect_not(vg_setting_has(s, "nothing"));
    vg_settings_destroy(&s);
    vg_arena_destroy(&a);
}

Test(settings, a_row_has_them_all_in_declared_order)
{
    struct vg_arena *a = vg_arena_create();
    struct vg_settings *s;
    cr_assert_eq(parse(&s, a, "data=\"folder:/a b\" flip=no"), VG_OK);
    json_t *o = json_object();
    vg_settings_json(s, o);
    char *line = vg_json_line(o);
    cr_expect_str_eq(line, "{\"batch\": 32, \"data\": \"folder:/a b\", \"lr\": 0.05, "
                           "\"arch\": \"resnet18\", \"flip\": false}");
    free(line);
    json_decref(o);
    vg_settings_destroy(&s);
    vg_arena_destroy(&a);
}

Test(settings, mistakes_are_one_line_that_says_where)
{
    static const char *const lines[][2] = {
        { "data=x bach=3",
          "here:1: unknown setting 'bach', did you mean 'batch'?, accepted are batch data lr arch "
          "flip" },
        { "data=x batch=0", "here:1: batch: 0 is out of range, accepted are 1 to 1024" },
        { "data=x batch=many", "here:1: batch: 'many' is not an integer" },
        { "data=x lr=11", "here:1: lr: 11 is out of range, accepted are 0 to 10" },
        { "data=x flip=maybe", "here:1: flip: 'maybe' is neither true nor false" },
        { "data=x arch=resnet5",
          "here:1: arch: 'resnet5' is unknown, did you mean 'resnet50'?, accepted are resnet18 "
          "resnet50" },
        { "batch=8", "here:1: data is missing: where images come from" },
        { "data=x preset=fast", "here:1: preset: 'fast' is unknown, accepted are paper" },
        { "data=x flip", "here:1: flip wants a value: flip=..." },
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct vg_arena *a = vg_arena_create();
        struct vg_settings *s;
        cr_expect_eq(parse(&s, a, lines[i][0]), VG_ERR_USAGE, "%s", lines[i][0]);
        cr_expect_str_eq(vg_error(), lines[i][1]);
        cr_expect_null(s);
        vg_arena_destroy(&a);
    }
}

// As text and back: values with blanks are one value.
Test(settings, text_can_be_read_again)
{
    struct vg_arena *a = vg_arena_create();
    struct vg_settings *s, *again;
    cr_assert_eq(parse(&s, a, "data=\"folder:/my faces # 2\" batch=7 lr=0.5"), VG_OK, "%s",
                 vg_error());
    char *text = vg_settings_text(s);
    cr_expect(strstr(text, "data=\"folder:/my faces # 2\""), "%s", text);
    cr_assert_eq(parse(&again, a, text), VG_OK, "%s", vg_error());
    cr_expect_str_eq(vg_setting_text(again, "data"), "folder:/my faces # 2");
    cr_expect_eq(vg_setting_int(again, "batch"), 7);
    char *same = vg_settings_text(again);
    cr_expect_str_eq(same, text);
    free(same);
    free(text);
    vg_settings_destroy(&again);
    vg_settings_destroy(&s);
    vg_arena_destroy(&a);
}

Test(settings, help_names_each_with_its_default)
{
    struct vg_text text = { 0 };
    vg_settings_help(&of, &text);
    cr_expect(strstr(text.data, "batch    32               1 to 1024"), "%s", text.data);
    cr_expect(strstr(text.data, "data     (must be given)  text"), "%s", text.data);
    cr_expect(strstr(text.data, "arch     resnet18         resnet18 resnet50"), "%s", text.data);
    cr_expect(strstr(text.data, "preset=paper  as published: arch=resnet50 batch=512"));
    cr_expect_not(strstr(text.data, "hidden"));
    vg_text_finish(&text);
}
