#include "base/signedrank.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/student.h"

// ---- the distribution of W ----------------------------------------------------------------------

// P(W = s) for s up to n (n + 1) / 2; free() it.
static double *exact(size_t n)
{
    const size_t most = n * (n + 1) / 2;
    double *p = vg_alloc(most + 1, sizeof *p);
    p[0] = 1;
    for (size_t rank = 1; rank <= n; rank++)
        for (size_t s = rank * (rank + 1) / 2 + 1; s-- > 0;)
            p[s] = 0.5 * (p[s] + (s >= rank ? p[s - rank] : 0));
    return p;
}

struct law {
    double *exact;   // NULL: the normal distribution
    double mean, deviation;
};

static struct law law_of(size_t n)
{
    const double x = (double) n, mean = x * (x + 1) / 4;
    return (struct law) { n <= VG_SIGNED_RANK_EXACT ? exact(n) : NULL, mean,
                          sqrt(mean * (2 * x + 1) / 6) };
}

// P(W <= s)
static double below(const struct law *l, size_t s)
{
    if (!l->exact)
        return vg_student_tail((l->mean - 0.5 - (double) s) / l->deviation, INFINITY);
    double sum = 0;
    for (size_t i = 0; i <= s; i++)
        sum += l->exact[i];
    return sum;
}

// ---- the averages -------------------------------------------------------------------------------

// Sorted; free() them.
static double *walsh(const double *d, size_t n, size_t count)
{
    double *average = vg_alloc(count, sizeof *average);
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            average[at++] = 0.5 * (d[i] + d[j]);
    vg_stats_sort(average, count);
    return average;
}

static double p_of_zero(const struct law *l, const double *average, size_t count)
{
    size_t above = 0, under = 0;
    for (size_t i = 0; i < count; i++) {
        above += average[i] > 0;
        under += average[i] < 0;
    }
    const size_t least = above < under ? above : under, zeros = count - above - under;
    return fmin(2 * below(l, least + (zeros + 1) / 2), 1);
}

static struct vg_interval interval_of(const struct law *l, const double *average, size_t count,
                                      double confidence)
{
    size_t k = 1;
    while (2 * (k + 1) <= count + 1 && 1 - 2 * below(l, k) >= confidence)
        k++;
    return (struct vg_interval) { average[k - 1], average[count - k],
                                  fmax(1 - 2 * below(l, k - 1), 0) };
}

struct vg_signed_rank vg_signed_rank(const double *d, size_t n, double confidence)
{
    assert(n <= VG_SIGNED_RANK_MOST && confidence > 0 && confidence < 1);
    if (n == 0)
        return (struct vg_signed_rank) { NAN, { NAN, NAN, 0 }, 1 };
    const size_t count = n * (n + 1) / 2;
    struct law l = law_of(n);
    double *average = walsh(d, n, count);
    const struct vg_signed_rank r = {
        .centre = 0.5 * (average[(count - 1) / 2] + average[count / 2]),
        .interval = interval_of(&l, average, count, confidence),
        .p = p_of_zero(&l, average, count),
    };
    free(average);
    free(l.exact);
    return r;
}
