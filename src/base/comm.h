#pragma once

#include <stddef.h>

/**
 * The ranks of a run: processes that train one model, each on its share of a batch.  Host memory
 * only; who has device memory reads it first.
 *
 * The calls below _size are collective: every rank makes the same ones in the same order with the
 * same counts, and each returns when this rank's result is there.  Sums are taken in the order of
 * the ranks, so every rank gets the same bits in every run.  They return VG_OK, or VG_ERR_IO when a
 * rank is lost, after which only vg_comm_destroy is left.
 *
 * This build has one rank: size 1, rank 0, where a sum of all ranks is what was there.
 */
struct vg_comm;

struct vg_comm *vg_comm_create(void);
void vg_comm_destroy(struct vg_comm **c);

int vg_comm_rank(const struct vg_comm *c);   // 0 .. size-1
int vg_comm_size(const struct vg_comm *c);

int vg_comm_barrier(struct vg_comm *c);   // returns when every rank has called it

// data[i] = the sum of data[i] over the ranks, at every rank.
int vg_comm_sum_floats(struct vg_comm *c, float *data, size_t count);
int vg_comm_sum_doubles(struct vg_comm *c, double *data, size_t count);

// The bytes of rank root, at every rank.
int vg_comm_broadcast(struct vg_comm *c, int root, void *data, size_t bytes);

// all[rank * bytes ...] = what that rank gave, at every rank.  one and all do not overlap.
int vg_comm_gather(struct vg_comm *c, const void *one, size_t bytes, void *all);
