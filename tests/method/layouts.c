#include "tests/method/layouts.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensorwriter.h"
#include "tests/base/scratch.h"

char *place(const char *name)
{
    return vg_strdup(scratch(name));
}

struct vg_tensorfile *open_file(const char *path)
{
    struct vg_tensorfile *f = NULL;
    cr_assert_eq(vg_tensorfile_open(&f, path), VG_OK, "%s", vg_error());
    return f;
}

void rewrite(const char *from, const char *to, struct change change)
{
    struct vg_tensorfile *f = open_file(from);
    struct vg_arena *a = vg_arena_create();
    struct vg_tensorwriter *w = vg_tensorwriter_create();
    const float one = 1;
    for (size_t i = 0; i < vg_tensorfile_count(f); i++) {
        const struct vg_tensorfile_entry *e = vg_tensorfile_at(f, i);
        const char *name = change.rename ? change.rename(a, e->name) : e->name;
        int64_t dim[VG_TENSORFILE_RANK];
        memcpy(dim, e->dim, sizeof dim);
        if (change.transpose && !strcmp(change.transpose, e->name)) {
            dim[0] = e->dim[1];
            dim[1] = e->dim[0];
        }
        if (name)
            vg_tensorwriter_add(w, name, e->dtype, e->rank, dim, e->data);
    }
    if (change.add)
        vg_tensorwriter_add(w, change.add, VG_F32, 1, (int64_t[]) { 1 }, &one);
    cr_assert_eq(vg_tensorwriter_write(w, to), VG_OK, "%s", vg_error());
    vg_tensorwriter_destroy(&w);
    vg_arena_destroy(&a);
    vg_tensorfile_close(&f);
}

void expect_same_tensor(const struct vg_tensorfile *f, const char *name,
                        const struct vg_tensorfile *g, const char *other)
{
    const struct vg_tensorfile_entry *a = vg_tensorfile_find(f, name),
                                     *b = vg_tensorfile_find(g, other);
    cr_assert(a && b, "%s or %s is missing", name, other);
    cr_expect(a->bytes == b->bytes && !memcmp(a->data, b->data, a->bytes), "%s is not %s", name,
              other);
}

void convert(const char *from, const char *to, const struct vg_graph *g, const char *method,
             const char *layout, const char *prefix)
{
    struct vg_tensorfile *f = open_file(from);
    struct vg_weightmap *m = NULL;
    const struct vg_layout *of;
    cr_assert_eq(vg_layout_guess(f, from, method, &of), VG_OK, "%s", vg_error());
    cr_assert_eq(vg_weightmap_create(&m, from, f, of, g, NULL), VG_OK, "%s", vg_error());
    const struct vg_layout *want = vg_layout_find(method, layout);
    cr_assert_eq(vg_weightmap_write(m, to, want, prefix, NULL, NULL), VG_OK, "%s", vg_error());
    vg_weightmap_destroy(&m);
    vg_tensorfile_close(&f);
}

void expect_file_refused(const char *path, const struct vg_graph *g, const char *method,
                         const char *part)
{
    struct vg_tensorfile *f = open_file(path);
    struct vg_weightmap *m = NULL;
    const struct vg_layout *of;
    int rc = vg_layout_guess(f, path, method, &of);
    if (rc == VG_OK)
        rc = vg_weightmap_create(&m, path, f, of, g, NULL);
    cr_expect(rc == VG_ERR_FORMAT || rc == VG_ERR_SHAPE, "%d: %s", rc, vg_error());
    cr_expect(strstr(vg_error(), part), "\"%s\" lacks \"%s\"", vg_error(), part);
    cr_expect(!strncmp(vg_error(), path, strlen(path)), "\"%s\" does not name the file",
              vg_error());
    cr_expect_null(m);
    vg_error_clear();
    vg_tensorfile_close(&f);
}

void digest(const struct tiny *t, char text[65])
{
    cr_assert_eq(vg_weights_digest(t->trainer->plan, text), VG_OK, "%s", vg_error());
}

void expect_start(const struct tiny *t, const char *path, const char *weights)
{
    char now[65];
    cr_assert_eq(vg_trainer_start_from(t->trainer, path), VG_OK, "%s", vg_error());
    digest(t, now);
    cr_expect_str_eq(now, weights, "%s", path);
    cr_expect_eq(t->trainer->at.step, 0);
}

static float *values(const struct tiny *t, const char *name)
{
    const struct vg_tensor *x = vg_graph_find(t->trainer->graph, name);
    cr_assert_not_null(x, "%s", name);
    float *out = calloc((size_t) vg_elems(x), sizeof *out);
    cr_assert_eq(vg_weights_get(t->trainer->plan, x, x, false, out), VG_OK, "%s", vg_error());
    return out;
}

bool same_values(const struct tiny *t, const char *name, const struct tiny *u, const char *other)
{
    float *a = values(t, name), *b = values(u, other);
    const struct vg_tensor *x = vg_graph_find(t->trainer->graph, name);
    const bool same = !memcmp(a, b, vg_bytes(x));
    free(a);
    free(b);
    return same;
}
