#include "base/ranktest.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/student.h"

struct item {
    double value;
    bool of_y;
};

struct ranks {
    int *twice;     // twice the mean rank of each, so that ties leave it whole
    size_t count;   // of both
    double sum_y;   // ranks of y
    double ties;    // sum of t^3 - t over groups of t equal values
};

static int by_value(const void *a, const void *b)
{
    const double x = ((const struct item *) a)->value, y = ((const struct item *) b)->value;
    return (x > y) - (x < y);
}

static struct item *pooled(const double *x, size_t nx, const double *y, size_t ny)
{
    struct item *all = vg_alloc(nx + ny, sizeof *all);
    for (size_t i = 0; i < nx; i++)
        all[i] = (struct item) { x[i], false };
    for (size_t i = 0; i < ny; i++)
        all[nx + i] = (struct item) { y[i], true };
    qsort(all, nx + ny, sizeof *all, by_value);
    return all;
}

static struct ranks rank(const struct item *all, size_t count)
{
    struct ranks r = { .twice = vg_alloc(count, sizeof *r.twice), .count = count };
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && all[end].value == all[begin].value; end++) {
        }
        const double t = (double) (end - begin);
        r.ties += t * t * t - t;
        for (size_t i = begin; i < end; i++) {
            r.twice[i] = (int) (begin + 1 + end);   // the first rank and the last
            r.sum_y += all[i].of_y ? 0.5 * r.twice[i] : 0;
        }
    }
    return r;
}

// ways[k * width + s]: how many choices of k of the items have ranks of twice the sum s.
static void count_ways(const struct ranks *r, size_t take, size_t width, double *ways)
{
    size_t most = 0;
    ways[0] = 1;
    for (size_t i = 0; i < r->count; i++) {
        const size_t add = (size_t) r->twice[i];
        most += add;
        for (size_t k = i + 1 < take ? i + 1 : take; k > 0; k--) {
            double *to = ways + k * width;
            const double *from = ways + (k - 1) * width;
            for (size_t s = add; s <= most; s++)
                to[s] += from[s - add];
        }
    }
}

static double exact_p(const struct ranks *r, size_t ny)
{
    size_t width = 1;
    for (size_t i = 0; i < r->count; i++)
        width += (size_t) r->twice[i];
    double *ways = vg_alloc((ny + 1) * width, sizeof *ways), far = 0, all = 0;
    count_ways(r, ny, width, ways);
    const double mean = (double) ny * (double) (r->count + 1), off = fabs(2 * r->sum_y - mean);
    for (size_t s = 0; s < width; s++) {
        const double w = ways[ny * width + s];
        all += w;
        far += fabs((double) s - mean) >= off ? w : 0;
    }
    free(ways);
    return far / all;
}

static double normal_p(const struct ranks *r, double u, double nx, double ny)
{
    const double n = nx + ny, pairs = nx * ny,
                 variance = pairs / 12 * (n + 1 - r->ties / (n * (n - 1)));
    if (!(variance > 0))
        return 1;
    const double off = fmax(fabs(u - pairs / 2) - 0.5, 0);
    return 2 * vg_student_tail(off / sqrt(variance), INFINITY);
}

struct vg_rank_test vg_rank_test(const double *x, size_t nx, const double *y, size_t ny)
{
    if (nx == 0 || ny == 0)
        return (struct vg_rank_test) { 0, 1, true };
    struct item *all = pooled(x, nx, y, ny);
    struct ranks r = rank(all, nx + ny);
    struct vg_rank_test t = { .exact = nx + ny <= VG_RANK_EXACT };
    t.u = r.sum_y - (double) ny * (double) (ny + 1) / 2;
    t.p = t.exact ? exact_p(&r, ny) : normal_p(&r, t.u, (double) nx, (double) ny);
    free(r.twice);
    free(all);
    return t;
}
