// What every kernel file starts from: the number types and the launch convention.
//
//   real   what tensors hold          acc   what sums are kept in
//
// A kernel declares its work-group size with GROUP(n), so the host says only how many groups.

typedef float real;
typedef float acc;
typedef float4 real4;
typedef float8 real8;
typedef float16 real16;

#define GROUP(n) kernel __attribute__((reqd_work_group_size(n, 1, 1)))
