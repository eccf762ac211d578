#include "data/list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "data/catalog.h"

static const char *line_name(struct vg_arena *arena, const char *begin, const char *end)
{
    while (begin < end && isspace((unsigned char) *begin))
        begin++;
    while (begin < end && isspace((unsigned char) end[-1]))
        end--;
    return begin < end ? vg_arena_string(arena, "%.*s", (int) (end - begin), begin) : NULL;
}

int vg_list_read(const char *path, struct vg_catalog *c,
                 void (*add)(struct vg_catalog *c, const char *name, void *user), void *user)
{
    char *text = NULL;
    size_t bytes = 0;
    int rc;
    VG_TRY(vg_file_read(path, SIZE_MAX / 4, &text, &bytes));
    if (memchr(text, 0, bytes)) {
        rc = vg_fail(VG_ERR_FORMAT, "%s: not a text: it holds NUL bytes; wanted a name a line",
                     path);
        goto out;
    }
    for (const char *line = text; *line;) {
        const size_t length = strcspn(line, "\n");
        const char *name = line_name(c->arena, line, line + length);
        if (name)
            add(c, name, user);
        line += length + (line[length] != 0);
    }
out:
    free(text);
    return rc;
}

static void add_file(struct vg_catalog *c, const char *name, void *folder)
{
    char *path = vg_path_join(folder, name);
    vg_catalog_add(c, vg_arena_string(c->arena, "%s", path), name);
    free(path);
}

static int list_open(void **self, const char *where, const struct vg_dataset_options *o)
{
    int rc;
    char *folder = vg_path_dir(where);
    VG_TRY(vg_catalog_create(self, sizeof(struct vg_catalog), &vg_dataset_list, where, o));
    struct vg_catalog *c = *self;
    c->read = vg_catalog_read_file;
    VG_TRY(vg_list_read(where, c, add_file, folder));
    VG_TRY(vg_catalog_check(c, where, o));
out:
    free(folder);
    return rc;
}

const struct vg_dataset vg_dataset_list = {
    .name = "list",
    .help = "list:FILE, the image files that a text names, one a line, without labels",
    .wanted = "list:FILE",
    .open = list_open,
    .count = vg_catalog_count,
    .image = vg_catalog_image,
    .stored = vg_catalog_stored,
    .skipped = vg_catalog_skipped,
    .close = vg_catalog_close,
};
