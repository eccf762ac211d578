// What every kernel file starts from: the number types and the launch convention.
//
//   real   what tensors hold          acc   what sums are kept in
//
// Both are float, or double where the host defines REAL_F64 (graph.h's vg_graph_real).
//
// A kernel declares its work-group size with GROUP(n), so the host says only how many groups.

#ifndef REAL_F64
#define REAL_F64 0
#endif

#if REAL_F64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define REAL double
#define TRUTH long   // the numbers of what a comparison of vectors gives
#else
#define REAL float
#define TRUTH int
#endif

#define JOINED(a, b) a##b
#define JOIN(a, b) JOINED(a, b)

typedef REAL real;
typedef REAL acc;
typedef JOIN(REAL, 2) real2;
typedef JOIN(REAL, 4) real4;
typedef JOIN(REAL, 8) real8;
typedef JOIN(REAL, 16) real16;

// A loop whose turns are all written out, so that an array it fills stays in registers.
#define OVER(i, count) _Pragma("unroll") for (int i = 0; i < count; i++)

#define GROUP(n) kernel __attribute__((reqd_work_group_size(n, 1, 1)))
