#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/driver_settings.h"

Test(driver_settings, are_those_of_the_environment_in_a_fixed_order)
{
    static const char *const all[] = { "POCL_AFFINITY",          "POCL_MAX_PTHREAD_COUNT",
                                       "POCL_WORK_GROUP_METHOD", "POCL_MAX_WORK_GROUP_SIZE",
                                       "DPCPP_CPU_CU_AFFINITY",  "DPCPP_CPU_NUM_CUS",
                                       "DPCPP_CPU_PLACES",       "DPCPP_CPU_SCHEDULE",
                                       "LP_NUM_THREADS" };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        unsetenv(all[i]);
    setenv("POCL_AFFINITY", "", 1);
    setenv("POCL_CACHE_DIR", "/nowhere", 1);   // where programs are kept changes no time
    cr_expect_null(vg_driver_settings());

    setenv("LP_NUM_THREADS", "3", 1);
    setenv("POCL_AFFINITY", "1", 1);
    char *text = vg_driver_settings();
    cr_expect_str_eq(text, "POCL_AFFINITY=1 LP_NUM_THREADS=3");
    free(text);
}
