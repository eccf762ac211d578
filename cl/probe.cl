// Small answers that are known beforehand, to see what a device does rather than what it says.
//
//   probe_sum       out[group]  the sum of i % 7 over the group's 1024 indices, in local memory
//   probe_half      out[0]      (1 + 2^-10)^2 in half precision: 1 + 2^-9, in float 2^-20 more
//   probe_subgroup  out[0]      how many work-items a sub-group has; out[1] the same, counted
//
// HALF and SUBGROUP compile the last two: they fail to build where the device has no such thing.

#ifndef HALF
#define HALF 0
#endif
#ifndef SUBGROUP
#define SUBGROUP 0
#endif

#define LANES 64
#define INDICES 1024

kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void probe_sum(global int *out)
{
    local int part[LANES];
    const int lane = get_local_id(0), group = get_group_id(0);
    int sum = 0;
    for (int i = group * INDICES + lane; i < (group + 1) * INDICES; i += LANES)
        sum += i % 7;
    part[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int n = LANES / 2; n > 0; n /= 2) {
        if (lane < n)
            part[lane] += part[lane + n];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane == 0)
        out[group] = part[0];
}

#if HALF
#pragma OPENCL EXTENSION cl_khr_fp16 : enable

kernel void probe_half(global float *out, const float x)
{
    const half h = (half) x;
    out[0] = (float) (half) (h * h);
}
#endif

#if SUBGROUP
#if __OPENCL_C_VERSION__ < 200
#pragma OPENCL EXTENSION cl_intel_subgroups : enable
#endif

kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void probe_subgroup(global int *out)
{
    const int counted = sub_group_reduce_add(1);
    if (get_global_id(0) == 0) {
        out[0] = (int) get_sub_group_size();
        out[1] = counted;
    }
}
#endif
