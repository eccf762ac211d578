#pragma once

#include <stddef.h>

/**
 * Where the mean of a series changes: E-divisive splitting, judged by t-tests.
 *
 * The divergence of x_1..x_n and y_1..y_m, 0 in expectation if both are of one distribution:
 *
 *     q = nm/(n+m) ( 2/(nm) sum |x_i - y_j|
 *                    - 2/(n(n-1)) sum_{i<k} |x_i - x_k|  -  2/(m(m-1)) sum_{j<k} |y_j - y_k| )
 *
 * In a stretch of the series the split is sought that has the greatest q between the stretch's
 * points before it and those from it to any later end, so that a change that is taken back is seen.
 * The split is kept as a candidate if Student's t-test of the two says p <= 10 max_p, and the
 * stretch is cut there, until no stretch has another.  Then the candidates are judged by the whole
 * segments either side: the weakest goes, first by p, while one has p > max_p, then by magnitude,
 * while one is smaller than `least` or `step`, and its neighbours are judged anew.
 *
 * p is the t-test's times the number of places where a change could begin (Bonferroni), since the
 * place was chosen by looking: without it one series of noise in ten, of 100 points, has a change
 * at 0.001, and one in two of 500.
 *
 * The result depends on nothing but the series: no permutations, no random numbers.  Long series
 * are searched in stretches that overlap by half, so the time is O(n window).
 *
 * Source: Matteson, James, "A nonparametric approach for multiple change point analysis of
 * multivariate data", 2014, equations 5 to 7 with alpha = 1; the t-test instead of permutations and
 * the two passes are those of Hunter (Fleming et al., 2023) and Apache Otava.
 */
struct vg_changes_how {
    double max_p;     // 0: 0.001
    double least;     // least magnitude, 0: any
    double step;      // least |after - before|, 0: any
    size_t segment;   // least points of one, 2 or more; 0: 3, so that two outliers are none
    size_t window;    // longest stretch that is searched at once, 4 segments or more; 0: 512
};                    // zero means the default; NULL where it is asked for is the same

struct vg_change {
    size_t at;              // the first point of the new segment
    size_t last;            // the last point before it, at - 1 unless points are missing
    double before, after;   // means of the segments either side
    double magnitude;       // |after - before| / |before|; INFINITY from 0
    double q;               // when it was found
    double t, p;            // of the segments either side, p corrected; t > 0: after is larger
};

/**
 * The changes of x[0 .. n-1] in order of place, their count returned; free(*changes).  Points that
 * are not finite are missing: no change begins at one.  Equal values are nothing special.
 */
size_t vg_changes_find(const double *x, size_t n, const struct vg_changes_how *how,
                       struct vg_change **changes);

// q of x[0 .. n-1] and y[0 .. m-1] as the formula has it; NAN if n or m is less than 2.
double vg_divergence(const double *x, size_t n, const double *y, size_t m);
