#include "base/err.h"
#include "report/index.h"

// In place of the files index*.c where SQLite was not there when the program was built.

bool vg_index_is_built(void)
{
    return false;
}

static int missing(void)
{
    return vg_fail(VG_ERR_UNSUPPORTED,
                   "built without SQLite, which the index of rows is; install it "
                   "(Debian: libsqlite3-dev) and build again");
}

int vg_index_open(struct vg_index **x, const char *path)
{
    *x = NULL;
    return missing();
}

void vg_index_close(struct vg_index **x)
{
}

const char *vg_index_file(const struct vg_index *x)
{
    return NULL;
}

int vg_index_rows(struct vg_history_rows *rows, const char *const *paths, size_t count)
{
    return missing();
}

int vg_index_query(struct vg_index *x, const char *sql,
                   int (*row)(size_t count, const struct vg_index_cell *cell, void *user),
                   void *user)
{
    return missing();
}
