#include <string.h>

#include "report/page_private.h"

enum { MOST_RUNS = 300, MOST_SHOWN = 100 };

struct fact {
    const char *label, *path, *unit;   // unit NULL: a text
};

static const struct fact facts[] = {
    { "id", "device.id", NULL },
    { "type", "device.type", NULL },
    { "vendor", "device.vendor", NULL },
    { "platform", "device.platform", NULL },
    { "driver", "device.driver", NULL },
    { "OpenCL", "device.opencl_version", NULL },
    { "compute units", "device.compute_units", "" },
    { "clock, at most", "device.max_clock_mhz", "MHz" },
    { "memory", "device.global_mem_bytes", "bytes" },
    { "one allocation, at most", "device.max_alloc_bytes", "bytes" },
    { "host", "host.cpu", NULL },
    { "host's cores", "host.cores", "" },
    { "host's memory", "host.memory_bytes", "bytes" },
    { "system", "host.os", NULL },
    { "kernel", "host.kernel", NULL },
};

static void add_fact(struct page *p, const struct vg_record *r, const struct fact *f)
{
    char number[VG_HTML_NUMBER];
    const double value = vg_json_real_at(r->json, f->path, NAN);
    const char *text = vg_json_text_at(r->json, f->path, NULL);
    vg_text_add(p->out, "<div><dt>%s</dt><dd>", f->label);
    if (f->unit && isfinite(value) && !f->unit[0])
        vg_text_add(p->out, "%.0f", value);
    else if (f->unit && isfinite(value))
        vg_html_text(p->out, vg_html_quantity(number, value, f->unit));
    else if (!f->unit && text && text[0])
        vg_html_name(p->out, text);
    else
        page_missing(p, NULL);
    vg_text_add(p->out, "</dd></div>\n");
}

static void add_device(struct page *p, const struct page_device *d)
{
    page_heading(p, 3, d->target, d->name);
    vg_text_add(p->out, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        add_fact(p, d->first, &facts[i]);
    vg_text_add(p->out, "</dl>\n");
}

// ---- what ran there -----------------------------------------------------------------------------

static const char *const keys[] = {
    "device.id",         "device.driver",   "commit",   "program_version", "engaged.build_options",
    "engaged.precision", "engaged.decoder", "host.cpu", "host.kernel"
};
enum { KEYS = sizeof keys / sizeof *keys };

struct run {
    const struct vg_record *first, *last;
    size_t count;
};

static bool same_run(const struct vg_record *a, const struct vg_record *b)
{
    for (int i = 0; i < KEYS; i++)
        if (strcmp(vg_json_text_at(a->json, keys[i], ""), vg_json_text_at(b->json, keys[i], "")))
            return false;
    return true;
}

static size_t find_runs(const struct vg_rows *rows, struct run runs[MOST_RUNS], size_t *beyond)
{
    size_t n = 0;
    *beyond = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct vg_record *r = &rows->list[i];
        size_t at = 0;
        while (at < n && !same_run(runs[at].first, r))
            at++;
        if (at == MOST_RUNS) {
            ++*beyond;
            continue;
        }
        n += at == n;
        runs[at].first = runs[at].first ? runs[at].first : r;
        runs[at].last = r;
        runs[at].count++;
    }
    return n;
}

static void add_run(struct page_table *t, const struct run *run)
{
    const json_t *j = run->last->json;
    page_table_row(t, NULL);
    page_cell_name(t, vg_json_text_at(j, "device.id", NULL));
    page_cell_name(t, run->last->driver);
    page_cell_name(t, vg_arena_string(t->p->arena, "%s (%s)",
                                      run->last->program_version ? run->last->program_version : "?",
                                      run->last->commit ? run->last->commit : "?"));
    page_cell_name(t, vg_json_text_at(j, "engaged.build_options", NULL));
    page_cell_name(t, vg_json_text_at(j, "engaged.precision", NULL));
    page_cell_name(t, vg_json_text_at(j, "engaged.decoder", NULL));
    page_cell_name(t, vg_json_text_at(j, "host.cpu", NULL));
    page_cell_name(t, run->last->time);
    page_cell_number(t, (double) run->count, "");
}

static void add_runs(struct page *p)
{
    static const char *const heads[] = { "device",  "driver",    "program (commit)",
                                         "options", "precision", "decoder",
                                         "host",    "last row",  "#rows",
                                         NULL };
    struct run *runs = vg_alloc(MOST_RUNS, sizeof *runs);
    size_t beyond;
    struct page_table t;
    const size_t n = find_runs(p->how->rows, runs, &beyond);
    page_table_begin(&t, p, "Programs, drivers and hosts that rows came from", heads);
    for (size_t i = 0; i < n; i++)
        add_run(&t, &runs[i]);
    page_table_end(&t);
    if (beyond)
        vg_text_add(p->out,
                    "<p class=\"note\">%s of further programs, drivers or hosts are not in "
                    "this table.</p>\n",
                    page_count(p, beyond, "row"));
    free(runs);
}

void page_devices(struct page *p)
{
    page_heading(p, 2, "devices", "What ran");
    vg_text_add(p->out, "<div class=\"devices\">\n");
    for (size_t i = 0; i < p->device_count && i < MOST_SHOWN; i++) {
        vg_text_add(p->out, "<section class=\"device\">\n");
        add_device(p, &p->devices[i]);
        vg_text_add(p->out, "</section>\n");
    }
    vg_text_add(p->out, "</div>\n");
    if (p->device_count > MOST_SHOWN)
        vg_text_add(p->out, "<p class=\"note\">%zu further devices are not listed.</p>\n",
                    p->device_count - MOST_SHOWN);
    add_runs(p);
}
