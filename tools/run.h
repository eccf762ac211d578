#pragma once

#include "base/suite.h"
#include "bench/row.h"
#include "method/method.h"
#include "task/task.h"

/**
 * What `visage run` shares with the kinds of cases: run_pretrain.c and run_evaluate.c.
 */
struct run_case {
    const char *suite;   // its name, for rows
    const struct vg_suite_case *line;
    const char *name, *kind;
    struct vg_settings *settings;
    const struct vg_method *method;   // pretrain
    const struct vg_task *task;       // evaluate
};

// What the table at the end says of a case.
struct run_outcome {
    enum vg_row_status status;
    char reason[400];
    double images_per_second, peak_bytes, first_loss, last_loss, accuracy,
        random_accuracy;   // NAN: none
};

struct run {
    struct vg_dev *dev;
    const char *out;
    struct vg_arena *arena;
    struct run_case *cases;
    struct run_outcome *outcomes;
    int count;
    struct vg_suite **suites;   // which the cases' lines belong to
    int suite_count;
};

// <out>/<device>/<name>.safetensors, where a later case finds it; free() it.
char *run_checkpoint_path(const struct run *r, const char *name);
// <out>/<device>/<suite>-<case><ending>; free() it.
char *run_file_path(const struct run *r, const struct run_case *c, const char *ending);

// Finds the method or task and reads the settings; VG_ERR_USAGE.
int run_pretrain_parse(struct run_case *c, const struct vg_word *words, size_t count);
int run_evaluate_parse(struct run_case *c, const struct vg_word *words, size_t count);

// Runs a case, appends its row, fills the outcome.  An error is one that ends the whole run.
int run_pretrain(struct run *r, const struct run_case *c, struct run_outcome *o);
int run_evaluate(struct run *r, const struct run_case *c, struct run_outcome *o);

// Whether a case of that kind knows the key.
bool run_pretrain_knows(const struct vg_method *m, const char *key);
bool run_evaluate_knows(const struct vg_task *t, const char *key);
