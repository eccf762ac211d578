#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/parse.h"

static void expect_message(int rc, const char *message)
{
    cr_expect_eq(rc, VG_ERR_USAGE, "%s", message);
    cr_expect_str_eq(vg_error(), message);
    vg_error_clear();
}

Test(parse, a_line_is_words_and_values)
{
    struct vg_arena *a = vg_arena_create();
    struct vg_line l;
    cr_assert_eq(vg_line_split(&l, a, "x:1",
                               " l2norm\tx=2x3 eps=0.5 data=\"a b#c\" url=a#b=c none=  test # x=9"
                               " y=\"\n"),
                 VG_OK, "%s", vg_error());
    cr_assert_eq(l.count, 7);
    cr_expect_str_eq(l.words[0].key, "l2norm");
    cr_expect_null(l.words[0].value);
    cr_expect_str_eq(l.words[1].key, "x");
    cr_expect_str_eq(vg_line_value(&l, "x"), "2x3");
    cr_expect_str_eq(vg_line_value(&l, "eps"), "0.5");
    cr_expect_str_eq(vg_line_value(&l, "data"), "a b#c");
    cr_expect_str_eq(vg_line_value(&l, "url"), "a#b=c");
    cr_expect_str_eq(vg_line_value(&l, "none"), "");
    cr_expect_null(vg_line_value(&l, "y"));
    cr_expect_null(vg_line_value(&l, "test"));
    cr_expect(vg_line_marked(&l, "test"));
    cr_expect_not(vg_line_marked(&l, "l2norm"));   // the name is no mark
    cr_expect_not(vg_line_marked(&l, "eps"));
    vg_arena_destroy(&a);
}

Test(parse, blank_lines_and_comments_have_no_words)
{
    static const char *const lines[] = { "", " \t\r\n", "# conv2d x=3", "  #" };
    struct vg_arena *a = vg_arena_create();
    struct vg_line l;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cr_expect_eq(vg_line_split(&l, a, "x:1", lines[i]), VG_OK);
        cr_expect_eq(l.count, 0);
    }
    vg_arena_destroy(&a);
}

Test(parse, lines_that_are_wrong_are_refused)
{
    static const struct {
        const char *line, *message;
    } bad[] = {
        { "a =3", "s:7: '=3' has no key before '='" },
        { "a b=1 b=2", "s:7: b is given twice" },
        { "a b=\"1 2", "s:7: the quote of b is not closed" },
        { "a b=\"1\"2", "s:7: text follows the quoted value of b" },
        { "a b=1\"2", "s:7: a quote is accepted only around a whole value" },
        { "\"a\"", "s:7: a quote is accepted only around a whole value" },
    };
    struct vg_arena *a = vg_arena_create();
    struct vg_line l;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_message(vg_line_split(&l, a, "s:7", bad[i].line), bad[i].message);
    vg_arena_destroy(&a);
}

Test(parse, integers_are_taken_whole_and_in_range)
{
    int64_t n = 5;
    cr_expect_eq(vg_parse_int("n", "-12", -12, 3, &n), VG_OK);
    cr_expect_eq(n, -12);
    cr_expect_eq(vg_parse_int("n", "9223372036854775807", 0, INT64_MAX, &n), VG_OK);
    cr_expect_eq(n, INT64_MAX);
    static const char *const bad[] = { "", " 1", "1 ", "0x1", "1.0", "1e3", "-", "one", "1-2" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[64];
        snprintf(message, sizeof message, "batch: '%s' is not an integer", bad[i]);
        expect_message(vg_parse_int("batch", bad[i], 0, 9, &n), message);
    }
    expect_message(vg_parse_int("batch", "0", 1, 9, &n),
                   "batch: 0 is out of range, accepted are 1 to 9");
    cr_expect_eq(vg_parse_int("n", "9223372036854775808", 0, INT64_MAX, &n), VG_ERR_USAGE);
    cr_expect_eq(n, INT64_MAX);   // left as it was
}

Test(parse, numbers_are_taken_whole_and_in_range)
{
    double x = 5;
    cr_expect_eq(vg_parse_float("x", "-1e-3", -1, 1, &x), VG_OK);
    cr_expect_eq(x, -1e-3);
    cr_expect_eq(vg_parse_float("x", ".5", 0, 1, &x), VG_OK);
    cr_expect_eq(x, 0.5);
    static const char *const bad[] = { "", " 1", "1 ", "0x1p3", "nan", "inf", "1e", "1,5", "1f" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[64];
        snprintf(message, sizeof message, "lr: '%s' is not a number", bad[i]);
        expect_message(vg_parse_float("lr", bad[i], 0, 9, &x), message);
    }
    expect_message(vg_parse_float("lr", "1.5", 0, 1, &x),
                   "lr: 1.5 is out of range, accepted are 0 to 1");
    cr_expect_eq(vg_parse_float("lr", "1e999", 0, 1e308, &x), VG_ERR_USAGE);
    cr_expect_eq(x, 0.5);
}

Test(parse, truth_has_four_names_and_so_has_falsehood)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };
    for (size_t i = 0; i < 4; i++) {
        bool b = false;
        cr_expect_eq(vg_parse_bool("b", yes[i], &b), VG_OK);
        cr_expect(b);
        cr_expect_eq(vg_parse_bool("b", no[i], &b), VG_OK);
        cr_expect_not(b);
    }
    bool b;
    expect_message(vg_parse_bool("flip", "True", &b), "flip: 'True' is neither true nor false");
    expect_message(vg_parse_bool("flip", "", &b), "flip: '' is neither true nor false");
}

Test(parse, shapes_are_numbers_with_x_between)
{
    int64_t dim[3] = { 0 };
    int rank = 0;
    cr_expect_eq(vg_parse_dims("x", "2x30x1", 3, dim, &rank), VG_OK);
    cr_expect(rank == 3 && dim[0] == 2 && dim[1] == 30 && dim[2] == 1);
    cr_expect_eq(vg_parse_dims("x", "7", 3, dim, &rank), VG_OK);
    cr_expect(rank == 1 && dim[0] == 7);
    static const char *const bad[] = { "",
                                       "x",
                                       "2x",
                                       "x2",
                                       "2xx3",
                                       "0x2",
                                       "-1x2",
                                       "2*3",
                                       "2x3x4x5",
                                       "2 x3",
                                       "2x3 ",
                                       "+2",
                                       "99999999999999999999" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(vg_parse_dims("x", bad[i], 3, dim, &rank), VG_ERR_USAGE, "%s", bad[i]);
        cr_expect(strstr(vg_error(), "is no shape, accepted are up to 3 numbers"));
        vg_error_clear();
    }
}

Test(parse, a_choice_is_one_of_its_names)
{
    static const char *const names[] = { "linear", "finetune" };
    size_t i = 9;
    cr_expect_eq(vg_parse_choice("protocol", "finetune", names, 2, &i), VG_OK);
    cr_expect_eq(i, 1);
    expect_message(vg_parse_choice("protocol", "liner", names, 2, &i),
                   "protocol: 'liner' is unknown, did you mean 'linear'?, accepted are linear "
                   "finetune");
    expect_message(vg_parse_choice("protocol", "zero", names, 2, &i),
                   "protocol: 'zero' is unknown, accepted are linear finetune");
}
