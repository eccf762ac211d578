#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "report/page.h"
#include "tools/cli.h"

static int report_main(int argc, char **argv);

const struct command command_report = {
    .name = "report",
    .summary = "one page of rows: devices side by side, rooflines, curves, pictures",
    .usage =
        "report PATH... -o FILE.html [--baseline PATH] [--title TEXT]\n\n"
        "Reads the rows of files and folders (*.jsonl) and writes one HTML file that needs\n"
        "nothing else: no network, no other file.  With a baseline the page has the verdicts of\n"
        "`visage compare`, and results/accepted is honoured as there.",
    .main = report_main,
};

struct asked {
    const char *file, *title;
    struct cli_list paths, baseline;
    struct vg_compare_how how;
};

struct read {
    struct vg_rows *rows, *base;
    struct vg_accepted accepted;
    struct vg_compared *compared;
};

static int compare(struct read *r, struct asked *a)
{
    int rc = VG_OK;
    static const char accepted[] = "results/accepted";
    if (vg_file_exists(accepted)) {
        VG_TRY(vg_accepted_read(&r->accepted, accepted));
        a->how.accepted = &r->accepted;
    }
    VG_TRY(vg_rows_read(&r->base, a->baseline.item, (size_t) a->baseline.count, NULL));
    VG_TRY(vg_compare(&r->compared, r->base, r->rows, &a->how));
    if (r->compared->count == 0)
        rc = vg_fail(VG_ERR_USAGE, "%s and %s have no case to compare", a->baseline.item[0],
                     a->paths.item[0]);
out:
    return rc;
}

static int write_page(struct asked *a)
{
    int rc = VG_OK;
    char now[VG_CLOCK_TEXT];
    struct vg_text page = { 0 };
    struct read r = { .rows = NULL };
    VG_TRY(vg_rows_read(&r.rows, a->paths.item, (size_t) a->paths.count, NULL));
    if (r.rows->count == 0)
        rc = vg_fail(VG_ERR_FORMAT, "%s: has no row that can be read", a->paths.item[0]);
    VG_TRY(rc);
    if (a->baseline.count > 0)
        VG_TRY(compare(&r, a));
    vg_clock_now(now);
    vg_page_write(&page,
                  &(struct vg_page) {
                      .rows = r.rows, .compared = r.compared, .title = a->title, .now = now });
    VG_TRY(vg_file_write(a->file, page.data, page.length));
    printf("%s  %zu rows, %zu bytes\n", a->file, r.rows->count, page.length);
out:
    vg_text_finish(&page);
    vg_compared_destroy(&r.compared);
    vg_accepted_finish(&r.accepted);
    vg_rows_destroy(&r.base);
    vg_rows_destroy(&r.rows);
    return rc;
}

static int report_main(int argc, char **argv)
{
    struct asked a = { .file = NULL };
    const struct cli_option options[] = {
        { "out", CLI_TEXT, &a.file, "FILE.html", "where the page is written", .letter = 'o' },
        { "baseline", CLI_LIST, &a.baseline, "PATH",
          "rows to compare with, several times if need be" },
        { "across", CLI_FLAG, &a.how.across, NULL, "compare across drivers, compilers and hosts" },
        { "title", CLI_TEXT, &a.title, "TEXT", "the page's heading (visage)" },
        { NULL },
    };
    const int code = cli_parse(&command_report, options, argc, argv, &a.paths, 1, CLI_MOST);
    if (code != CLI_GO_ON)
        return code;
    if (!a.file)
        return cli_usage(&command_report, "-o FILE.html is missing: where the page is written");
    if (a.how.across && a.baseline.count == 0)
        return cli_usage(&command_report, "--across is for a --baseline");
    const int rc = write_page(&a);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
