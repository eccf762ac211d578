#include "base/ttest.h"

#include <math.h>

#include "base/student.h"

// Around an origin within the data: equal values then have no squares at all, where the mean of ten
// times 0.1 is not 0.1.
struct moments {
    double mean;   // less the origin
    double squares;
};

static struct moments moments_of(const double *x, size_t n, double origin)
{
    struct moments m = { 0, 0 };
    for (size_t i = 0; i < n; i++)
        m.mean += (x[i] - origin) / (double) n;
    for (size_t i = 0; i < n; i++)
        m.squares += (x[i] - origin - m.mean) * (x[i] - origin - m.mean);
    return m;
}

// error: the standard error of the difference.
static struct vg_ttest judge(double difference, double error, double df)
{
    if (error > 0)
        return (struct vg_ttest) { difference / error, df,
                                   2 * vg_student_tail(fabs(difference / error), df) };
    return (struct vg_ttest) { difference == 0 ? 0 : copysign(INFINITY, difference), df,
                               difference == 0 ? 1 : 0 };
}

struct vg_ttest vg_ttest_student(const double *x, size_t n, const double *y, size_t m)
{
    if (n == 0 || m == 0 || n + m < 3)
        return (struct vg_ttest) { NAN, NAN, NAN };
    const struct moments a = moments_of(x, n, x[0]), b = moments_of(y, m, y[0]);
    const double df = (double) (n + m - 2), variance = (a.squares + b.squares) / df;
    return judge(x[0] - y[0] + (a.mean - b.mean),
                 sqrt(variance * (1 / (double) n + 1 / (double) m)), df);
}

struct vg_ttest vg_ttest_welch(const double *x, size_t n, const double *y, size_t m)
{
    if (n < 2 || m < 2)
        return (struct vg_ttest) { NAN, NAN, NAN };
    const struct moments a = moments_of(x, n, x[0]), b = moments_of(y, m, y[0]);
    const double p = (double) (n - 1), q = (double) (m - 1);
    const double u = a.squares / p / (double) n, v = b.squares / q / (double) m;
    const double df = u + v > 0 ? (u + v) * (u + v) / (u * u / p + v * v / q) : p + q;
    return judge(x[0] - y[0] + (a.mean - b.mean), sqrt(u + v), df);
}
