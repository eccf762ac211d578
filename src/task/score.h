#pragma once

#include <stdint.h>

/**
 * How well classes are told apart: counts of (true class, said class).
 */
enum { VG_CLASSES = 64 };

struct vg_score {
    int classes;
    int64_t count[VG_CLASSES][VG_CLASSES];   // [true][said]
};

// The class said is the largest logit's, of equal ones the first.  logits [rows][classes], labels
// in 0 .. classes - 1.
void vg_score_of(struct vg_score *s, int classes, int64_t rows, const float *logits,
                 const int32_t *labels);

double vg_score_accuracy(const struct vg_score *s);            // NaN without rows
double vg_score_recall(const struct vg_score *s, int label);   // NaN where the class has no rows
double vg_score_mean_recall(const struct vg_score *s);         // over classes that have rows
int64_t vg_score_rows(const struct vg_score *s, int label);    // of that true class
