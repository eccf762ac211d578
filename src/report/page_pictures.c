#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "report/page_private.h"

/**
 * Pictures that a method draws of unseen faces lie in the device's folder as
 * <suite>-<case><ending>, a '/' of these being a '-' there.
 */
static const struct kind {
    const char *ending, *what;
} kinds[] = {
    { "-regions.png", "Unseen faces beside their region heatmaps" },
    { "-reconstruction.png", "Unseen faces, what was hidden of them, and what was reconstructed" },
};
enum { KINDS = sizeof kinds / sizeof *kinds, MOST_BYTES = 1500000 };

// "a/b", "c" and "-x.png": "a-b-c-x.png".
static char *file_name(const struct page_case *c, const char *ending)
{
    char *name = vg_format("%s-%s%s", c->suite, c->name, ending);
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '-';
    return name;
}

// The device's folder, where the rows are in <device>/<suite>.jsonl; NULL where they are not, since
// then nobody knows whose pictures lie there.
static char *device_folder(const struct page_case *c, const struct vg_record *r)
{
    char *end = vg_format("/%s/%s.jsonl", r->device_id ? r->device_id : "host", c->suite);
    char *file = realpath(r->file, NULL), *folder = NULL;
    const size_t length = file ? strlen(file) : 0, end_length = strlen(end);
    if (length > end_length && !strcmp(file + length - end_length, end))
        folder = vg_format("%.*s", (int) (length - strlen(c->suite) - strlen("/.jsonl")), file);
    free(file);
    free(end);
    return folder;
}

static char *find(const struct page_case *c, const struct page_entry *e, const char *ending)
{
    char *folder = device_folder(c, e->r);
    if (!folder)
        return NULL;
    char *name = file_name(c, ending), *path = vg_path_join(folder, name);
    if (!vg_file_exists(path)) {
        free(path);
        path = NULL;
    }
    free(name);
    free(folder);
    return path;
}

static bool is_png(const char *data, size_t bytes)
{
    return bytes > 24 && !memcmp(data, "\x89PNG\r\n\x1a\n", 8);
}

static unsigned big_endian(const char *at)
{
    const unsigned char *b = (const unsigned char *) at;
    return (unsigned) b[0] << 24 | (unsigned) b[1] << 16 | (unsigned) b[2] << 8 | b[3];
}

static size_t base64_bytes(size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}

static void add_image(struct page *p, const struct page_case *c, const struct page_entry *e,
                      const struct kind *k, const char *data, size_t bytes)
{
    page_figure_begin(p, "picture");
    vg_text_add(p->out, "<img width=\"%u\" height=\"%u\" alt=\"%s, case ", big_endian(data + 16),
                big_endian(data + 20), k->what);
    vg_html_text(p->out, c->label);
    vg_text_add(p->out, "\" src=\"");
    vg_html_data_uri(p->out, "image/png", data, bytes);
    vg_text_add(p->out, "\">\n");
    page_figure_end(p, "%s: %s on %s.", k->what, c->label, p->devices[e->device].name);
    p->pictures_room -= base64_bytes(bytes);
}

static void add_left_out(struct page *p, const char *path, const char *why)
{
    vg_text_add(p->out, "<p class=\"note\">Not on this page: ");
    vg_html_name(p->out, vg_path_base(path));
    vg_text_add(p->out, ", %s.</p>\n", why);
}

static void begin_section(struct page *p)
{
    page_heading(p, 2, "pictures", "Pictures");
    vg_text_add(p->out, "<div class=\"grid\">\n");
}

static bool add_picture(struct page *p, const struct page_case *c, const struct page_entry *e,
                        const struct kind *k, bool first)
{
    char *path = find(c, e, k->ending), *data = NULL;
    size_t bytes = 0;
    if (!path)
        return false;
    if (first)
        begin_section(p);
    if (vg_file_read(path, MOST_BYTES, &data, &bytes) != VG_OK) {
        add_left_out(p, path, "it cannot be read or is too large");
        vg_error_clear();
    } else if (!is_png(data, bytes)) {
        add_left_out(p, path, "it is no PNG picture");
    } else if (base64_bytes(bytes) > p->pictures_room) {
        add_left_out(p, path, "the page has no more room for pictures");
    } else {
        add_image(p, c, e, k, data, bytes);
    }
    free(data);
    free(path);
    return true;
}

static bool may_have(const struct vg_record *r)
{
    return r->kind && !strcmp(r->kind, "pretrain");
}

void page_pictures(struct page *p)
{
    bool first = true;
    for (size_t i = 0; i < p->case_count; i++)
        for (size_t k = 0; k < p->cases[i].count; k++)
            for (int w = 0; w < KINDS && may_have(p->cases[i].entries[k].r); w++)
                first &= !add_picture(p, &p->cases[i], &p->cases[i].entries[k], &kinds[w], first);
    vg_text_add(p->out, "%s", first ? "" : "</div>\n");
}
