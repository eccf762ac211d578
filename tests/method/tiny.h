#pragma once

#include "method/trainer.h"

/**
 * A trainer at the tiny preset with a batch of noise, for tests that need no pictures.  Without a
 * device the test is skipped.
 */
struct tiny {
    struct vg_dev *dev;
    struct vg_settings *settings;
    struct vg_trainer *trainer;
};

void tiny_begin(struct tiny *t, const char *method, const char *words, uint64_t seed);
// The same with several batches a step.
void tiny_begin_of(struct tiny *t, const char *method, const char *words, uint64_t seed,
                   int accumulate);
void tiny_write_batch(struct tiny *t, uint64_t seed);
void tiny_end(struct tiny *t);

// Settings of a method from words like "preset=tiny dropout=0"; vg_settings_destroy them.
struct vg_settings *tiny_settings(const struct vg_method *m, const char *words);
