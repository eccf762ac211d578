#include "method/history.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/tensorfile.h"

void vg_history_make_room(struct vg_pretrain_result *r, const struct vg_model *m)
{
    r->loss = vg_alloc(r->steps, sizeof(double));
    r->lr = vg_alloc(r->steps, sizeof(double));
    r->step_ns = vg_alloc(r->steps, sizeof(double));
    for (const struct vg_port *p = m->parts; p->tensor; p++) {
        r->part_name[r->parts] = p->name;
        r->part[r->parts++] = vg_alloc(r->steps, sizeof(double));
    }
}

char *vg_history_text(const struct vg_pretrain_result *r, int64_t steps)
{
    json_t *root = json_object();
    vg_json_reals(root, "loss", r->loss, (size_t) steps);
    vg_json_reals(root, "lr", r->lr, (size_t) steps);
    vg_json_reals(root, "step_ns", r->step_ns, (size_t) steps);
    json_t *parts = vg_json_object(root, "parts");
    for (int i = 0; i < r->parts; i++)
        vg_json_reals(parts, r->part_name[i], r->part[i], (size_t) steps);
    char *text = vg_json_line(root);
    json_decref(root);
    return text;
}

static void copy_reals(const json_t *list, double *out, int64_t steps)
{
    for (int64_t i = 0; i < steps && i < (int64_t) json_array_size(list); i++)
        out[i] = json_number_value(json_array_get(list, (size_t) i));
}

int vg_history_read(struct vg_pretrain_result *r, const char *path, int64_t steps)
{
    int rc = VG_OK;
    json_t *root = NULL;
    struct vg_tensorfile *f = NULL;
    VG_TRY(vg_tensorfile_open(&f, path));
    const char *text = vg_tensorfile_meta(f, "history");
    VG_TRY(vg_json_parse(path, text ? text : "{}", &root));
    copy_reals(vg_json_at(root, "loss"), r->loss, steps);
    copy_reals(vg_json_at(root, "lr"), r->lr, steps);
    copy_reals(vg_json_at(root, "step_ns"), r->step_ns, steps);
    const json_t *parts = vg_json_at(root, "parts");
    for (int i = 0; i < r->parts; i++)
        copy_reals(json_object_get(parts, r->part_name[i]), r->part[i], steps);
out:
    json_decref(root);
    vg_tensorfile_close(&f);
    return rc;
}
