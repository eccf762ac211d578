#pragma once

#include <stddef.h>

/**
 * Whether two samples have the same mean.
 *
 *     student  t = (mean x - mean y) / sqrt(s^2 (1/n + 1/m)),  df = n + m - 2,
 *              s^2 = (sum of squares around either's own mean) / df
 *     welch    t = (mean x - mean y) / sqrt(u + v),  u = var x / n,  v = var y / m,
 *              df = (u + v)^2 / (u^2 / (n-1) + v^2 / (m-1))
 *
 * Student's supposes equal variances and in return can judge a sample of two or three beside a long
 * one.  Where nothing varies in either sample p is 1 for equal means and 0 for others.  What cannot
 * be tested (student: n or m 0, n + m < 3; welch: n or m < 2) has t, df and p NAN.
 */
struct vg_ttest {
    double t, df, p;   // p: two-sided
};

struct vg_ttest vg_ttest_student(const double *x, size_t n, const double *y, size_t m);
struct vg_ttest vg_ttest_welch(const double *x, size_t n, const double *y, size_t m);
