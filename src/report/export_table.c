#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/export.h"
#include "report/markdown.h"

// Text between two marks, with each mark inside doubled: both CSV and SQL quote so.
static void add_quoted(struct vg_text *out, const char *text, char mark)
{
    vg_text_add_bytes(out, &mark, 1);
    for (; *text; text++) {
        if (*text == mark)
            vg_text_add_bytes(out, &mark, 1);
        vg_text_add_bytes(out, text, 1);
    }
    vg_text_add_bytes(out, &mark, 1);
}

// ---- CSV ----------------------------------------------------------------------------------------

static void add_csv_cell(struct vg_text *out, const char *text)
{
    if (!text)
        return;
    if (!*text || strpbrk(text, ",\"\r\n") || *text == ' ' || text[strlen(text) - 1] == ' ')
        add_quoted(out, text, '"');
    else
        vg_text_add(out, "%s", text);
}

int vg_export_csv(const struct vg_rows *rows, struct vg_text *out)
{
    struct vg_text room = { 0 };
    for (const struct vg_column *c = vg_columns; c->name; c++)
        vg_text_add(out, "%s%s", c == vg_columns ? "" : ",", c->name);
    vg_text_add(out, "\r\n");
    for (size_t i = 0; i < rows->count; i++) {
        for (const struct vg_column *c = vg_columns; c->name; c++) {
            vg_text_add(out, "%s", c == vg_columns ? "" : ",");
            add_csv_cell(out, vg_column_text(&rows->list[i], c, &room));
        }
        vg_text_add(out, "\r\n");
    }
    vg_text_finish(&room);
    return VG_OK;
}

// ---- Markdown -----------------------------------------------------------------------------------

static int by_suite(const void *a, const void *b)
{
    const struct vg_record *x = *(const struct vg_record *const *) a,
                           *y = *(const struct vg_record *const *) b;
    const int order = strcmp(x->suite ? x->suite : "", y->suite ? y->suite : "");
    return order ? order : (x > y) - (x < y);
}

static void add_markdown_head(struct vg_text *out, const char *suite, bool first)
{
    vg_text_add(out, "%s**", first ? "" : "\n");
    vg_markdown_text(out, suite ? suite : "no suite");
    vg_text_add(out,
                "**\n\n"
                "| case | device | status | median, ms | low, ms | high, ms | throughput | unit "
                "| %% of roofline | peak, MiB | last loss | accuracy |\n"
                "|---|---|---|--:|--:|--:|--:|---|--:|--:|--:|--:|\n");
}

static void add_markdown_row(struct vg_text *out, const struct vg_record *r)
{
    vg_text_add(out, "|");
    vg_markdown_cell(out, r->name);
    vg_markdown_cell(out, r->device_id);
    vg_markdown_cell(out, r->status);
    vg_markdown_number(out, r->median_ns / 1e6);
    vg_markdown_number(out, r->low_ns / 1e6);
    vg_markdown_number(out, r->high_ns / 1e6);
    vg_markdown_number(out, r->throughput);
    vg_markdown_cell(out, r->throughput_unit);
    vg_markdown_number(out, vg_json_real_at(r->json, "ceiling.percent_of_roofline", NAN));
    vg_markdown_number(out, vg_json_real_at(r->json, "memory.peak_bytes", NAN) / 0x1p20);
    vg_markdown_number(out, r->last_loss);
    vg_markdown_number(out, vg_json_real_at(r->accuracy, "accuracy", NAN));
    vg_text_add(out, "\n");
}

int vg_export_markdown(const struct vg_rows *rows, struct vg_text *out)
{
    const struct vg_record **list = vg_alloc(rows->count + 1, sizeof *list);
    for (size_t i = 0; i < rows->count; i++)
        list[i] = &rows->list[i];
    qsort(list, rows->count, sizeof *list, by_suite);
    for (size_t i = 0; i < rows->count; i++) {
        const char *suite = list[i]->suite ? list[i]->suite : "",
                   *before = i && list[i - 1]->suite ? list[i - 1]->suite : "";
        if (i == 0 || strcmp(suite, before))
            add_markdown_head(out, list[i]->suite, i == 0);
        add_markdown_row(out, list[i]);
    }
    free(list);
    return VG_OK;
}

// ---- SQL ----------------------------------------------------------------------------------------

static void add_tables(struct vg_text *out)
{
    static const char *const types[] = { "TEXT", "BIGINT", "DOUBLE PRECISION", "BOOLEAN" };
    vg_text_add(out, "CREATE TABLE result (\n  id INTEGER PRIMARY KEY");
    for (const struct vg_column *c = vg_columns; c->name; c++)
        vg_text_add(out, ",\n  %s %s", c->name, types[c->type]);
    vg_text_add(out, "\n);\n"
                     "CREATE TABLE sample (result_id INTEGER NOT NULL REFERENCES result (id), "
                     "position INTEGER NOT NULL, ns DOUBLE PRECISION NOT NULL, "
                     "PRIMARY KEY (result_id, position));\n"
                     "CREATE TABLE metric (result_id INTEGER NOT NULL REFERENCES result (id), "
                     "name TEXT NOT NULL, figure DOUBLE PRECISION NOT NULL);\n");
}

static void add_result(struct vg_text *out, const struct vg_record *r, size_t id)
{
    struct vg_text room = { 0 };
    vg_text_add(out, "INSERT INTO result VALUES (%zu", id);
    for (const struct vg_column *c = vg_columns; c->name; c++) {
        const char *text = vg_column_text(r, c, &room);
        vg_text_add(out, ", ");
        if (text && c->type == VG_COLUMN_TEXT)
            add_quoted(out, text, '\'');
        else
            vg_text_add(out, "%s", text ? text : "NULL");
    }
    vg_text_add(out, ");\n");
    vg_text_finish(&room);
}

static void add_samples(struct vg_text *out, const struct vg_record *r, size_t id)
{
    char text[VG_JSON_REAL];
    for (size_t i = 0; i < r->samples; i++) {
        vg_json_real_text(r->samples_ns[i], text);
        vg_text_add(out, "%s(%zu, %zu, %s)", i ? ", " : "INSERT INTO sample VALUES ", id, i, text);
    }
    vg_text_add(out, "%s", r->samples ? ";\n" : "");
}

static void add_metrics(struct vg_text *out, const struct vg_record *r, size_t id)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *) r->accuracy, name, value)
    {
        char text[VG_JSON_REAL];
        if (!json_is_number(value))
            continue;
        vg_json_real_text(json_number_value(value), text);
        vg_text_add(out, "INSERT INTO metric VALUES (%zu, ", id);
        add_quoted(out, name, '\'');
        vg_text_add(out, ", %s);\n", text);
    }
}

int vg_export_sql(const struct vg_rows *rows, struct vg_text *out)
{
    vg_text_add(out, "BEGIN;\n");
    add_tables(out);
    for (size_t i = 0; i < rows->count; i++) {
        add_result(out, &rows->list[i], i + 1);
        add_samples(out, &rows->list[i], i + 1);
        add_metrics(out, &rows->list[i], i + 1);
    }
    vg_text_add(out, "COMMIT;\n");
    return VG_OK;
}
