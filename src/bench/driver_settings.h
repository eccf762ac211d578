#pragma once

/**
 * What the user told the driver in the environment, of the things that change how long a kernel
 * takes: where the threads of a device that is a CPU run, how many there are, how work-groups are
 * compiled and dealt out.  The driver's version does not tell them.
 *
 *     PoCL                    POCL_AFFINITY POCL_MAX_PTHREAD_COUNT POCL_MAX_WORK_GROUP_SIZE
 *                             POCL_WORK_GROUP_METHOD
 *     Intel's CPU runtime     DPCPP_CPU_CU_AFFINITY DPCPP_CPU_NUM_CUS DPCPP_CPU_PLACES
 *                             DPCPP_CPU_SCHEDULE
 *     Mesa's llvmpipe         LP_NUM_THREADS
 *
 * Returns "POCL_AFFINITY=1 POCL_MAX_PTHREAD_COUNT=2", in the order above; free() it; NULL where
 * none of them is set.
 */
char *vg_driver_settings(void);
