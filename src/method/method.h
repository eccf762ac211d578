#pragma once

#include "base/settings.h"
#include "data/augment.h"
#include "graph/graph.h"

/**
 * A pre-training method: its settings, its training step as a graph, its schedule.
 *
 * Whoever runs it (run, plan, parity) knows no method by name: they go through vg_methods and the
 * ports of a model.
 */

// A tensor that goes in or out, under the name that golden traces give it.  Files hold maps with
// channels first; the device holds them last.
struct vg_port {
    const char *name;
    struct vg_tensor *tensor;
    bool channels_first;
    bool drawn;   // an input that the trainer fills with uniform numbers of [0, 1): noise for masks
};

enum { VG_PORTS = 12 };

// Ends of lists are entries without a tensor.
struct vg_model {
    struct vg_port inputs[VG_PORTS];    // a batch: "view1", "view2"; then what is drawn
    struct vg_port outputs[VG_PORTS];   // of the first forward: "z", "regions", "dots"
    struct vg_port parts[VG_PORTS];     // of the loss: "inst", "obj", "clu", "base"
    struct vg_port scalars[VG_PORTS];   // what a schedule sets: "lr", "ema_momentum"
    struct vg_tensor *loss;
};

// Where a run is.
struct vg_moment {
    int64_t step, total;   // from 0; of the whole run
    int64_t epoch_steps;   // steps an epoch
    int64_t images;        // a step, over all of its batches
};

struct vg_dev;
struct vg_plan;

enum { VG_FINDINGS = 32 };

struct vg_finding {
    char name[40];
    double value;
};

struct vg_inspect {
    struct vg_dev *dev;
    const struct vg_settings *settings;   // what the checkpoint was made with
    const char *checkpoint, *data;        // a path; a data set's selector, its test split is taken
    const char *picture;                  // where the PNG file goes
    struct vg_finding *findings;          // room for VG_FINDINGS; ends with an empty name
};

struct vg_method {
    const char *name, *summary;
    const struct vg_setting *settings;
    const struct vg_preset *presets;

    // Appends the whole step (forward, backward, optimiser, moving average) for a batch.
    int (*build)(struct vg_graph *g, const struct vg_settings *s, struct vg_model *m);

    // The value of scalars[i] at a moment.  constant_lr > 0 replaces the learning rate's schedule
    // (golden traces).
    double (*scalar)(const struct vg_settings *s, const struct vg_moment *at, const char *name);

    // Once the plan has its first values: loads what a method takes ready-made from a file; NULL:
    // nothing.
    int (*begin)(struct vg_plan *p, const struct vg_settings *s);

    // What nobody should overlook when reading figures of such settings, or NULL: "the teacher ..."
    const char *(*remark)(const struct vg_settings *s);

    // Looks at what a finished checkpoint does with unseen images: a picture and some figures;
    // NULL: nothing to see.
    int (*inspect)(const struct vg_inspect *i);
    const char *picture_ending;   // "-regions.png"

    // Settings that golden traces imply: "dropout=0".
    const char *trace_words;

    // The part of the model whose features downstream tasks take: "online_net.backbone."
    const char *backbone;
    // Where a ready-made network lies that no step changes: in traces it is "teacher."; or NULL.
    const char *teacher;
    // Beginnings of names by which `plan` sums up; ends with NULL.
    const char *const *parts;

    // What a batch is made of.  Settings named as fields of vg_augment, "crop" and "filter", are
    // put into it where a method declares them.
    enum vg_augment_kind augment;
    int views;
};

/**
 * Frozen tensors named "<target><rest>" start as what "<online><rest>" starts as, but for names
 * that hold `except` (NULL: none), which are drawn apart.
 */
void vg_method_start_as(struct vg_graph *g, const char *target, const char *online,
                        const char *except);

extern const struct vg_method *const vg_methods[];   // ends with NULL
const struct vg_method *vg_method_find(const char *name);

// The port of that name, or NULL.
const struct vg_port *vg_port_find(const struct vg_port *list, const char *name);
