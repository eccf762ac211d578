#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/settings.h"
#include "graph/plan.h"

/**
 * A downstream task: what a backbone that was trained without labels is worth.
 *
 * A task takes a checkpoint and a head, never a method: the checkpoint's metadata says which
 * backbone it holds.  Without a checkpoint it takes a backbone of random weights, which is the
 * yardstick the others are measured against.
 */

// What whoever runs a task may want to hear while it runs.  Any may be NULL.
struct vg_task_watch {
    // done of total; loss is NaN where there is none.
    void (*progress)(void *arg, const char *stage, int64_t done, int64_t total, double loss);
    // A plan of the task's, ready to run: its memory, its launches, its cost.
    void (*planned)(void *arg, const char *stage, const struct vg_plan *p);
    void *arg;
    const volatile sig_atomic_t *interrupt;   // set by a signal handler
};

void vg_task_tell(const struct vg_task_watch *w, const char *stage, int64_t done, int64_t total,
                  double loss);
void vg_task_tell_plan(const struct vg_task_watch *w, const char *stage, const struct vg_plan *p);
int vg_task_interrupted(const struct vg_task_watch *w);   // VG_ERR_INTERRUPTED if it was

struct vg_task_run {
    struct vg_dev *dev;
    const struct vg_settings *settings;   // of the task's table
    const char *checkpoint;               // a path; NULL: a backbone of random weights
    uint64_t seed;                        // of random weights, order of images, augmentation
    struct vg_task_watch watch;
};

enum { VG_TASK_METRICS = 32, VG_TASK_METRIC_NAME = 32 };

struct vg_task_metric {
    char name[VG_TASK_METRIC_NAME];   // "accuracy", "recall_fear", "random_accuracy", "gain"
    double value;                     // accuracies and recalls in [0, 1]; NaN: undefined
};

struct vg_task_result {
    struct vg_task_metric metrics[VG_TASK_METRICS];
    int metric_count;
    int64_t steps;   // of training: of the whole net, or of the classifier on features
    double *loss;    // after every step
    int64_t loss_count;
    const char *stage;          // what the throughput is of: "features" or "finetune"
    int64_t images;             // that went through the device in `seconds`
    double seconds;             // without waiting for images to be made
    double wait_seconds;        // for images
    size_t planned_bytes;       // of the largest plan
    size_t peak_bytes;          // of device memory
    struct vg_task_backbone {   // what was evaluated
        char arch[32];
        int width, image;
        int64_t features;
        bool random;
    } backbone;
    int64_t train_images, val_images, test_images;
};

void vg_task_result_finish(struct vg_task_result *r);
void vg_task_metric_add(struct vg_task_result *r, double value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// NaN if there is none of that name.
double vg_task_metric_of(const struct vg_task_result *r, const char *name);

struct vg_task {
    const char *name, *summary;
    const struct vg_setting *settings;
    const struct vg_preset *presets;

    /**
     * *out starts as { 0 } and is to be finished by the caller, also after a failure.
     * VG_ERR_FORMAT and VG_ERR_SHAPE for a checkpoint that is none or does not fit,
     * VG_ERR_UNSUPPORTED for a data set without labels or an unknown backbone.
     */
    int (*run)(const struct vg_task_run *r, struct vg_task_result *out);
};

extern const struct vg_task *const vg_tasks[];   // ends with NULL
const struct vg_task *vg_task_find(const char *name);
