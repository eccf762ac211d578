#include "task/task.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task_table.h"   // made by meson: VG_TASKS, a VG_TASK(name) for each

#define VG_TASK(name) extern const struct vg_task vg_task_##name;
VG_TASKS
#undef VG_TASK

#define VG_TASK(name) &vg_task_##name,
const struct vg_task *const vg_tasks[] = { VG_TASKS NULL };
#undef VG_TASK

const struct vg_task *vg_task_find(const char *name)
{
    for (const struct vg_task *const *t = vg_tasks; *t; t++)
        if (!strcmp((*t)->name, name))
            return *t;
    return NULL;
}

void vg_task_tell(const struct vg_task_watch *w, const char *stage, int64_t done, int64_t total,
                  double loss)
{
    if (w && w->progress)
        w->progress(w->arg, stage, done, total, loss);
}

void vg_task_tell_plan(const struct vg_task_watch *w, const char *stage, const struct vg_plan *p)
{
    if (w && w->planned)
        w->planned(w->arg, stage, p);
}

int vg_task_interrupted(const struct vg_task_watch *w)
{
    if (!w || !w->interrupt || !*w->interrupt)
        return VG_OK;
    return vg_fail(VG_ERR_INTERRUPTED, "interrupted");
}

void vg_task_result_finish(struct vg_task_result *r)
{
    free(r->loss);
    *r = (struct vg_task_result) { 0 };
}

void vg_task_metric_add(struct vg_task_result *r, double value, const char *format, ...)
{
    assert(r->metric_count < VG_TASK_METRICS);
    struct vg_task_metric *m = &r->metrics[r->metric_count++];
    va_list args;
    va_start(args, format);
    vsnprintf(m->name, sizeof m->name, format, args);
    va_end(args);
    m->value = value;
}

double vg_task_metric_of(const struct vg_task_result *r, const char *name)
{
    for (int i = 0; i < r->metric_count; i++)
        if (!strcmp(r->metrics[i].name, name))
            return r->metrics[i].value;
    return NAN;
}
