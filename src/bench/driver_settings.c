#include "bench/driver_settings.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

char *vg_driver_settings(void)
{
    static const char *const names[] = {
        "POCL_AFFINITY",          "POCL_MAX_PTHREAD_COUNT", "POCL_MAX_WORK_GROUP_SIZE",
        "POCL_WORK_GROUP_METHOD", "DPCPP_CPU_CU_AFFINITY",  "DPCPP_CPU_NUM_CUS",
        "DPCPP_CPU_PLACES",       "DPCPP_CPU_SCHEDULE",     "LP_NUM_THREADS",
    };
    struct vg_text t = { 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            vg_text_add(&t, "%s%s=%s", t.length ? " " : "", names[i], value);
    }
    char *all = t.length ? vg_strdup(vg_text_string(&t)) : NULL;
    vg_text_finish(&t);
    return all;
}
