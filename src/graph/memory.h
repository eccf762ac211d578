#pragma once

#include "graph/graph.h"

/**
 * Where every tensor lives: lifetimes to offsets.  No device is needed.
 *
 * VG_PARAM, VG_GRAD, VG_STATE and VG_INPUT are one slab each, in the order of creation; gradients
 * lie at the offsets of their parameters.  VG_TEMP shares: each is alive from the node that makes
 * it to the last that reads it; the largest is placed first, at the lowest offset that is free for
 * its whole life.  A view lives in its base; an output may take over an input's memory where its
 * operator allows it (vg_op.in_place) and nobody reads the input later.  Offsets are in bytes and
 * multiples of align; a tensor never crosses a multiple of split, where a temporary slab is split
 * because the device limits one allocation.
 */
struct vg_memory {
    size_t *offset;           // by tensor index: bytes from the start of its kind's slab
    int *first, *last;        // by tensor index: nodes between which the memory is in use
    size_t bytes[VG_KINDS];   // a slab each
    size_t align, split;
    int tensors;
};

int vg_memory_create(struct vg_memory **m, const struct vg_graph *g, size_t align, size_t split);
void vg_memory_destroy(struct vg_memory **m);
size_t vg_memory_total(const struct vg_memory *m);

// The tensor whose memory t lives in.
const struct vg_tensor *vg_memory_owner(const struct vg_tensor *t);
