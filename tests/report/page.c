#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/page.h"

// The page of a text of rows; vg_text_finish it.
static struct vg_text page_of(const char *text)
{
    struct vg_text t = { 0 };
    struct vg_rows *r = vg_rows_create();
    cr_assert_eq(vg_rows_add_text(r, "rows.jsonl", 1, 0, text, strlen(text), NULL), 0);
    vg_page_write(&t, &(struct vg_page) { .rows = r, .now = "2026-11-24T12:00:00Z" });
    vg_rows_destroy(&r);
    return t;
}

static size_t times(const struct vg_text *t, const char *piece)
{
    size_t n = 0;
    for (const char *at = t->data; (at = strstr(at, piece)); at += strlen(piece))
        n++;
    return n;
}

Test(page, is_one_file_that_asks_for_nothing)
{
    struct vg_text t = page_of("{}\n");
    cr_expect_eq(strncmp(t.data, "<!DOCTYPE html>", 15), 0);
    cr_expect_eq(times(&t, "http"), 1, "http-equiv alone");
    cr_expect_eq(times(&t, "url("), 0);
    cr_expect_eq(times(&t, "@import"), 0);
    cr_expect_eq(times(&t, "default-src 'none'"), 1);
    vg_text_finish(&t);
}

#define ROW(name, time, device, rest)                                                              \
    "{\"suite\": \"s\", \"kind\": \"op\", \"case\": \"" name "\", \"time\": \"2026-11-" time       \
    "T00:00:00Z\", \"device\": {\"id\": \"" device "\"}, " rest "}\n"
#define GOOD                                                                                       \
    "\"status\": \"ok\", \"checked\": {\"passed\": true}, \"time_ns\": {\"samples\": [12500.0], "  \
    "\"median\": 12500.0, \"low\": 12000.0, \"high\": 13000.0}"

Test(page, the_newest_row_of_a_case_is_shown_wherever_it_stands)
{
    struct vg_text t =
        page_of(ROW("a", "09", "d", GOOD) ROW("a", "03", "d", "\"status\": \"failed\"")
                    ROW("a", "08", "e", "\"status\": \"skipped\""));
    cr_expect_eq(times(&t, "<pre>{"), 2, "a row for each device");
    cr_expect_eq(times(&t, "1 ok"), 1);
    cr_expect_eq(times(&t, "1 skipped"), 1);
    cr_expect_eq(times(&t, "class=\"state failed\""), 0);
    cr_expect_eq(times(&t, "1 older row"), 2, "at the top, and at the row");
    vg_text_finish(&t);
}

Test(page, rows_of_one_time_are_newer_further_down)
{
    struct vg_text t =
        page_of(ROW("a", "09", "d", "\"status\": \"failed\"") ROW("a", "09", "d", GOOD));
    cr_expect_eq(times(&t, "1 ok"), 1);
    vg_text_finish(&t);
}

Test(page, what_is_missing_or_unchecked_says_so)
{
    struct vg_text t = page_of(ROW("a", "09", "d", "\"status\": \"ok\"")
                                   ROW("b", "09", "d",
                                       "\"status\": \"ok\", \"checked\": "
                                       "{\"passed\": false}") ROW("c", "09", "d", GOOD));
    cr_expect_eq(times(&t, "1 not checked"), 1);
    cr_expect_eq(times(&t, "1 failed"), 1, "a check that did not pass");
    cr_expect_eq(times(&t, "data-l=\"time\"><span class=\"missing\">missing</span>"), 2);
    cr_expect_eq(times(&t, "12.5\u00a0\u00b5s"), 1, "in the table; one time makes no plot");
    vg_text_finish(&t);
}

Test(page, cases_of_one_name_are_told_apart_by_their_settings)
{
    struct vg_text t = page_of(ROW("a", "09", "d", "\"settings\": {\"seed\": 1, \"lr\": 2}")
                                   ROW("a", "09", "d", "\"settings\": {\"seed\": 3, \"lr\": 2}"));
    cr_expect_eq(times(&t, ">a seed=1</a>"), 1);
    cr_expect_eq(times(&t, ">a seed=3</a>"), 1);
    cr_expect_eq(times(&t, "<tr id=\"case-a-"), 2);
    vg_text_finish(&t);
}

Test(page, what_must_be_known_of_a_number_stands_beside_it)
{
    struct vg_text t = page_of(ROW("a", "09", "d",
                                   "\"engaged\": {\"planted\": \"gelu twice\"}, \"time_ns\": "
                                   "{\"left_out_why\": \"hot\", \"event_clock\": {\"agrees\": "
                                   "false}}"));
    cr_expect_eq(times(&t, "<span class=\"reason\">slowed on purpose: gelu twice</span>"), 1);
    cr_expect_eq(times(&t, "<span class=\"reason\">hot</span>"), 1);
    cr_expect_eq(times(&t, "the host&#39;s disagree"), 1);
    vg_text_finish(&t);
}

// A row is on the page as it is in the file: every value, whatever it is called.
Test(page, a_row_is_whole)
{
    struct vg_text t = page_of(ROW("a", "09", "d", "\"from_tomorrow\": [1, {\"x\": \"<\"}]"));
    cr_expect_eq(times(&t, "&quot;from_tomorrow&quot;: [1, {&quot;x&quot;: &quot;&lt;&quot;}]"), 1);
    cr_expect_eq(times(&t, "rows.jsonl:1"), 1);
    vg_text_finish(&t);
}
