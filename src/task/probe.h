#pragma once

#include "task/score.h"
#include "task/task.h"

/**
 * A linear classifier on stored features: how well classes can be told apart along straight lines.
 *
 *     loss = mean cross entropy(softmax(W x + b), label) + decay / 2 |W|^2
 *
 * x are features brought to mean 0 and deviation 1 over the training rows (a feature that never
 * changes becomes 0).  The loss is convex and is minimised over all rows at once to a small
 * gradient, so the outcome depends on the features alone, not on a learning rate or an order: two
 * backbones are compared fairly.  Products, loss and gradient are computed on the device.
 *
 * The decay is the one of vg_probe_decays with the highest accuracy on the validation rows, of
 * equal ones the largest; each starts from the solution of the one before it.
 * Source    the protocol of linear probes: Radford et al., "Learning transferable visual models
 *           from natural language supervision", 2021, section 3.2 (L-BFGS, decay by validation).
 */
enum { VG_PROBE_DECAYS = 5 };
extern const double vg_probe_decays[VG_PROBE_DECAYS];   // from the largest

struct vg_rows {
    int64_t count, width;
    float *x;         // [count][width]
    int32_t *label;   // [count]
};

void vg_rows_init(struct vg_rows *r, int64_t count, int64_t width);
void vg_rows_finish(struct vg_rows *r);

struct vg_probe_opts {
    int classes;
    double decay;     // < 0: chosen
    int iterations;   // of one decay, at most; 0 means 300
    const struct vg_task_watch *watch;
};

struct vg_probe {
    int classes;
    int64_t width;
    double *weight;         // [classes][width], then the biases [classes]
    double *mean, *scale;   // of features, [width]
    double decay;
    struct vg_score val;   // with the chosen decay
    bool converged;        // for the chosen decay
    int64_t steps;         // iterations of all decays
    double *loss;          // after every iteration
    size_t planned_bytes;
};

// The rows of val choose among decays; with a given decay they may be NULL.
int vg_probe_train(struct vg_probe **p, struct vg_dev *dev, const struct vg_probe_opts *o,
                   const struct vg_rows *train, const struct vg_rows *val);
void vg_probe_destroy(struct vg_probe **p);

// What the probe says of other rows of features.
int vg_probe_score(const struct vg_probe *p, struct vg_dev *dev, const struct vg_rows *rows,
                   struct vg_score *s);
