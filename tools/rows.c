#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "report/check.h"
#include "tools/cli.h"

static int rows_main(int argc, char **argv);

const struct command command_rows = {
    .name = "rows",
    .summary = "whether rows are what results/schema.json says, and nobody edited them",
    .usage = "rows check PATH... | rows schema\n\n"
             "check   every row of the files and folders against the schema and its own digest;\n"
             "        exit 1 names what is wrong as FILE:LINE: field: what\n"
             "schema  prints the JSON Schema",
    .main = rows_main,
};

static void print_offence(const char *where, const char *what, void *user)
{
    printf("%s: %s\n", where, what);
}

static int check(const struct cli_list *words, int *code)
{
    int rc = VG_OK;
    struct vg_rows *rows = NULL;
    struct vg_rows_checked c;
    VG_TRY(vg_rows_read(&rows, words->item + 1, (size_t) words->count - 1, NULL));
    VG_TRY(vg_rows_check(&c, rows, print_offence, NULL));
    printf("%zu rows: %zu not as the schema says, %zu edited, %zu without a digest; %zu lines are "
           "no rows\n",
           c.rows, c.wrong, c.edited, c.without_digest, rows->skipped);
    *code = c.wrong || c.edited || rows->skipped ? EXIT_WRONG : EXIT_DONE;
out:
    vg_rows_destroy(&rows);
    return rc;
}

static int rows_main(int argc, char **argv)
{
    const struct cli_option options[] = { { 0 } };
    struct cli_list words;
    int code = EXIT_DONE;
    const int done = cli_parse(&command_rows, options, argc, argv, &words, 1, CLI_MOST);
    if (done != CLI_GO_ON)
        return done;
    if (!strcmp(words.item[0], "schema") && words.count == 1) {
        fputs(vg_row_schema, stdout);
        return EXIT_DONE;
    }
    if (strcmp(words.item[0], "check") || words.count < 2)
        return cli_usage(&command_rows, "wants 'check PATH...' or 'schema'");
    const int rc = check(&words, &code);
    return rc == VG_OK ? code : cli_failed(rc);
}
