#include <criterion/criterion.h>
#include <stdio.h>

#include "base/log.h"

struct seen {
    int lines;
    enum vg_log_level level;
    char text[64];
};

static void keep(enum vg_log_level level, const char *text, void *user)
{
    struct seen *s = user;
    s->lines++;
    s->level = level;
    snprintf(s->text, sizeof s->text, "%s", text);
}

Test(log, lines_go_to_the_sink_and_nowhere_without_one)
{
    struct seen s = { 0 };
    vg_warn("nobody listens");
    vg_log_set(keep, &s);
    cr_expect_eq(s.lines, 0);
    vg_warn("%d of\n%s", 3, "four");
    cr_expect_eq(s.lines, 1);
    cr_expect_eq(s.level, VG_LOG_WARN);
    cr_expect_str_eq(s.text, "3 of?four");
    vg_note("x");
    cr_expect_eq(s.level, VG_LOG_NOTE);
    vg_detail("x");
    cr_expect_eq(s.level, VG_LOG_DETAIL);
    vg_log_set(NULL, NULL);
    vg_warn("nobody listens");
    cr_expect_eq(s.lines, 3);
}
