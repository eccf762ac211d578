#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"

static struct vg_rows *of_text(const char *text)
{
    struct vg_rows *r = vg_rows_create();
    cr_assert_eq(vg_rows_add_text(r, "rows.jsonl", 1, 0, text, strlen(text), NULL), 0);
    return r;
}

static struct vg_text page_of(struct vg_rows *r)
{
    struct vg_text t = { 0 };
    vg_page_write(&t, &(struct vg_page) { .rows = r, .now = "2026-11-24T12:00:00Z" });
    return t;
}

Test(page, is_one_file_that_asks_for_nothing)
{
    struct vg_rows *r = of_text("{}\n");
    struct vg_text t = page_of(r);
    cr_expect_eq(strncmp(t.data, "<!DOCTYPE html>", 15), 0);
    cr_expect_null(strstr(t.data, " src=\"http"));
    cr_expect_null(strstr(t.data, "url("));
    cr_expect_null(strstr(t.data, "@import"));
    cr_expect(strstr(t.data, "default-src 'none'"));
    vg_text_finish(&t);
    vg_rows_destroy(&r);
}
