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
    .usage = "report PATH... -o FILE.html [--title TEXT]\n\n"
             "Reads the rows of files and folders (*.jsonl) and writes one HTML file that needs\n"
             "nothing else: no network, no other file.",
    .main = report_main,
};

static int write_page(const struct cli_list *paths, const char *title, const char *file)
{
    int rc = VG_OK;
    char now[VG_CLOCK_TEXT];
    struct vg_text page = { 0 };
    struct vg_rows *rows = NULL;
    VG_TRY(vg_rows_read(&rows, paths->item, (size_t) paths->count, NULL));
    if (rows->count == 0)
        rc = vg_fail(VG_ERR_FORMAT, "%s: no row in it that can be read", paths->item[0]);
    VG_TRY(rc);
    vg_clock_now(now);
    vg_page_write(&page, &(struct vg_page) { .rows = rows, .title = title, .now = now });
    VG_TRY(vg_file_write(file, page.data, page.length));
    printf("%s  %zu rows, %zu bytes\n", file, rows->count, page.length);
out:
    vg_text_finish(&page);
    vg_rows_destroy(&rows);
    return rc;
}

static int report_main(int argc, char **argv)
{
    const char *file = NULL, *title = NULL;
    struct cli_list paths = { .count = 0 };
    const struct cli_option options[] = {
        { "out", CLI_TEXT, &file, "FILE.html", "where the page is written", .letter = 'o' },
        { "title", CLI_TEXT, &title, "TEXT", "the page's heading (default visage)" },
        { NULL },
    };
    const int code = cli_parse(&command_report, options, argc, argv, &paths, 1, CLI_MOST);
    if (code != CLI_GO_ON)
        return code;
    if (!file)
        return cli_usage(&command_report, "-o FILE.html is missing: where the page is written");
    const int rc = write_page(&paths, title, file);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
