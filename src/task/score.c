#include "task/score.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static int largest(const float *x, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

void vg_score_of(struct vg_score *s, int classes, int64_t rows, const float *logits,
                 const int32_t *labels)
{
    assert(classes > 0 && classes <= VG_CLASSES);
    memset(s, 0, sizeof *s);
    s->classes = classes;
    for (int64_t r = 0; r < rows; r++) {
        assert(labels[r] >= 0 && labels[r] < classes);
        s->count[labels[r]][largest(logits + r * classes, classes)]++;
    }
}

int64_t vg_score_rows(const struct vg_score *s, int label)
{
    int64_t rows = 0;
    for (int said = 0; said < s->classes; said++)
        rows += s->count[label][said];
    return rows;
}

double vg_score_accuracy(const struct vg_score *s)
{
    int64_t right = 0, rows = 0;
    for (int label = 0; label < s->classes; label++) {
        right += s->count[label][label];
        rows += vg_score_rows(s, label);
    }
    return rows ? (double) right / (double) rows : NAN;
}

double vg_score_recall(const struct vg_score *s, int label)
{
    const int64_t rows = vg_score_rows(s, label);
    return rows ? (double) s->count[label][label] / (double) rows : NAN;
}

double vg_score_mean_recall(const struct vg_score *s)
{
    double sum = 0;
    int present = 0;
    for (int label = 0; label < s->classes; label++)
        if (vg_score_rows(s, label)) {
            sum += vg_score_recall(s, label);
            present++;
        }
    return present ? sum / present : NAN;
}
