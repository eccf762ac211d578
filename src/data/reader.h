#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "data/augment.h"
#include "data/dataset.h"

/**
 * Batches of augmented images, made ahead of their use by threads.
 *
 * What a batch holds is a function of the options and of its place (epoch, iteration): not of the
 * number of threads, nor of where reading began.  So a run that goes on from a checkpoint sees what
 * it would have seen.  The images of an epoch are a permutation drawn from (seed, epoch); of
 * several ranks, rank r takes its elements r, r + ranks, ... .  After the last batch of an epoch
 * comes the first of the next, without end.
 *
 * One thread takes batches; vg_reader_stop may be called by any.
 */
struct vg_reader_options {
    const struct vg_data *data;   // outlives the reader
    struct vg_augment augment;    // its seed also orders the images
    int batch;                    // images of a batch
    int rank, ranks;              // ranks 0 is 1
    int threads;                  // 0: one a core
    int depth;                    // batches in memory, the one in use among them; 0: 3
    bool in_order;                // no permutation
    bool keep_last;               // the last batch of an epoch may be smaller; else it is left out
    uint32_t epoch;               // where to begin
    int64_t iteration;
    const volatile sig_atomic_t *interrupt;   // set by a signal handler; NULL: none
};

struct vg_batch {
    uint32_t epoch;
    int64_t iteration;   // of the epoch, from 0
    int count;           // images
    int views, size;
    const float *view[2];   // [count][size][size][3] each, normalised
    const int64_t *index;   // [count], of the images in the data set
};

struct vg_reader;

// VG_ERR_VALUE for a data set smaller than a batch, VG_ERR_MEMORY.
int vg_reader_create(const struct vg_reader_options *o, struct vg_reader **reader);
void vg_reader_destroy(struct vg_reader **reader);   // waits for the images being made

int64_t vg_reader_batches(const struct vg_reader *r);   // of an epoch

/**
 * The next batch, which is the caller's until vg_reader_release; one at a time.  Fails with what
 * went wrong with the first of its images that failed, and again when called again; with
 * VG_ERR_INTERRUPTED when stopped or interrupted.
 */
int vg_reader_next(struct vg_reader *r, const struct vg_batch **batch);
void vg_reader_release(struct vg_reader *r);

// No batch comes any more; a waiting vg_reader_next returns.
void vg_reader_stop(struct vg_reader *r);

// Time vg_reader_next has waited since it was last asked for.
uint64_t vg_reader_wait_ns(struct vg_reader *r);
