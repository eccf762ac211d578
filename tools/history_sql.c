#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "report/index.h"
#include "tools/cli.h"
#include "tools/history.h"

struct answer {
    bool json;
    size_t lines;
    struct vg_table *table;
    char **names;   // columns, for json
    size_t count;
};

// ---- a table ------------------------------------------------------------------------------------

static int add_to_table(size_t count, const struct vg_index_cell *cell, void *user)
{
    struct answer *a = user;
    for (size_t i = 0; i < count; i++) {
        if (a->lines == 0)
            vg_table_column(a->table, cell[i].text, false);
        else
            vg_table_cell(a->table, "%s", cell[i].text ? cell[i].text : "-");
    }
    a->lines++;
    return tools_interrupted() ? VG_ERR_INTERRUPTED : VG_OK;
}

static enum cli_style plain(size_t line, const void *user)
{
    return CLI_PLAIN;
}

// ---- JSON ---------------------------------------------------------------------------------------

static void set(json_t *o, const char *name, const struct vg_index_cell *cell)
{
    char *end;
    const long long whole = cell->number ? strtoll(cell->text, &end, 10) : 0;
    if (cell->number && !*end)
        vg_json_int(o, name, whole);
    else if (cell->number)
        vg_json_real(o, name, strtod(cell->text, NULL));
    else
        vg_json_string(o, name, cell->text);
}

static int print_object(size_t count, const struct vg_index_cell *cell, void *user)
{
    struct answer *a = user;
    if (a->lines++ == 0) {
        a->names = vg_alloc(count + 1, sizeof *a->names);
        a->count = count;
        for (size_t i = 0; i < count; i++)
            a->names[i] = vg_strdup(cell[i].text);
        return VG_OK;
    }
    json_t *o = json_object();
    for (size_t i = 0; i < count; i++)
        set(o, a->names[i], &cell[i]);
    char *line = vg_json_line(o);
    puts(line);
    free(line);
    json_decref(o);
    return tools_interrupted() ? VG_ERR_INTERRUPTED : VG_OK;
}

// ---- both ---------------------------------------------------------------------------------------

static int query(struct vg_index *x, const char *sql, bool json)
{
    struct answer a = { .json = json, .table = vg_table_create() };
    const int rc = vg_index_query(x, sql, json ? print_object : add_to_table, &a);
    if (rc == VG_OK && !json && a.lines > 0)
        cli_table(a.table, plain, NULL);
    for (size_t i = 0; i < a.count; i++)
        free(a.names[i]);
    free(a.names);
    vg_table_destroy(&a.table);
    return rc;
}

static int shell(struct vg_index **x)
{
    const char *file = vg_index_file(*x);
    if (!file)
        return vg_fail(VG_ERR_USAGE, "--sql: without a query it wants a folder that can be "
                                     "written, where its index is kept");
    char *name = vg_strdup(file);
    vg_index_close(x);
    fflush(stdout);
    execlp("sqlite3", "sqlite3", "-readonly", name, (char *) NULL);
    const int rc = vg_fail_errno(VG_ERR_IO,
                                 "sqlite3, the shell that would open %s (Debian: "
                                 "sqlite3), cannot be run",
                                 name);
    free(name);
    return rc;
}

int history_sql(const char *path, const char *sql, bool json)
{
    struct vg_index *x = NULL;
    int rc = vg_index_open(&x, path);
    if (rc == VG_OK)
        rc = *sql ? query(x, sql, json) : shell(&x);
    vg_index_close(&x);
    return rc == VG_OK ? EXIT_DONE : cli_failed(rc);
}
