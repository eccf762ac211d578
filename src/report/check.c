#include "report/check.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "base/json_schema.h"
#include "base/mem.h"

struct teller {
    char *where;
    void (*tell)(const char *where, const char *what, void *user);
    void *user;
};

static void tell_offence(const char *path, const char *what, void *user)
{
    const struct teller *t = user;
    char *text = vg_format("%s%s%s", path, *path ? ": " : "", what);
    t->tell(t->where, text, t->user);
    free(text);
}

static void check_digest(struct vg_rows_checked *c, const struct vg_record *r, struct teller *t)
{
    switch (vg_record_digest(r)) {
    case VG_RECORD_DIGEST_GOOD: break;
    case VG_RECORD_NO_DIGEST: c->without_digest++; break;
    case VG_RECORD_DIGEST_WRONG:
        c->edited++;
        t->tell(t->where, VG_JSON_DIGEST ": is not that of the row, which was edited", t->user);
    }
}

int vg_rows_check(struct vg_rows_checked *c, const struct vg_rows *rows,
                  void (*tell)(const char *where, const char *what, void *user), void *user)
{
    int rc = VG_OK;
    json_t *schema = NULL;
    *c = (struct vg_rows_checked) { .rows = rows->count };
    VG_TRY(vg_json_parse("schema", vg_row_schema, &schema));
    VG_TRY(vg_schema_check(schema));
    for (size_t i = 0; i < rows->count; i++) {
        const struct vg_record *r = &rows->list[i];
        struct teller t = { vg_format("%s:%d", r->file, r->line), tell, user };
        c->wrong += vg_schema_offences(schema, r->json, tell_offence, &t) > 0;
        check_digest(c, r, &t);
        free(t.where);
    }
out:
    json_decref(schema);
    return rc;
}
