#pragma once

#include "data/dataset.h"
#include "data/image.h"
#include "net/backbone.h"
#include "task/task.h"

/**
 * A head on pooled features [N, F]: what a task adds to a backbone.  Its parameters lie in the
 * scope "fc", as published fine-tuning has it; everything is 4 bytes an element.
 */
struct vg_head {
    int64_t outs;   // of a row of y

    // y [N, outs] from features.
    struct vg_tensor *(*build)(struct vg_graph *g, struct vg_tensor *features, int64_t outs);
    // A scalar from y and the targets of the batch, an i32 tensor [N] of the rows' labels.
    struct vg_tensor *(*loss)(struct vg_graph *g, struct vg_tensor *y, struct vg_tensor *target);
};

// A linear head whose weights are N(0, 0.01^2) and biases 0, with cross entropy.
struct vg_head vg_head_classes(int64_t classes);

/**
 * A net in evaluation (running statistics, nothing is changed) that turns images into rows: pooled
 * features, or what a head makes of them.
 */
struct vg_encoder {
    struct vg_graph *graph;
    struct vg_plan *plan;
    struct vg_tensor *x, *y;   // [batch, image, image, 3], [batch, outs]
    int image, batch;
    int64_t outs;
    int64_t images;   // encoded so far
    double seconds;   // spent on them: transfers and the step
    float *scratch;   // the last batch of a data set, filled up; its rows
};

struct vg_encoder_opts {
    const struct vg_backbone *backbone;
    const struct vg_head *head;   // NULL: features
    int image, batch;
    uint64_t seed;   // of the weights it starts with
};

// Planned, with random weights, and run once, so that compilers that wait for a first run have run.
int vg_encoder_create(struct vg_encoder **e, struct vg_dev *dev, const struct vg_encoder_opts *o);
void vg_encoder_destroy(struct vg_encoder **e);

// Every parameter and state of to from the tensor of from that has its name.
int vg_encoder_follow(struct vg_encoder *to, struct vg_plan *from);

struct vg_encode_opts {
    const struct vg_data *data;
    const struct vg_norm *norm;   // NULL: VGGFace2's
    const char *stage;            // what the progress is called
    const struct vg_task_watch *watch;
    double *wait_seconds;   // added to: waiting for images; or NULL
};

/**
 * All images of the data set, resized and normalised, in their order, through each of the encoders
 * (which agree on image and batch): out[k] [images][outs of encoder k].  Images are made once.
 * VG_ERR_VALUE if a row is not finite, naming its image.
 */
int vg_encode(const struct vg_encode_opts *o, int encoders, struct vg_encoder *const e[],
              float *const out[]);
