#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/text.h"
#include "report/export.h"
#include "tools/cli.h"

static int export_main(int argc, char **argv);

const struct command command_export = {
    .name = "export",
    .summary = "rows as CSV, Markdown, SQL, or for Bencher, LNT, MLPerf",
    .usage = "export PATH... --format csv|markdown|sql|bencher|lnt|mlperf [--output FILE]\n\n"
             "PATH is a file of rows, or a folder with *.jsonl at any depth.\n\n"
             "  csv       a line a row, RFC 4180\n"
             "  markdown  a table a suite\n"
             "  sql       tables result, sample and metric, for an empty database:\n"
             "            visage export results --format sql | sqlite3 results.db\n"
             "  bencher   Bencher Metric Format: bencher run --adapter json --file FILE\n"
             "  lnt       an LLVM LNT report of one device's newest commit: lnt submit URL FILE\n"
             "  mlperf    MLPerf training log lines of every pre-training row; submission_org is\n"
             "            null, and the benchmark's name is none of MLPerf's",
    .main = export_main,
};

static int find_format(const char *name, const struct vg_export **format)
{
    const char *names[16];
    size_t count = 0, at = 0;
    for (; vg_exports[count].name; count++)
        names[count] = vg_exports[count].name;
    const int rc = vg_parse_choice("export: --format", name, names, count, &at);
    *format = &vg_exports[at];
    return rc;
}

static int export_main(int argc, char **argv)
{
    int rc = VG_OK;
    const char *name = NULL, *file = NULL;
    const struct vg_export *format = NULL;
    struct vg_rows *rows = NULL;
    struct vg_text out = { 0 };
    const struct cli_option options[] = {
        { "format", CLI_TEXT, &name, "F", "csv, markdown, sql, bencher, lnt or mlperf" },
        { "output", CLI_TEXT, &file, "FILE", "where to write (standard output)" },
        { 0 },
    };
    struct cli_list words;
    const int done = cli_parse(&command_export, options, argc, argv, &words, 1, CLI_MOST);
    if (done != CLI_GO_ON)
        return done;
    if (!name)
        return cli_usage(&command_export, "wants --format csv|markdown|sql|bencher|lnt|mlperf");
    VG_TRY(find_format(name, &format));
    VG_TRY(vg_rows_read(&rows, words.item, (size_t) words.count, NULL));
    VG_TRY(format->write(rows, &out));
    if (file)
        VG_TRY(vg_file_write(file, vg_text_string(&out), out.length));
    else
        fwrite(vg_text_string(&out), 1, out.length, stdout);
out:
    vg_text_finish(&out);
    vg_rows_destroy(&rows);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
